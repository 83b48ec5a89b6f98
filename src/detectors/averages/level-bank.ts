/**
 * Exponential levels of several rates, and the one that foretells the series best.
 *
 *   m_i ← m_i + α_i d_i      v_i ← v_i + β ((1 - α_i) c_i² - v_i)      α_i = .25, .1, .03, .01
 *
 * Each has a level and a deviation of its own, so that another choice needs no learning. Which one
 * is chosen is said by their one-step errors (stats/error-contest.ts): a fast one where values hang
 * on the last ones, a slow one where they are noise around a level.
 *
 * Cost: four times that of one level; 120 bytes.
 */

import type { SnapshotReader, SnapshotWriter } from '../../core/snapshot.ts'
import { ErrorContest } from '../../stats/error-contest.ts'
import type { Fact } from '../detector.ts'

/**
 * Fast ones first. No faster one: .5 foretells most series best and finds the least in them, since
 * it has taken a fault for the level after two samples (docs/algorithms/ema.md).
 */
const rates = [0.25, 0.1, 0.03, 0.01] as const
/** The default of `alpha`. */
const firstRate = 0

/** How the deviation is learned. */
export interface DeviationLearning {
  /** Samples learned, this one included. */
  readonly count: number
  readonly share: number
  /** Distances over this many deviations are learned as if no larger. */
  readonly clipDeviations: number
}

/** See the head of the file. */
export class LevelBank {
  readonly #means = new Float64Array(rates.length)
  readonly #variances = new Float64Array(rates.length)
  readonly #contest = new ErrorContest({ forecasts: rates.length, first: firstRate })

  /** The chosen level. */
  get mean(): number {
    return this.#means[this.#contest.chosen]!
  }

  /** Mean square of the distances from the chosen level. */
  get variance(): number {
    return this.#variances[this.#contest.chosen]!
  }

  /** The chosen rate. */
  get rate(): number {
    return rates[this.#contest.chosen]!
  }

  /** All begin at the first value. */
  begin(value: number): void {
    this.#means.fill(value)
  }

  learn(value: number, { count, share, clipDeviations }: DeviationLearning): void {
    const equalShare = 1 / count
    const beta = Math.max(share, equalShare)
    for (let i = 0; i < rates.length; i++) {
      const alpha = Math.max(rates[i]!, equalShare)
      const distance = value - this.#means[i]!
      const deviation = Math.sqrt(this.#variances[i]!)
      // Without a deviation nothing says what an outlier is: the distance is learned as it is.
      const clip = deviation === 0 ? Infinity : clipDeviations * deviation
      const cut = Math.min(Math.abs(distance), clip)
      this.#contest.push(i, distance)
      this.#means[i]! += alpha * distance
      this.#variances[i]! += beta * ((1 - alpha) * cut * cut - this.#variances[i]!)
    }
    this.#contest.settle()
  }

  /** The usual one-step error of each rate. */
  describe(): readonly Fact[] {
    return rates.map((rate, i) => ({
      name: `one-step error with alpha ${rate}`,
      value: this.#contest.error(i),
    }))
  }

  snapshot(writer: SnapshotWriter): void {
    writer.typedArray(this.#means)
    writer.typedArray(this.#variances)
    this.#contest.snapshot(writer)
  }

  restore(reader: SnapshotReader): void {
    reader.typedArray(this.#means)
    reader.typedArray(this.#variances)
    this.#contest.restore(reader)
  }
}
