/**
 * The variance of the last n values, for comparing it with a threshold.
 *
 * Sums of distances from the first value and of their squares, over windows that never subtract.
 * With a mean far from the first value the digits of both cancel: good for telling a constant from
 * a lively series, not for more.
 *
 * Cost: O(1) a value on average; 2 n numbers.
 */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { WindowedSum } from './windowed-sum.ts'

/** See the head of the file. */
export class WindowedVariance {
  readonly #distances: WindowedSum
  readonly #squares: WindowedSum
  #first = NaN

  constructor(windowSamples: number) {
    this.#distances = new WindowedSum(windowSamples)
    this.#squares = new WindowedSum(windowSamples)
  }

  /** Population variance; 0 of none. */
  get variance(): number {
    const { count } = this.#distances
    if (count === 0) return 0
    const mean = this.#distances.sum / count
    return Math.max(0, this.#squares.sum / count - mean * mean)
  }

  /** Takes one value. */
  push(value: number): void {
    if (Number.isNaN(this.#first)) this.#first = value
    const distance = value - this.#first
    this.#distances.push(distance)
    this.#squares.push(distance * distance)
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.#first)
    this.#distances.snapshot(writer)
    this.#squares.snapshot(writer)
  }

  restore(reader: SnapshotReader): void {
    this.#first = reader.float64()
    this.#distances.restore(reader)
    this.#squares.restore(reader)
  }
}
