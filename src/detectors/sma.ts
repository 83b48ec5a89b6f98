/**
 * Simple moving average detector.
 *
 * The level is the mean of the last few samples; the usual distance from it is the root mean square
 * of the distances of the last day or so, each measured when it happened. Both windows hold only
 * samples before the one that is judged.
 *
 *   m_t = mean of x_{t-n} … x_{t-1}      d_t = x_t - m_t
 *   s_t = √ (mean of d²_{t-k} … d²_{t-1})
 *
 * Raw score: z = |d_t| / s_t. Score: the share of a distribution with heavy tails (Student's t,
 * four degrees of freedom) that lies nearer to its mean than z.
 *
 * Unlike an exponential average it forgets completely: a fault has left both windows after k
 * samples. It pays with memory for that.
 *
 * `window: auto` keeps means over several windows and takes the one that foretells this series best
 * (averages/window-bank.ts); the usual distance is then that of whichever was chosen at the time.
 *
 * Source: the moving average of any textbook.
 * Differs: the judged sample is not in its own window, where |z| could never pass √(n - 1); the
 * deviation has a window of its own, twenty times as long. Measured in docs/algorithms/sma.md.
 * Cost: O(1) a sample on average; n + k numbers of state.
 */

import type { Assessment } from '../core/assessment.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { deviationsOf } from '../stats/deviations.ts'
import { studentTail } from '../stats/student.ts'
import { WindowedSum } from '../stats/windowed-sum.ts'
import { bandDeviationsOption, probationSamplesOption } from './averages/options.ts'
import { WindowBank } from './averages/window-bank.ts'
import type { Detector, Fact, Learning } from './detector.ts'

/** Options of the detector. The windows were chosen on NAB, KPI and cloud at once. */
export const smaOptions = {
  windowSamples: {
    kind: 'number-or-word',
    words: ['auto'],
    min: 1,
    max: 10_000,
    default: 10,
    whole: true,
    shapesState: true,
    about:
      'The level is the mean of this many samples. Few find jumps, many long departures. auto: ' +
      'whichever of 7 to 200 foretells this series best, chosen in probation and ever after.',
  },
  deviationWindowSamples: {
    kind: 'integer',
    min: 2,
    max: 10_000,
    default: 288,
    shapesState: true,
    about: 'The usual distance from the level is that of this many samples. 8 bytes each.',
  },
  bandDeviations: bandDeviationsOption,
  probationSamples: probationSamplesOption,
} as const satisfies OptionSpecs

export type SmaOptions = OptionsOf<typeof smaOptions>

/** See the head of the file. */
export class Sma implements Detector {
  readonly #options: SmaOptions
  readonly #values: WindowedSum | WindowBank
  /** Squared distances. */
  readonly #squares: WindowedSum
  #count = 0

  constructor(options: SmaOptions) {
    this.#options = options
    const { windowSamples } = options
    this.#values =
      typeof windowSamples === 'number' ? new WindowedSum(windowSamples) : new WindowBank()
    this.#squares = new WindowedSum(options.deviationWindowSamples)
  }

  update(_timestampMs: number, value: number, learning: Learning, assessment: Assessment): void {
    const { bandDeviations, probationSamples } = this.#options
    const inProbation = this.#count < probationSamples
    assessment.inProbation = inProbation
    assessment.probationSamples = probationSamples
    assessment.learnedSamples = inProbation ? this.#count : probationSamples
    const values = this.#values
    if (values.count === 0) {
      this.#count++
      values.push(value)
      return
    }
    const squares = this.#squares
    const mean = values.sum / values.count
    const distance = value - mean
    const deviation = squares.count === 0 ? 0 : Math.sqrt(squares.sum / squares.count)
    assessment.rawScore = deviationsOf(distance, deviation, mean)
    assessment.expected = mean
    assessment.lower = mean - bandDeviations * deviation
    assessment.upper = mean + bandDeviations * deviation
    if (!inProbation) assessment.score = 1 - studentTail(assessment.rawScore)
    else this.#count++
    if (!inProbation && learning === 'masked') return
    values.push(value)
    squares.push(distance * distance)
  }

  describe(): readonly Fact[] {
    const [values, squares] = [this.#values, this.#squares]
    const chosen = values instanceof WindowBank ? values.windowSamples : undefined
    return [
      { name: 'window', value: chosen ?? this.#options.windowSamples },
      ...(values instanceof WindowBank ? values.describe() : []),
      { name: 'level', value: values.sum / Math.max(1, values.count) },
      {
        name: 'usual distance from it',
        value: Math.sqrt(squares.sum / Math.max(1, squares.count)),
      },
    ]
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.#count)
    this.#values.snapshot(writer)
    this.#squares.snapshot(writer)
  }

  restore(reader: SnapshotReader): void {
    this.#count = reader.float64()
    this.#values.restore(reader)
    this.#squares.restore(reader)
  }
}
