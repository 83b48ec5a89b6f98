/**
 * Which of several forecasts of one series is the best: by its errors so far.
 *
 *   e_i ← e_i + max(1/500, 1/n) (|d_i| - e_i)      |d_i| cut at 5 e_i once 20 errors are known
 *
 * The one with the smallest usual error is chosen. Another takes its place only where its error is
 * smaller by a twentieth, so that two that are equally good do not take turns.
 *
 * The distance itself and not its square, and cut: a spike that all of them miss says nothing of
 * which is best, and squares would say it loudest.
 *
 * Source: following the leader with a switching cost, in its plainest form (Cesa-Bianchi and
 * Lugosi 2006, "Prediction, Learning, and Games", chapter 2). Numbers by measurement
 * (docs/algorithms/ema.md).
 * Cost: O(1) a forecast; one number each.
 */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'

const forgetting = 1 / 500
const settledCount = 20
const cutErrors = 5
const marginShare = 0.05

/** See the head of the file. */
export class ErrorContest {
  readonly #errors: Float64Array
  #count = 0
  #chosen: number

  /** `first` is chosen until errors are known. */
  constructor({ forecasts, first }: { forecasts: number; first: number }) {
    this.#errors = new Float64Array(forecasts)
    this.#chosen = first
  }

  /** Index of the best. */
  get chosen(): number {
    return this.#chosen
  }

  /** The usual error of a forecast. */
  error(index: number): number {
    return this.#errors[index]!
  }

  /** Takes the error of one forecast; each of them once, then `settle`. */
  push(index: number, distance: number): void {
    const error = this.#errors[index]!
    const size = Math.abs(distance)
    const known = this.#count >= settledCount && error > 0
    const cut = known ? Math.min(size, cutErrors * error) : size
    this.#errors[index] = error + Math.max(forgetting, 1 / (this.#count + 1)) * (cut - error)
  }

  /** Ends a round: the best so far is chosen. */
  settle(): void {
    this.#count++
    if (this.#count < settledCount) return
    const errors = this.#errors
    let best = 0
    for (let i = 1; i < errors.length; i++) if (errors[i]! < errors[best]!) best = i
    if (errors[best]! < (1 - marginShare) * errors[this.#chosen]!) this.#chosen = best
  }

  snapshot(writer: SnapshotWriter): void {
    writer.typedArray(this.#errors)
    writer.float64(this.#count)
    writer.uint8(this.#chosen)
  }

  restore(reader: SnapshotReader): void {
    reader.typedArray(this.#errors)
    this.#count = reader.float64()
    this.#chosen = reader.uint8()
  }
}
