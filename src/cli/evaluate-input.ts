/**
 * What `forewarn evaluate` and `forewarn train` read: simulations, folders of the testbed, and
 * files with one JSON object a line.
 */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ForewarnError } from '../core/errors.ts'
import type { KnownFault } from '../evaluation/warning-run.ts'
import { isRecord, recordBytes } from '../shop/record-lines.ts'
import { numberLines } from '../shop/record-numbers.ts'
import type { NumberLines } from '../shop/record-numbers.ts'
import { isFault, isGradual } from '../testbed/fault.ts'
import type { FaultKind, Injection } from '../testbed/fault.ts'
import { aggregateMetrics, aggregateOf, simulation } from '../testbed/simulation.ts'
import type { MeasuredSecond } from '../testbed/simulation.ts'
import type { ShopSecond } from '../testbed/shop.ts'
import { firstFurtherField } from '../testbed/text.ts'
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
    writeAggregate(row, second, limitMs)
    yield row
  }
}

function writeAggregate(row: Float64Array, second: MeasuredSecond, limitMs: number): void {
  const aggregate = aggregateOf(second, limitMs)
  for (let i = 0; i < aggregateMetrics.length; i++) row[i] = aggregate[aggregateMetrics[i]!]
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
  const { injections = [], columns = [] } = truthIn(folder)
  const width = firstFurtherField + columns.length
  const fieldsMin = columns.length > 0 ? width : statsFieldsMin
  const { count, values } = numbersIn(folder, 'stats', { width, fieldsMin })
  const stats = Array.from({ length: count }, (_, i) => values.subarray(i * width, (i + 1) * width))
  const millis = millisBySecond(
    folder,
    stats.map(([epoch = NaN]) => epoch),
  )
  const metrics = [...aggregateMetrics, ...columns]
  const rows = stats.map((numbers, i) => {
    const [, cpu = 0, mem = 0, disk = 0, waiting = 0, connections = 0] = numbers
    const second = { cpu, mem, disk, waiting, connections, millis: millis[i]! }
    const row = new Float64Array(metrics.length)
    writeAggregate(row, second, limitMs)
    row.set(numbers.subarray(firstFurtherField), aggregateMetrics.length)
    return row
  })
  return { name: folder, metrics, rows, faults: knownFaults(injections) }
}

/** The seed's agent sends epoch, processor and memory. */
const statsFieldsMin = 3

/** The response times of each second, in the order in which they were sent. */
function millisBySecond(folder: string, epochs: readonly number[]): Float64Array[] {
  const secondOf = new Map(epochs.map((epoch, i) => [epoch, i]))
  const { count, values } = numbersIn(folder, 'responsetime', { width: 2, fieldsMin: 2 })
  const seconds = new Int32Array(count)
  const counts = new Uint32Array(epochs.length)
  let [epoch, second] = [NaN, -1]
  for (let i = 0; i < count; i++) {
    // Most lines are of the same second as the one before.
    if (values[2 * i + 1] !== epoch) {
      epoch = values[2 * i + 1]!
      second = secondOf.get(epoch) ?? -1
    }
    seconds[i] = second
    if (second >= 0) counts[second]!++
  }
  const millis = Array.from(counts, (of) => new Float64Array(of))
  counts.fill(0)
  for (let i = 0; i < count; i++) {
    const of = seconds[i]!
    if (of >= 0) millis[of]![counts[of]!++] = values[2 * i]!
  }
  return epochs.map((each) => millis[secondOf.get(each)!]!)
}

function numbersIn(
  folder: string,
  name: 'stats' | 'responsetime',
  shape: { readonly width: number; readonly fieldsMin: number },
): NumberLines {
  const lines = numberLines(recordBytes(folder, name), shape)
  if (lines.strange !== undefined) throw strange(folder, lines.strange)
  return lines
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
