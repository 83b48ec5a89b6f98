/**
 * Speed and memory of hierarchical temporal memory, learning on.
 *
 *   node bench/speed/htm.ts [--json] [--preset nab] [--rows 22695] [--reference 150]
 *   node bench/speed/htm.ts --models 1000 [--preset small] [--rows 2000]
 *
 * The first form prints, of encoder, pooler, memory and raw score: CPU microseconds a record, cold
 * (the first run of a process of its own, compilation included) and warm (median of five runs),
 * and nanoseconds of each stage; of the whole detector without forecasts and with two steps, with
 * its score filters: CPU time, bytes a model, and its snapshot. Each series is run over the range
 * that its first 750 samples have, as the detector learns it, and over that of the whole file, as
 * published measurements were made. The plain reference runs on the first rows beside it: the same
 * algorithm without any layout. To compare with another implementation, run it on the same records:
 * their number, CPU seconds and peak memory are printed.
 *
 * The second form runs so many models in turn in one process, each on rows of its own, and prints
 * what they take together.
 *
 * Stages are timed call by call on the wall clock, less the cost of the timer; their shares are
 * given of the CPU time of an untimed run.
 */

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Assessment } from '../../src/core/assessment.ts'
import { Random } from '../../src/core/random.ts'
import { SnapshotReader, SnapshotWriter } from '../../src/core/snapshot.ts'
import { filtered } from '../../src/detectors/filtered.ts'
import { Htm } from '../../src/detectors/htm.ts'
import { Calendar } from '../../src/stats/calendar.ts'
import { Kernels } from '../../src/detectors/htm/kernel.ts'
import { matrixSeed, newNetwork } from '../../src/detectors/htm/network.ts'
import type { Network } from '../../src/detectors/htm/network.ts'
import { htmOptionsWith } from '../../src/detectors/htm/options.ts'
import type { HtmOptions } from '../../src/detectors/htm/options.ts'
import { htmPresets } from '../../src/detectors/htm/presets.ts'
import { Likelihood, likelihoodOptions } from '../../src/detectors/likelihood.ts'
import { detectors as detectorRows, scoreFilters } from '../../src/detectors/registry.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { ReferenceHtm } from '../../test/reference/htm/htm.ts'
import { corporaFolder } from '../corpora.ts'

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean' },
    rows: { type: 'string', default: '22695' },
    preset: { type: 'string', default: 'nab' },
    reference: { type: 'string', default: '150' },
    models: { type: 'string' },
    cold: { type: 'string' },
  },
})
const preset = flags.preset as HtmOptions['preset']
const settings = htmPresets[preset]
const kernels = new Kernels(2)
const calendar = new Calendar('UTC')
const runs = 5
const seed = 1
const files: Readonly<Record<string, string>> = {
  machine_temperature: 'realKnownCause/machine_temperature_system_failure.csv',
  ec2_cpu_825cc2: 'realAWSCloudwatch/ec2_cpu_utilization_825cc2.csv',
  cpu_utilization_asg: 'realKnownCause/cpu_utilization_asg_misconfiguration.csv',
}
const noiseName = 'white noise'

interface Samples {
  readonly name: string
  readonly timesMs: Float64Array
  readonly values: Float64Array
}

interface Range {
  readonly centre: number
  readonly resolution: number
}

function samplesOf(name: string): Samples | undefined {
  if (name === noiseName) return noise()
  const path = join(corporaFolder(), 'nab/data', files[name] ?? '')
  if (!existsSync(path)) return undefined
  const rows = readFileSync(path, 'utf8').trim().split('\n')
  const cells = rows.slice(1, Number(flags.rows) + 1).map((line) => line.split(','))
  return {
    name,
    timesMs: Float64Array.from(cells, ([time = '']) => Date.parse(time.replace(' ', 'T') + 'Z')),
    values: Float64Array.from(cells, ([, value]) => Number(value)),
  }
}

function noise(): Samples {
  const random = new Random(5)
  const length = Math.min(4000, Number(flags.rows))
  return {
    name: noiseName,
    timesMs: Float64Array.from({ length }, (_, i) => 1.4e12 + i * 300_000),
    values: Float64Array.from({ length }, () => random.uniform()),
  }
}

function rangeOf(values: Float64Array): Range {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const width = (most - least) * (1 + 2 * settings.paddingShare)
  return { centre: (least + most) / 2, resolution: Math.max(0.001, width / settings.buckets) }
}

function fresh(): Network {
  return newNetwork({ settings, fieldCount: 1, seed, calendar, kernels })
}

/** CPU microseconds of what is done, a record. */
function timed(records: number, work: () => void): number {
  const start = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / records
}

function run(network: Network, { timesMs, values }: Samples, range: Range): void {
  const value = new Float64Array(1)
  for (let i = 0; i < values.length; i++) {
    value[0] = values[i] as number
    network.encoder.encode(timesMs[i] as number, value, [range])
    network.kernel.update(network.encoder.active, true)
  }
}

const stageNames = [
  'encoder',
  'poolerOverlap',
  'poolerInhibition',
  'poolerLearning',
  'memoryScore',
  'memoryLearning',
  'memoryCompute',
] as const

/** A call that takes longer was put aside by the system, and is left out. */
const asideMs = 0.3

/** Shares of the time of each stage. */
function stageShares({ timesMs, values }: Samples, range: Range): number[] {
  const { encoder, kernel } = fresh()
  const { stages } = kernel
  const value = new Float64Array(1)
  let changed = 0
  const steps: ((i: number) => void)[] = [
    (i) => encoder.encode(timesMs[i] as number, value, [range]),
    () => (changed = stages.overlap(encoder.active)),
    () => (changed === 0 ? undefined : stages.inhibit()),
    () => stages.learnInputs(),
    () => stages.compare(),
    () => stages.learn(),
    () => stages.foresee(),
  ]
  const timer = timerCost(steps.length * values.length)
  const spent = steps.map(() => -timer)
  for (let i = 0; i < values.length; i++) {
    value[0] = values[i] as number
    for (let s = 0; s < steps.length; s++) {
      const from = performance.now()
      steps[s]?.(i)
      const ms = performance.now() - from
      if (ms < asideMs) spent[s] = (spent[s] as number) + ms
    }
  }
  const total = spent.reduce((sum, ms) => sum + Math.max(0, ms), 0)
  return spent.map((ms) => Math.max(0, ms) / total)
}

/** What asking the time twice costs for one stage, in milliseconds of all its calls. */
function timerCost(calls: number): number {
  let spent = 0
  for (let k = 0; k < calls; k++) {
    const from = performance.now()
    spent += performance.now() - from
  }
  return spent / stageNames.length
}

function referenceMicroseconds({ timesMs, values }: Samples, range: Range): number {
  const reference = new ReferenceHtm(settings, { matrix: matrixSeed, memory: seed })
  const count = Math.min(Number(flags.reference), values.length)
  return timed(count, () => {
    for (let i = 0; i < count; i++) {
      reference.update(timesMs[i] as number, [values[i] as number], [range])
    }
  })
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >>> 1] as number
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}

type Row = Record<string, string | number>

/** Cold in a process of its own, then warm here. */
function measured(samples: Samples, seen: Samples['values'], range: string): Row {
  const laid = rangeOf(seen)
  const records = samples.values.length
  const warm = median(
    Array.from({ length: runs }, () => {
      const network = fresh()
      return timed(records, () => run(network, samples, laid))
    }),
  )
  const network = fresh()
  run(network, samples, laid)
  const shares = stageShares(samples, laid)
  const stages = stageNames.map((name, s) => [
    `${name}Ns`,
    Math.round((shares[s] as number) * warm * 1000),
  ])
  return {
    series: samples.name,
    range,
    records,
    cpuSeconds: rounded((warm * records) / 1e6, 3),
    cold: rounded(coldMicroseconds(samples.name), 1),
    warm: rounded(warm, 1),
    recordsPerSecond: Math.round(1e6 / warm),
    ...Object.fromEntries(stages),
    reference: Math.round(referenceMicroseconds(samples, laid)),
    segments: network.kernel.segmentCount,
    synapses: network.kernel.synapseCount,
    megabytes: rounded(network.kernel.sizeBytes / 1e6, 2),
  }
}

function coldMicroseconds(name: string): number {
  const own = [import.meta.filename, '--cold', name, '--preset', preset, '--rows', flags.rows]
  return Number(execFileSync(process.execPath, own, { encoding: 'utf8' }))
}

/** Many networks that take turns, so that each is cold in the caches. */
function inTurns(samples: Samples, models: number): number {
  const networks = Array.from({ length: models }, fresh)
  const range = rangeOf(samples.values)
  const rounds = Math.min(1000, samples.values.length)
  const value = new Float64Array(1)
  return timed(rounds * models, () => {
    for (let i = 0; i < rounds; i++) {
      networks.forEach((network, k) => {
        const at = (i + 37 * k) % samples.values.length
        value[0] = samples.values[at] as number
        network.encoder.encode(samples.timesMs[at] as number, value, [range])
        network.kernel.update(network.encoder.active, true)
      })
    }
  })
}

/** The detector as the pipeline has it, filters included. */
function wholeDetector(samples: Samples, horizons: readonly string[]): Row {
  const options = htmOptionsWith({ preset, horizons })
  const detector = new Htm(options, seed, kernels)
  const filters = detectorRows.htm.filters.map((name) => {
    const row = scoreFilters[name]
    return row.create(optionsWithDefaults(row.options, {}) as never)
  })
  const judged = filtered(detector, filters)
  const assessment = new Assessment()
  const microseconds = timed(samples.values.length, () => {
    samples.values.forEach((value, i) => {
      assessment.clear()
      judged.update(samples.timesMs[i] as number, value, 'on', assessment)
    })
  })
  const bytes = saved(judged)
  const kernelOnly = new Htm(htmOptionsWith({ preset, horizons: [] }), seed, kernels)
  const saves = Array.from({ length: 21 }, () => timed(1, () => saved(judged)) / 1000)
  const restores = Array.from({ length: 21 }, () => {
    const restored = new Htm(options, seed, kernels)
    const reader = new SnapshotReader(bytes)
    return timed(1, () => restored.restore(reader)) / 1000
  })
  return {
    horizons: horizons.join(' and ') || 'none',
    microseconds: rounded(microseconds, 1),
    recordsPerSecond: Math.round(1e6 / microseconds),
    megabytes: rounded(detector.size.bytes / 1e6, 2),
    megabytesAtFirst: rounded(kernelOnly.size.bytes / 1e6, 2),
    snapshotKilobytes: Math.round(bytes.length / 1000),
    saveMs: rounded(median(saves), 1),
    restoreMs: rounded(median(restores), 1),
  }
}

function saved(owner: { snapshot(writer: SnapshotWriter): void }): Uint8Array {
  const writer = new SnapshotWriter()
  owner.snapshot(writer)
  return writer.finish()
}

/** The likelihood filter by itself, on made-up raw scores. */
function likelihoodNanoseconds(): number {
  const likelihood = new Likelihood(optionsWithDefaults(likelihoodOptions, {}))
  const assessment = new Assessment()
  const records = 200_000
  const microseconds = timed(records, () => {
    for (let i = 0; i < records; i++) {
      assessment.inProbation = i < 750
      assessment.probationSamples = 750
      assessment.rawScore = ((i * 7) % 41) / 40
      assessment.score = assessment.rawScore
      likelihood.apply(i % 10, 'on', assessment)
    }
  })
  return Math.round(microseconds * 1000)
}

/** So many whole detectors in one process. */
function manyModels(models: number, samples: Samples): void {
  const before = process.memoryUsage.rss()
  const list = Array.from({ length: models }, (_, k) => {
    const options = htmOptionsWith({ preset, probationSamples: 200, horizons: [] })
    return new Htm(options, k, kernels)
  })
  const rows = Math.min(Number(flags.rows), samples.values.length)
  const assessment = new Assessment()
  const microseconds = timed(rows * models, () => {
    for (let i = 0; i < rows; i++) {
      list.forEach((detector, k) => {
        const at = (i + 37 * k) % samples.values.length
        assessment.clear()
        detector.update(
          samples.timesMs[i] as number,
          samples.values[at] as number,
          'on',
          assessment,
        )
      })
    }
  })
  const held = list.reduce((sum, detector) => sum + detector.size.bytes, 0)
  const resident = process.memoryUsage.rss() - before
  process.stdout.write(
    `${models} models "${preset}", ${rows} records each in turn: ` +
      `${rounded(microseconds, 1)} µs a record, ${rounded(held / models / 1e6, 2)} MB held a ` +
      `model, ${rounded(resident / models / 1e6, 2)} MB resident a model, ` +
      `${Math.round(process.resourceUsage().maxRSS / 1024)} MB peak\n`,
  )
}

function report(): void {
  const results: Row[] = []
  for (const name of [...Object.keys(files), noiseName]) {
    const samples = samplesOf(name)
    if (samples === undefined) {
      process.stderr.write(`left out: ${name}, no nab/data in "${corporaFolder()}"\n`)
      continue
    }
    results.push(measured(samples, samples.values.subarray(0, 750), 'first 750'))
    results.push(measured(samples, samples.values, 'whole file'))
  }
  const longest = samplesOf('machine_temperature') ?? noise()
  const sixtyFourModels = rounded(inTurns(longest, 64), 1)
  const detectors = [[], ['1', '5']].map((horizons) => wholeDetector(longest, horizons))
  const likelihoodNs = likelihoodNanoseconds()
  const peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1024)
  if (flags.json === true) {
    const all = { preset, results, sixtyFourModels, detectors, likelihoodNs, peakMegabytes }
    process.stdout.write(JSON.stringify(all, null, 2) + '\n')
    return
  }
  console.table(results)
  console.table(detectors)
  process.stdout.write(`64 models in turn: ${sixtyFourModels} µs a record; `)
  process.stdout.write(`likelihood: ${likelihoodNs} ns a record; `)
  process.stdout.write(`peak memory of all runs: ${peakMegabytes} MB\n`)
}

if (flags.cold !== undefined) {
  const samples = samplesOf(flags.cold) ?? noise()
  const range = rangeOf(samples.values.subarray(0, 750))
  process.stdout.write(String(timed(samples.values.length, () => run(fresh(), samples, range))))
} else if (flags.models !== undefined) {
  manyModels(Number(flags.models), samplesOf('machine_temperature') ?? noise())
} else report()
