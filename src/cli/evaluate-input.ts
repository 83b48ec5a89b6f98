/**
 * What `forewarn evaluate` and `forewarn train` read: simulations, folders of the testbed, and
 * files with one JSON object a line.
 */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ForewarnError } from '../core/errors.ts'
import type { KnownFault } from '../evaluation/warning-run.ts'
import { isRecord, recordLines } from '../shop/record-lines.ts'
import { isFault, isGradual } from '../testbed/fault.ts'
import type { FaultKind, Injection } from '../testbed/fault.ts'
import { aggregateMetrics, aggregateOf, simulation } from '../testbed/simulation.ts'
import type { ShopSecond } from '../testbed/shop.ts'
import { firstFurtherField, shopSecond } from '../testbed/text.ts'
import type { Truth } from '../testbed/text.ts'

/** A record to be judged. */
export interface MetricRecord {
  readonly name: string
  readonly metrics: readonly string[]
  readonly rows: Iterable<Float64Array>
  readonly faults: readonly KnownFault[]
}

/** A record of a simulation, made while it is read. */
export function simulatedRecord(
  plan: { readonly seconds: number; readonly faults: readonly FaultKind[]; readonly seed: number },
  limitMs: number,
): MetricRecord {
  const made = simulation(plan)
  return {
    name: `simulation, seed ${plan.seed}`,
    metrics: aggregateMetrics,
    rows: aggregateRows(made.run(), limitMs),
    faults: knownFaults(made.injections),
  }
}

function knownFaults(injections: readonly Injection[]): KnownFault[] {
  return injections
    .filter(({ kind }) => isFault(kind))
    .map(({ kind, startSecond, endSecond }) => {
      return { kind, start: startSecond, end: endSecond, gradual: isGradual(kind) }
    })
}

function* aggregateRows(seconds: Iterable<ShopSecond>, limitMs: number): Generator<Float64Array> {
  const row = new Float64Array(aggregateMetrics.length)
  for (const second of seconds) {
    const aggregate = aggregateOf(second, limitMs)
    aggregateMetrics.forEach((metric, i) => (row[i] = aggregate[metric]))
    yield row
  }
}

/** A record read from a folder of the testbed or from a file of JSON lines. */
export function readRecord(path: string, limitMs: number): MetricRecord {
  try {
    return isRecord(path) ? folderRecord(path, limitMs) : fileRecord(path)
  } catch (error) {
    if (error instanceof ForewarnError) throw error
    throw new ForewarnError('ERR_EVALUATION_DATA', `cannot read the record ${path}`, {
      cause: error,
    })
  }
}

function folderRecord(folder: string, limitMs: number): MetricRecord {
  const byEpoch = new Map<string, number[]>()
  for (const line of recordLines(folder, 'responsetime')) {
    const comma = line.indexOf(',')
    const millis = Number(line.slice(0, comma))
    const epoch = line.slice(comma + 1)
    const known = byEpoch.get(epoch)
    if (!Number.isFinite(millis) || comma < 1) throw strange(folder, line)
    if (known === undefined) byEpoch.set(epoch, [millis])
    else known.push(millis)
  }
  const { injections = [], columns = [] } = truthIn(folder)
  const metrics = [...aggregateMetrics, ...columns]
  const rows = recordLines(folder, 'stats').map((line) => {
    const epoch = line.slice(0, line.indexOf(','))
    const second = shopSecond(line, byEpoch.get(epoch) ?? [])
    const further = line.split(',').slice(firstFurtherField).map(Number)
    if (second === undefined || further.length < columns.length) throw strange(folder, line)
    const aggregate = aggregateOf(second, limitMs)
    const own = aggregateMetrics.map((metric) => aggregate[metric])
    return Float64Array.from([...own, ...further.slice(0, columns.length)])
  })
  return { name: folder, metrics, rows, faults: knownFaults(injections) }
}

/** What the truth of a folder says; nothing where there is none. */
function truthIn(folder: string): Partial<Truth> {
  const path = join(folder, 'truth.json')
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Partial<Truth>) : {}
}

/** Every member that is a number in the first line is a metric, but for the time. */
function fileRecord(path: string): MetricRecord {
  const objects = linesOf(path).map((line) => JSON.parse(line) as Record<string, unknown>)
  const first = objects[0] ?? {}
  const metrics = Object.keys(first).filter((name) => {
    return typeof first[name] === 'number' && name !== 'timestamp'
  })
  if (metrics.length === 0) throw strange(path, JSON.stringify(first))
  // A line that lacks a metric is passed over: nothing can be judged of it.
  const rows = objects
    .map((each) => Float64Array.from(metrics, (name) => Number(each[name] ?? NaN)))
    .filter((row) => row.every(Number.isFinite))
  return { name: path, metrics, rows, faults: [] }
}

function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
}

function strange(path: string, line: string): ForewarnError {
  const message = `cannot read the record ${path}: "${line.slice(0, 80)}" is no line of one`
  return new ForewarnError('ERR_EVALUATION_DATA', message)
}
