/**
 * Memory of the default detector over many series: what the process holds once all are warm.
 *
 *   node bench/speed/memory.ts [--json] [--series 100000] [--samples 400] [--detector auto]
 *
 * Series of the eight families of noise (src/evaluation/noise-families.ts), each at a level and a
 * scale of its own, a sample a minute, one sample of every series a round, so that each lies cold
 * in the caches when its turn comes; through catalog, gate, detector and alarm. Samples are by
 * default more than probation, so that every series judges.
 *
 * Told are the resident memory of the whole process, what heap and buffers hold of it, both a
 * series as well; the largest and the mean snapshot; and the processor time of a sample, beside
 * that of `ema` in the same process on the same samples.
 */

import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { alarmOptions } from '../../src/alarm/rule.ts'
import { detectorFactory } from '../../src/config/detector-choice.ts'
import { Assessment } from '../../src/core/assessment.ts'
import { Labels } from '../../src/core/labels.ts'
import { Ledger } from '../../src/core/ledger.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import type { Report } from '../../src/core/report.ts'
import { noiseFamilies, noiseSeries } from '../../src/evaluation/noise-families.ts'
import { Catalog, catalogOptions } from '../../src/series/catalog.ts'
import { gateOptions } from '../../src/series/gate.ts'
import { Series } from '../../src/series/series.ts'

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean' },
    series: { type: 'string', default: '100000' },
    samples: { type: 'string', default: '400' },
    detector: { type: 'string', default: 'auto' },
  },
})
const seriesCount = Number(flags.series)
const rounds = Number(flags.samples)
const minuteMs = 60_000
/** Noise of each family; series take it in turns, scaled. */
const noisesEach = 32
/** Series of `ema` beside it, for the ratio of cost. */
const besideCount = Math.min(seriesCount, 10_000)
/** Rounds of which the cost counts: the last ones. */
const measuredRounds = Math.min(60, rounds)
/** Snapshots looked at. */
const snapshotsMax = 2000

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const noises = Array.from({ length: noisesEach }, (_, i) =>
  noiseFamilies.map((family) => noiseSeries(family, i, rounds, minuteMs).values),
).flat()

/** The value of a series: a noise at a level and a scale of its own. */
function valueOf(series: number, round: number): number {
  const noise = noises[series % noises.length] as Float64Array
  const kind = Math.floor(series / noises.length)
  return (1 + (kind % 97) / 10) * (noise[round] as number) + (kind % 13) * 100
}

/** Series of one detector behind a catalog. */
class Bank {
  readonly catalog: Catalog
  readonly #labels: readonly Labels[]
  readonly #reports: Report[] = []
  readonly #roundsMs: number[] = []

  constructor(detector: string, count: number) {
    const create = detectorFactory(detector, [])
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
    const facts = { probationSamples: undefined, valueMin: 0, valueMax: 0 }
    const options = optionsWithDefaults(catalogOptions, { limit: count })
    const made = (labels: Labels): Series => new Series(labels, rule, create(facts))
    this.catalog = new Catalog(options, made, new Ledger())
    this.#labels = Array.from({ length: count }, (_, i) =>
      Labels.named('cpu', [
        ['__field__', `usage_${i % 4}`],
        ['host', `host-${Math.floor(i / 4)}`],
      ]),
    )
  }

  /** One sample of every series. */
  take(round: number): void {
    const timestampMs = 1_700_000_000_000 + round * minuteMs
    const origin = { partition: 'log', offset: round, receivedMs: timestampMs }
    const began = process.cpuUsage()
    for (const [index, labels] of this.#labels.entries()) {
      const value = valueOf(index, round)
      const seen = { labels, timestampMs, remainderNs: 0, value, origin, index }
      this.catalog.update(seen, this.#reports)
      this.#reports.length = 0
    }
    const { user, system } = process.cpuUsage(began)
    this.#roundsMs.push((user + system) / 1000)
  }

  /** Processor time of a sample, median of the last rounds. */
  get microseconds(): number {
    const last = this.#roundsMs.slice(-measuredRounds).sort((a, b) => a - b)
    return (1000 * (last[last.length >> 1] as number)) / this.#labels.length
  }

  /** Bytes of snapshots: the largest and the mean of some thousand. */
  snapshots(): { readonly largest: number; readonly mean: number } {
    let [largest, sum, count] = [0, 0, 0]
    for (const series of this.catalog.all()) {
      const bytes = series.sealed().length
      largest = Math.max(largest, bytes)
      sum += bytes
      if (++count === snapshotsMax) break
    }
    return { largest, mean: sum / count }
  }
}

const bank = new Bank(flags.detector, seriesCount)
for (let round = 0; round < rounds; round++) {
  bank.take(round)
  if (round % 20 === 0) process.stderr.write(`\r${round} of ${rounds} samples a series`)
}
process.stderr.write('\r\x1b[K')
collectGarbage()
const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage()
const learning = bank.catalog.list({ search: '', state: 'learning', limit: 1 }).length
const beside = new Bank('ema', besideCount)
for (let round = 0; round < rounds; round++) beside.take(round)
const snapshots = bank.snapshots()

const result = {
  detector: flags.detector,
  series: seriesCount,
  samplesEach: rounds,
  residentBytes: rss,
  heapBytes: heapUsed,
  bufferBytes: external,
  arrayBufferBytes: arrayBuffers,
  bytesPerSeries: (heapUsed + external) / seriesCount,
  residentBytesPerSeries: rss / seriesCount,
  largestSnapshotBytes: snapshots.largest,
  meanSnapshotBytes: snapshots.mean,
  microsecondsPerSample: bank.microseconds,
  ratioToEma: bank.microseconds / beside.microseconds,
}
if (learning > 0) process.stderr.write('some series are still in probation: take more samples\n')
if (flags.json === true) process.stdout.write(JSON.stringify(result) + '\n')
else {
  const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`
  const whole = (bytes: number): string => bytes.toFixed(0)
  process.stdout.write(
    `${flags.detector}, ${seriesCount} series after ${rounds} samples each\n` +
      `resident    ${mebibytes(rss)}, ${whole(result.residentBytesPerSeries)} bytes a series\n` +
      `heap        ${mebibytes(heapUsed)}; buffers ${mebibytes(external)}; ` +
      `together ${whole(result.bytesPerSeries)} bytes a series\n` +
      `a snapshot  ${whole(snapshots.mean)} bytes, at most ${snapshots.largest}\n` +
      `a sample    ${bank.microseconds.toFixed(2)} µs of processor time, ` +
      `${result.ratioToEma.toFixed(1)} × ema\n`,
  )
}
