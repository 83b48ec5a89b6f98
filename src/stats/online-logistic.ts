/**
 * Logistic regression that learns one outcome at a time and begins with a prior.
 *
 *   p = σ(w·x)      r = λ p (1 - p)      C ← C - r C x xᵀ C / (1 + r xᵀ C x)
 *   w ← w + λ C x (y - p)
 *
 * One Newton step an outcome on the posterior's quadratic approximation: C is its covariance. λ
 * says how much an outcome counts: those of neighbouring seconds are nearly one and the same, and
 * must not count as independent. C grows by `drift` a step, so that old outcomes fade.
 *
 * Sources: Spiegelhalter and Lauritzen 1990, "Sequential updating of conditional probabilities";
 * West and Harrison 1997, §14.4 (the extended Kalman filter for generalised linear models).
 * Cost: the square of the number of features, a prediction linear.
 */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'

/** What is believed before the first outcome. */
export interface LogisticPrior {
  readonly weights: readonly number[]
  /** Variance of each weight; also its bound later on. */
  readonly variances: readonly number[]
  /** λ: how much of an outcome counts, in (0, 1]. */
  readonly share: number
  /** What the variance of a weight grows by in a step. */
  readonly drift: number
}

/** See the head of the file. */
export class OnlineLogistic {
  readonly #prior: LogisticPrior
  readonly #weights: Float64Array
  /** Float64Array, n × n, row by row. */
  readonly #covariance: Float64Array
  readonly #gain: Float64Array

  constructor(prior: LogisticPrior) {
    this.#prior = prior
    const n = prior.weights.length
    this.#weights = Float64Array.from(prior.weights)
    this.#covariance = new Float64Array(n * n)
    for (let i = 0; i < n; i++) this.#covariance[i * n + i] = prior.variances[i]!
    this.#gain = new Float64Array(n)
  }

  get weights(): readonly number[] {
    return [...this.#weights]
  }

  /** w·x: the log of the odds. */
  logit(features: Float64Array): number {
    let sum = 0
    for (let i = 0; i < this.#weights.length; i++) sum += this.#weights[i]! * features[i]!
    return sum
  }

  /** Variance of the log of the odds, from what is not known of the weights. */
  variance(features: Float64Array): number {
    this.#multiply(features)
    let sum = 0
    for (let i = 0; i < features.length; i++) sum += features[i]! * this.#gain[i]!
    return sum
  }

  /** C x. Four rows at once: each sum waits for its last addition, four of them do not. */
  #multiply(features: Float64Array): void {
    const gain = this.#gain
    const covariance = this.#covariance
    const n = gain.length
    let i = 0
    for (; i + 3 < n; i += 4) {
      const [a, b, c, d] = [i * n, i * n + n, i * n + 2 * n, i * n + 3 * n]
      let [first, second, third, fourth] = [0, 0, 0, 0]
      for (let j = 0; j < n; j++) {
        const x = features[j]!
        first += covariance[a + j]! * x
        second += covariance[b + j]! * x
        third += covariance[c + j]! * x
        fourth += covariance[d + j]! * x
      }
      gain[i] = first
      gain[i + 1] = second
      gain[i + 2] = third
      gain[i + 3] = fourth
    }
    for (; i < n; i++) {
      let sum = 0
      for (let j = 0; j < n; j++) sum += covariance[i * n + j]! * features[j]!
      gain[i] = sum
    }
  }

  /** Learns what came of these features: 1 it happened, 0 it did not. */
  learn(features: Float64Array, outcome: number): void {
    const { share, drift, variances } = this.#prior
    const n = this.#weights.length
    const p = probabilityOf(this.logit(features))
    const spread = this.variance(features)
    const weight = share * Math.max(1e-6, p * (1 - p))
    const factor = weight / (1 + weight * spread)
    const gain = this.#gain
    const covariance = this.#covariance
    for (let i = 0; i < n; i++) {
      const row = i * n
      const taken = factor * gain[i]!
      for (let j = 0; j < n; j++) covariance[row + j]! -= taken * gain[j]!
      const own = covariance[row + i]!
      covariance[row + i] = Math.min(variances[i]!, own + drift)
    }
    const step = (share * (outcome - p)) / (1 + weight * spread)
    for (let i = 0; i < n; i++) this.#weights[i]! += step * gain[i]!
  }

  snapshot(writer: SnapshotWriter): void {
    writer.typedArray(this.#weights)
    writer.typedArray(this.#covariance)
  }

  restore(reader: SnapshotReader): void {
    reader.typedArray(this.#weights)
    reader.typedArray(this.#covariance)
  }
}

/** σ: from the log of the odds to a probability. */
export function probabilityOf(logit: number): number {
  return 1 / (1 + Math.exp(-logit))
}

/** The log of the odds, bounded to ±`bound` so that certainty stays a finite number. */
export function boundedLogit(probability: number, bound: number): number {
  const logit = Math.log(probability / (1 - probability))
  return Math.max(-bound, Math.min(bound, logit))
}
