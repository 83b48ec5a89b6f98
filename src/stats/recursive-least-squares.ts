/**
 * Recursive least squares: a linear forecast that learns from each sample.
 *
 * Finds the weights θ that make the sum of squared errors least, with old errors forgotten:
 *
 *   ŷ = θ·f        k = P f / (λ + f·P f)        θ += k e        P = (P - k (P f)ᵀ) / λ
 *
 * P is the inverse of the faded sum of f fᵀ. Where the regressors do not vary it grows without end;
 * then it is scaled down. The caller hands in the error, so that it can cut outliers.
 *
 * Source: Ljung and Söderström 1983, "Theory and Practice of Recursive Identification", 2.2; the
 * bound on P answers what they call windup.
 *
 * P depends on the regressors only, so several sets of weights that learn of differently cut errors
 * share it.
 * Cost: n² multiplications for n weights, twice; n² + 2 n numbers, and n for each further set.
 */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'

/** Weight of the last error against the one before: half is forgotten in 1400 samples. */
const forgetting = 0.9995
/** The uncertainty of each weight at first, and the most it may become. By measurement. */
const spreadFirst = 10
const spreadMax = 1000
/** P f of the sample at hand: one for all, which take it in turns and keep nothing in it. */
const sizeMax = 64
const gain = new Float64Array(sizeMax)

/** See the head of the file. */
export class RecursiveLeastSquares {
  readonly #size: number
  /** Set after set. */
  readonly #weights: Float64Array
  /** P, row after row; symmetric. */
  readonly #spread: Float64Array

  /** Each of so many sets starts with these weights, 64 at most. */
  constructor({ weights, sets }: { weights: readonly number[]; sets: number }) {
    this.#size = weights.length
    if (this.#size > sizeMax) throw new RangeError(`${this.#size} weights, at most ${sizeMax}`)
    // One buffer for both: each costs some 300 bytes, whatever is in it.
    const numbers = new Float64Array(this.#size * (sets + this.#size))
    const spreadAt = this.#size * sets
    this.#weights = numbers.subarray(0, spreadAt)
    this.#spread = numbers.subarray(spreadAt)
    for (let set = 0; set < sets; set++) this.#weights.set(weights, set * this.#size)
    this.#begin()
  }

  #begin(): void {
    this.#spread.fill(0)
    for (let i = 0; i < this.#size; i++) this.#spread[i * this.#size + i] = spreadFirst
  }

  /** θ of one regressor in one of the sets. */
  weight(index: number, set: number): number {
    return this.#weights[set * this.#size + index]!
  }

  /** ŷ of regressors f, by one of the sets. */
  forecast(regressors: Float64Array, set: number): number {
    const first = set * this.#size
    let sum = 0
    for (let i = 0; i < this.#size; i++) sum += this.#weights[first + i]! * regressors[i]!
    return sum
  }

  /** Takes the error e of the forecast of f by each set. */
  learn(regressors: Float64Array, errors: Float64Array): void {
    const size = this.#size
    const spread = this.#spread
    let divisor = forgetting
    for (let i = 0; i < size; i++) {
      let sum = 0
      for (let j = 0; j < size; j++) sum += spread[i * size + j]! * regressors[j]!
      gain[i] = sum
      divisor += sum * regressors[i]!
    }
    // Rounding can make P lose its positive sign where regressors are huge: it starts anew.
    if (!(divisor >= forgetting && divisor < Infinity)) return this.#begin()
    for (let i = 0; i < this.#weights.length; i++) {
      this.#weights[i]! += (gain[i % size]! / divisor) * errors[Math.trunc(i / size)]!
    }
    this.#narrow(divisor)
  }

  #narrow(divisor: number): void {
    const size = this.#size
    const spread = this.#spread
    let largest = 0
    for (let i = 0; i < size; i++) {
      const share = gain[i]! / divisor
      for (let j = i; j < size; j++) {
        const narrowed = (spread[i * size + j]! - share * gain[j]!) / forgetting
        spread[i * size + j] = narrowed
        spread[j * size + i] = narrowed
      }
      largest = Math.max(largest, spread[i * size + i]!)
    }
    if (largest <= spreadMax) return
    const factor = spreadMax / largest
    for (let i = 0; i < spread.length; i++) spread[i]! *= factor
  }

  snapshot(writer: SnapshotWriter): void {
    writer.typedArray(this.#weights)
    writer.typedArray(this.#spread)
  }

  restore(reader: SnapshotReader): void {
    reader.typedArray(this.#weights)
    reader.typedArray(this.#spread)
  }
}
