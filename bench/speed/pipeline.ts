/**
 * Speed of the middle: held observations → catalog → gate → detector → alarm, over many series.
 *
 *   node bench/speed/pipeline.ts [--json] [--series 100000]
 *
 * Each round has one sample of every series, so each lies cold in the caches when its turn comes.
 * Beside each detector runs a plain baseline in the same process, alternated round by round: a Map
 * by the key made from the labels, an object with a mean and a variance, a threshold. No gate, no
 * positions, no alarm states: what one would write first. Medians over the rounds.
 *
 * Memory is the growth of heap and buffers from before the first series to after all of them have
 * learned, labels and keys included.
 */

import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { alarmOptions } from '../../src/alarm/rule.ts'
import { detectorFactory } from '../../src/config/detector-choice.ts'
import { Assessment } from '../../src/core/assessment.ts'
import { Labels } from '../../src/core/labels.ts'
import { Ledger } from '../../src/core/ledger.ts'
import type { Observation } from '../../src/core/observation.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { Random } from '../../src/core/random.ts'
import type { Report } from '../../src/core/report.ts'
import { Catalog, catalogOptions } from '../../src/series/catalog.ts'
import { gateOptions } from '../../src/series/gate.ts'
import { Series } from '../../src/series/series.ts'

const { values: flags } = parseArgs({
  options: { json: { type: 'boolean' }, series: { type: 'string', default: '100000' } },
})
const seriesCount = Number(flags.series)

/** Rounds that warm up and fill probation; rounds that are measured. */
const learningRounds = 60
const measuredRounds = 15
const probationSamples = 50

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

interface Candidate {
  readonly name: string
  readonly detector: string
  readonly set: readonly string[]
}

const candidates: readonly Candidate[] = [
  { name: 'ema', detector: 'ema', set: [] },
  { name: 'dasrs rest', detector: 'dasrs', set: ['filters=rest'] },
  { name: 'dasrs likelihood', detector: 'dasrs', set: ['filters=likelihood,range-rule'] },
  { name: 'dasrs (default)', detector: 'dasrs', set: [] },
]

function heldLabels(): Labels[] {
  const fields = Array.from({ length: 4 }, (_, i) => `usage_${i}`)
  const hosts = Array.from({ length: Math.ceil(seriesCount / 4) }, (_, i) => `host-${i}`)
  return Array.from({ length: seriesCount }, (_, i) =>
    Labels.named('cpu', [
      ['__field__', fields[i % 4] as string],
      ['host', hosts[Math.floor(i / 4)] as string],
    ]),
  )
}

function catalogOf({ detector, set }: Candidate): Catalog {
  const create = detectorFactory(detector, set)
  const rule = {
    name: 'all',
    detector,
    alarm: optionsWithDefaults(alarmOptions),
    gate: optionsWithDefaults(gateOptions),
    assessment: new Assessment(),
    reportScores: false,
    stateVersion: 1,
    stateDigest: 0,
  }
  const file = { probationSamples, valueMin: 0, valueMax: 100 }
  const options = optionsWithDefaults(catalogOptions, { limit: seriesCount })
  return new Catalog(options, (labels) => new Series(labels, rule, create(file)), new Ledger())
}

/** One sample of every series; made anew each round, as a decoder makes them. */
function observationsOf(labels: readonly Labels[], round: number, random: Random): Observation[] {
  const receivedMs = 1_700_000_000_000 + round * 1000
  const origin = { partition: 'log', offset: round, receivedMs }
  return labels.map((each, index) => {
    const value = 50 + 10 * random.uniform()
    return { labels: each, timestampMs: receivedMs, remainderNs: 0, value, origin, index }
  })
}

/** The plain baseline: see the head of the file. */
class Plain {
  readonly #series = new Map<string, { mean: number; variance: number; count: number }>()
  alarms = 0

  update({ labels, value }: Observation): void {
    let key = ''
    for (let i = 0; i < labels.pairs.length; i += 2) {
      key += `${labels.pairs[i]}=${labels.pairs[i + 1]},`
    }
    let series = this.#series.get(key)
    if (series === undefined) this.#series.set(key, (series = { mean: 0, variance: 0, count: 0 }))
    const deviation = value - series.mean
    if (series.count++ > probationSamples && deviation ** 2 > 16 * series.variance) this.alarms++
    series.mean += 0.1 * deviation
    series.variance = 0.9 * (series.variance + 0.1 * deviation * deviation)
  }
}

function heldBytes(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number
}

interface Result {
  readonly name: string
  readonly samplesPerSecond: number
  readonly baselineSamplesPerSecond: number
  readonly ratio: number
  readonly bytesPerSeries: number
}

function measured(candidate: Candidate): Result {
  const random = new Random(1)
  const before = heldBytes()
  const labels = heldLabels()
  const catalog = catalogOf(candidate)
  const reports: Report[] = []
  const run = (observations: readonly Observation[]): number => {
    const startMs = performance.now()
    for (const observation of observations) {
      catalog.update(observation, reports)
      reports.length = 0
    }
    return performance.now() - startMs
  }
  for (let i = 0; i < learningRounds; i++) run(observationsOf(labels, i, random))
  const bytesPerSeries = (heldBytes() - before) / seriesCount
  const plain = new Plain()
  for (const each of observationsOf(labels, 0, random)) plain.update(each)
  const oursMs: number[] = []
  const plainMs: number[] = []
  for (let i = 0; i < measuredRounds; i++) {
    const observations = observationsOf(labels, learningRounds + i, random)
    oursMs.push(run(observations))
    const startMs = performance.now()
    for (const observation of observations) plain.update(observation)
    plainMs.push(performance.now() - startMs)
  }
  const samplesPerSecond = (seriesCount / median(oursMs)) * 1000
  const baselineSamplesPerSecond = (seriesCount / median(plainMs)) * 1000
  return {
    name: candidate.name,
    samplesPerSecond,
    baselineSamplesPerSecond,
    ratio: samplesPerSecond / baselineSamplesPerSecond,
    bytesPerSeries,
  }
}

const results = candidates.map((candidate) => {
  process.stderr.write(`pipeline: ${candidate.name}, ${seriesCount} series\n`)
  return measured(candidate)
})

if (flags.json === true) {
  process.stdout.write(JSON.stringify({ series: seriesCount, results }) + '\n')
} else {
  const million = (value: number): string => `${(value / 1e6).toFixed(2)} M/s`
  process.stdout.write(`held observations → alarm, ${seriesCount} series\n`)
  for (const {
    name,
    samplesPerSecond,
    baselineSamplesPerSecond,
    ratio,
    bytesPerSeries,
  } of results) {
    const columns = [
      name.padEnd(18),
      million(samplesPerSecond).padStart(11),
      `plain ${million(baselineSamplesPerSecond)}`.padStart(18),
      `${ratio.toFixed(2)} ×`.padStart(8),
      `${bytesPerSeries.toFixed(0)} bytes a series`.padStart(24),
    ]
    process.stdout.write(columns.join('  ') + '\n')
  }
}
