/**
 * Speed of hierarchical temporal memory: encoder, pooler, memory and raw score, learning on.
 *
 *   node bench/speed/htm.ts [--json] [--rows 22695] [--preset nab]
 *
 * Each series runs cold (a fresh process would differ by its start alone) and warm, three times;
 * the medians are CPU time of this process. The stages are timed one after the other: the encoder
 * alone, then with the pooler, then with the memory. The plain reference runs on the first rows
 * beside it, as the same algorithm without any layout. To compare with another implementation, run
 * it on the same records: their number, CPU seconds and peak memory are printed.
 */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Assessment } from '../../src/core/assessment.ts'
import { Random } from '../../src/core/random.ts'
import { SnapshotReader, SnapshotWriter } from '../../src/core/snapshot.ts'
import { Htm } from '../../src/detectors/htm.ts'
import { Calendar } from '../../src/detectors/htm/calendar.ts'
import { matrixSeed, newNetwork } from '../../src/detectors/htm/network.ts'
import type { Network } from '../../src/detectors/htm/network.ts'
import { htmOptionsWith } from '../../src/detectors/htm/options.ts'
import type { HtmOptions } from '../../src/detectors/htm/options.ts'
import { PoolerMatrices } from '../../src/detectors/htm/pooler-matrix.ts'
import { htmPresets } from '../../src/detectors/htm/presets.ts'
import { ReferenceHtm } from '../../test/reference/htm/htm.ts'
import { corporaFolder } from '../corpora.ts'

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean' },
    rows: { type: 'string', default: '22695' },
    preset: { type: 'string', default: 'nab' },
    reference: { type: 'string', default: '150' },
  },
})
const preset = flags.preset as HtmOptions['preset']
const settings = htmPresets[preset]
const matrices = new PoolerMatrices(2)
const calendar = new Calendar('UTC')
const runs = 3
const seed = 1

interface Samples {
  readonly timesMs: Float64Array
  readonly values: Float64Array
}

function nabSamples(file: string): Samples | undefined {
  const path = join(corporaFolder(), 'nab/data/realKnownCause', file)
  const other = join(corporaFolder(), 'nab/data/realAWSCloudwatch', file)
  const found = [path, other].find((candidate) => existsSync(candidate))
  if (found === undefined) return undefined
  const lines = readFileSync(found, 'utf8')
    .trim()
    .split('\n')
    .slice(1, Number(flags.rows) + 1)
  const cells = lines.map((line) => line.split(','))
  return {
    timesMs: Float64Array.from(cells, ([time = '']) => Date.parse(time.replace(' ', 'T') + 'Z')),
    values: Float64Array.from(cells, ([, value]) => Number(value)),
  }
}

function noise(): Samples {
  const random = new Random(5)
  const length = Math.min(4000, Number(flags.rows))
  return {
    timesMs: Float64Array.from({ length }, (_, i) => 1.4e12 + i * 300_000),
    values: Float64Array.from({ length }, () => random.uniform()),
  }
}

function rangeOf({ values }: Samples): { centre: number; resolution: number } {
  const first = values.subarray(0, 750)
  const [least, most] = [Math.min(...first), Math.max(...first)]
  const width = (most - least) * (1 + 2 * settings.paddingShare)
  return { centre: (least + most) / 2, resolution: Math.max(0.001, width / settings.buckets) }
}

function fresh(): Network {
  return newNetwork({ settings, fieldCount: 1, seed, calendar, matrices })
}

/** CPU microseconds a record with the first so many stages. */
function timed(samples: Samples, stages: 1 | 2 | 3): { microseconds: number; network: Network } {
  const network = fresh()
  const ranges = [rangeOf(samples)]
  const value = new Float64Array(1)
  const count = samples.values.length
  const start = process.cpuUsage()
  for (let i = 0; i < count; i++) {
    value[0] = samples.values[i] as number
    network.encoder.encode(samples.timesMs[i] as number, value, ranges)
    if (stages === 1) continue
    const columns = network.pooler.update(network.encoder.active, true)
    if (stages === 3) network.memory.update(columns, true)
  }
  const { user, system } = process.cpuUsage(start)
  return { microseconds: (user + system) / count, network }
}

function referenceMicroseconds(samples: Samples): number {
  const reference = new ReferenceHtm(settings, { matrix: matrixSeed, memory: seed })
  const count = Math.min(Number(flags.reference), samples.values.length)
  const range = rangeOf(samples)
  const start = process.cpuUsage()
  for (let i = 0; i < count; i++) {
    reference.update(samples.timesMs[i] as number, samples.values[i] as number, range)
  }
  return process.cpuUsage(start).user / count
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >>> 1] as number
}

function measure(name: string, samples: Samples): Record<string, unknown> {
  const cold = timed(samples, 3).microseconds
  const stage = (stages: 1 | 2 | 3): number =>
    median(Array.from({ length: runs }, () => timed(samples, stages).microseconds))
  const [encoder, pooler, whole] = [stage(1), stage(2), stage(3)]
  const { network } = timed(samples, 3)
  const { count, synapseCount, sizeBytes } = network.memory.segments
  return {
    series: name,
    records: samples.values.length,
    cpuSeconds: Number(((whole * samples.values.length) / 1e6).toFixed(3)),
    coldMicroseconds: Number(cold.toFixed(1)),
    warmMicroseconds: Number(whole.toFixed(1)),
    recordsPerSecond: Math.round(1e6 / whole),
    encoderNs: Math.round(encoder * 1000),
    poolerNs: Math.round((pooler - encoder) * 1000),
    memoryNs: Math.round((whole - pooler) * 1000),
    referenceMicroseconds: Math.round(referenceMicroseconds(samples)),
    segments: count,
    synapses: synapseCount,
    modelMegabytes: Number(((sizeBytes + network.pooler.sizeBytes) / 1e6).toFixed(2)),
  }
}

/** Many models that take turns, so that each is cold in the caches. */
function inTurns(samples: Samples, models: number): number {
  const networks = Array.from({ length: models }, fresh)
  const ranges = [rangeOf(samples)]
  const rounds = Math.min(1000, samples.values.length)
  const value = new Float64Array(1)
  const start = process.cpuUsage()
  for (let i = 0; i < rounds; i++) {
    networks.forEach((network, k) => {
      const at = (i + 37 * k) % samples.values.length
      value[0] = samples.values[at] as number
      network.encoder.encode(samples.timesMs[at] as number, value, ranges)
      network.memory.update(network.pooler.update(network.encoder.active, true), true)
    })
  }
  return process.cpuUsage(start).user / (rounds * models)
}

/** The whole detector with two horizons, and its snapshot. */
function wholeDetector(samples: Samples, horizons: readonly string[]): Record<string, unknown> {
  const options = htmOptionsWith({ preset, horizons })
  const detector = new Htm(options, seed, matrices)
  const assessment = new Assessment()
  const start = process.cpuUsage()
  samples.values.forEach((value, i) => {
    assessment.clear()
    detector.update(samples.timesMs[i] as number, value, 'on', assessment)
  })
  const microseconds = process.cpuUsage(start).user / samples.values.length
  let bytes: Uint8Array = new Uint8Array(0)
  const saves = Array.from({ length: 7 }, () => {
    const writer = new SnapshotWriter()
    const from = process.cpuUsage()
    detector.snapshot(writer)
    bytes = writer.finish()
    return process.cpuUsage(from).user / 1000
  })
  const restores = Array.from({ length: 7 }, () => {
    const restored = new Htm(options, seed, matrices)
    const from = process.cpuUsage()
    restored.restore(new SnapshotReader(bytes))
    return process.cpuUsage(from).user / 1000
  })
  return {
    horizons: horizons.join(' and ') || 'none',
    microseconds: Number(microseconds.toFixed(1)),
    stateMegabytes: Number((detector.size.bytes / 1e6).toFixed(2)),
    snapshotKilobytes: Math.round(bytes.length / 1000),
    saveMs: Number(median(saves).toFixed(1)),
    restoreMs: Number(median(restores).toFixed(1)),
  }
}

const files = {
  machine_temperature: 'machine_temperature_system_failure.csv',
  ec2_cpu_825cc2: 'ec2_cpu_utilization_825cc2.csv',
  cpu_utilization_asg: 'cpu_utilization_asg_misconfiguration.csv',
}
const results: Record<string, unknown>[] = []
let turns: number | undefined
const detectors: Record<string, unknown>[] = []
for (const [name, file] of Object.entries(files)) {
  const samples = nabSamples(file)
  if (samples === undefined) {
    process.stderr.write(`left out: ${name}, no nab/data in "${corporaFolder()}"\n`)
    continue
  }
  results.push(measure(name, samples))
  if (name !== 'machine_temperature') continue
  turns = Number(inTurns(samples, 64).toFixed(1))
  for (const horizons of [[], ['1', '5']]) detectors.push(wholeDetector(samples, horizons))
}
results.push(measure('white noise', noise()))

const peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1024)
if (flags.json === true) {
  const report = { preset, results, sixtyFourModelsMicroseconds: turns, detectors, peakMegabytes }
  process.stdout.write(JSON.stringify(report, null, 2) + '\n')
} else {
  console.table(results)
  console.table(detectors)
  process.stdout.write(`64 models in turn: ${turns ?? 'left out'} µs a record; `)
  process.stdout.write(`peak memory of all runs: ${peakMegabytes} MB\n`)
}
