/**
 * Exponential moving average detector.
 *
 * Keeps a running mean and variance that forget the past at rate alpha, and asks how many
 * deviations the new sample lies from the mean it would have expected.
 *
 *   d_t = x_t - m_{t-1}      m_t = m_{t-1} + α d_t      v_t = (1 - α)(v_{t-1} + α d_t²)
 *
 * Raw score: |d_t| / √v_{t-1}. Score: the share of a normal distribution that lies nearer to its
 * mean than that.
 *
 * Source: Finch 2009, "Incremental calculation of weighted mean and variance", section 9.
 * Differs: the sample is judged before it is learned; α_t = max(α, 1/t), so that the first samples
 * weigh equally; what is learned of an outlier is cut at `clipDeviations`, so that one spike does
 * not widen the band for the next one.
 * Cost: O(1) a sample; three numbers of state.
 */

import type { Assessment } from '../core/assessment.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { erfc } from '../stats/gaussian.ts'
import type { Detector, Learning } from './detector.ts'

/** Options of the detector. */
export const emaOptions = {
  alpha: {
    kind: 'number',
    min: 1e-6,
    max: 1,
    default: 0.003,
    shapesState: false,
    about: 'Weight of the newest sample. .1 follows within ten samples, .003 within three hundred.',
  },
  clipDeviations: {
    kind: 'number',
    min: 1,
    max: 1e6,
    default: 5,
    about:
      'A sample further from the mean than this many deviations is learned as if it lay there.',
  },
  bandDeviations: {
    kind: 'number',
    min: 0,
    max: 1e6,
    default: 3,
    about: 'Half the width of the expected band, in deviations.',
  },
  probationSamples: {
    kind: 'integer',
    min: 1,
    max: 1e9,
    default: 150,
    about: 'The first samples, learned but not judged.',
  },
} as const satisfies OptionSpecs

export type EmaOptions = OptionsOf<typeof emaOptions>

/** Deviations are never taken for smaller than this share of the mean: below it is rounding. */
const deviationShareMin = 2 ** -40

/** The largest raw score: a deviation of zero is not infinitely far. */
const deviationsMax = 2 ** 20

/** See the head of the file. */
export class Ema implements Detector {
  readonly #options: EmaOptions
  #count = 0
  #mean = 0
  #variance = 0

  constructor(options: EmaOptions) {
    this.#options = options
  }

  update(_timestampMs: number, value: number, learning: Learning, assessment: Assessment): void {
    const { alpha, clipDeviations, bandDeviations, probationSamples } = this.#options
    const distance = this.#count === 0 ? 0 : value - this.#mean
    const deviation = Math.max(Math.sqrt(this.#variance), Math.abs(this.#mean) * deviationShareMin)
    const deviations = distance === 0 ? 0 : Math.min(Math.abs(distance) / deviation, deviationsMax)
    assessment.inProbation = this.#count < probationSamples
    assessment.learnedSamples = Math.min(this.#count, probationSamples)
    assessment.probationSamples = probationSamples
    assessment.rawScore = deviations
    if (!assessment.inProbation) assessment.score = 1 - erfc(deviations * Math.SQRT1_2)
    if (this.#count > 0) {
      assessment.expected = this.#mean
      assessment.lower = this.#mean - bandDeviations * deviation
      assessment.upper = this.#mean + bandDeviations * deviation
    }
    if (learning === 'on' || assessment.inProbation) {
      const clipped = this.#variance > 0 && !assessment.inProbation
      const clip = clipped ? clipDeviations * deviation : Infinity
      this.#learn(value, distance, alpha, clip)
    }
  }

  #learn(value: number, distance: number, alpha: number, clip: number): void {
    this.#count++
    if (this.#count === 1) {
      this.#mean = value
      return
    }
    const share = Math.max(alpha, 1 / this.#count)
    const learned = Math.min(Math.max(distance, -clip), clip)
    this.#mean += share * learned
    this.#variance = (1 - share) * (this.#variance + share * learned * learned)
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.#count)
    writer.float64(this.#mean)
    writer.float64(this.#variance)
  }

  restore(reader: SnapshotReader): void {
    this.#count = reader.float64()
    this.#mean = reader.float64()
    this.#variance = reader.float64()
  }
}
