/**
 * Exponential moving average detector.
 *
 * Follows the level of a series with one rate of forgetting and the usual distance from it with
 * another, slower one, and asks how many deviations the new sample lies from the level it would
 * have expected. A fast level makes the detector one of jumps and spikes; a slow deviation keeps it
 * from taking the first minutes of trouble for the new normal.
 *
 *   d_t = x_t - m_{t-1}      m_t = m_{t-1} + α d_t
 *   c_t = d_t, cut at ± clip · √v_{t-1}
 *   v_t = (1 - β) v_{t-1} + β (1 - α) c_t²
 *
 * Raw score: z = |d_t| / √v_{t-1}. Score: the share of a distribution with heavy tails (Student's
 * t, four degrees of freedom) that lies nearer to its mean than z.
 *
 * `alpha: auto` keeps levels of several rates and takes the one that foretells this series best
 * (averages/level-bank.ts).
 *
 * Source: Finch 2009, "Incremental calculation of weighted mean and variance", section 9, where
 * α = β; (1 - α) d_t² is his product of the distances from the old and the new mean.
 * Differs: the sample is judged before it is learned; two rates; the first samples weigh equally,
 * α_t = max(α, 1/t); what is learned of an outlier's distance is cut, so that one spike does not
 * widen the band for the next. Measured in docs/algorithms/ema.md.
 * Cost: O(1) a sample; three numbers of state; with `alpha: auto` four times as long, 120 bytes.
 */

import type { Assessment } from '../core/assessment.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { studentTail } from '../stats/student.ts'
import { deviationsOf } from '../stats/deviations.ts'
import { bandDeviationsOption, probationSamplesOption } from './averages/options.ts'
import { LevelBank } from './averages/level-bank.ts'
import type { Detector, Fact, Learning } from './detector.ts'

/** Options of the detector. The rates were chosen on NAB, KPI and cloud at once. */
export const emaOptions = {
  alpha: {
    kind: 'number-or-word',
    words: ['auto'],
    min: 1e-6,
    max: 0.5,
    default: 0.25,
    wordShapesState: true,
    about:
      'How fast the level follows: weight of the newest sample. .25 looks back four samples and ' +
      'finds jumps, .003 looks back three hundred and finds long departures. auto: whichever of ' +
      '.25 to .01 foretells this series best, chosen in probation and ever after.',
  },
  deviationAlpha: {
    kind: 'number',
    min: 1e-6,
    max: 1,
    default: 0.005,
    about: 'How fast the usual distance from the level is learned: .005 looks back 200 samples.',
  },
  clipDeviations: {
    kind: 'number',
    min: 1,
    max: 1e6,
    default: 5,
    about: 'Distances over this many deviations are learned as if they were no larger.',
  },
  bandDeviations: bandDeviationsOption,
  probationSamples: probationSamplesOption,
} as const satisfies OptionSpecs

export type EmaOptions = OptionsOf<typeof emaOptions>

/** See the head of the file. */
export class Ema implements Detector {
  readonly #options: EmaOptions
  #count = 0
  #mean = 0
  #variance = 0
  /** Only with `alpha: auto`; then mean and variance are those that it has chosen. */
  readonly #bank: LevelBank | undefined

  constructor(options: EmaOptions) {
    this.#options = options
    this.#bank = options.alpha === 'auto' ? new LevelBank() : undefined
  }

  update(_timestampMs: number, value: number, learning: Learning, assessment: Assessment): void {
    const options = this.#options
    const inProbation = this.#count < options.probationSamples
    assessment.inProbation = inProbation
    assessment.probationSamples = options.probationSamples
    assessment.learnedSamples = inProbation ? this.#count : options.probationSamples
    if (this.#count === 0) {
      this.#mean = value
      this.#bank?.begin(value)
      this.#count = 1
      return
    }
    const distance = value - this.#mean
    const deviation = Math.sqrt(this.#variance)
    const halfBand = options.bandDeviations * deviation
    assessment.rawScore = deviationsOf(distance, deviation, this.#mean)
    assessment.expected = this.#mean
    assessment.lower = this.#mean - halfBand
    assessment.upper = this.#mean + halfBand
    if (!inProbation) assessment.score = 1 - studentTail(assessment.rawScore)
    else this.#learn(value, Infinity)
    if (inProbation || learning === 'masked') return
    // Without a deviation nothing says what an outlier is: the distance is learned as it is.
    this.#learn(value, deviation === 0 ? Infinity : options.clipDeviations * deviation)
  }

  #learn(value: number, clip: number): void {
    const equalShare = 1 / ++this.#count
    const { alpha: rate, deviationAlpha: share } = this.#options
    if (this.#bank !== undefined) {
      const clipDeviations = clip === Infinity ? clip : this.#options.clipDeviations
      this.#bank.learn(value, { count: this.#count, share, clipDeviations })
      this.#mean = this.#bank.mean
      this.#variance = this.#bank.variance
      return
    }
    const alpha = Math.max(rate as number, equalShare)
    const beta = Math.max(share, equalShare)
    const distance = value - this.#mean
    const cut = Math.min(Math.abs(distance), clip)
    this.#mean += alpha * distance
    this.#variance += beta * ((1 - alpha) * cut * cut - this.#variance)
  }

  describe(): readonly Fact[] {
    return [
      { name: 'alpha', value: this.#bank?.rate ?? this.#options.alpha },
      ...(this.#bank?.describe() ?? []),
      { name: 'level', value: this.#mean },
      { name: 'usual distance from it', value: Math.sqrt(this.#variance) },
    ]
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.#count)
    writer.float64(this.#mean)
    writer.float64(this.#variance)
    this.#bank?.snapshot(writer)
  }

  restore(reader: SnapshotReader): void {
    this.#count = reader.float64()
    this.#mean = reader.float64()
    this.#variance = reader.float64()
    this.#bank?.restore(reader)
  }
}
