/**
 * Watches whether the range that a series was given still fits it.
 *
 * Samples are taken in blocks. At the end of a block the verdict is that the range must be learned
 * anew if
 *
 *   more than half of the block lies beyond the limits     the series has left its range for good
 *   eight blocks lie within two steps, not all equal       the range is far too wide
 *
 * Cost: O(1) a sample; five numbers of state.
 */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { SeenRange } from './seen-range.ts'

/** What counts as fitting. */
export interface RangeLimits {
  readonly low: number
  readonly high: number
  /** Width of one step of the range. */
  readonly step: number
}

/** Blocks within two steps before a range counts as too wide: a day of three-hour blocks. */
const narrowBlocks = 8
const narrowSteps = 1

/** See the head of the file. */
export class RangeWatch {
  readonly #seen = new SeenRange()
  #samples = 0
  #beyond = 0

  /** Takes one sample; true if the range has to be learned anew. Then the watch is over. */
  push(value: number, limits: RangeLimits, blockSamples: number): boolean {
    this.#seen.push(value)
    this.#samples++
    if (value < limits.low || value > limits.high) this.#beyond++
    if (this.#samples % blockSamples !== 0) return false
    const left = this.#beyond * 2 > blockSamples
    this.#beyond = 0
    if (left) return true
    if (this.#samples < narrowBlocks * blockSamples) return false
    const span = this.#seen.highest - this.#seen.lowest
    this.#seen.forget()
    this.#samples = 0
    return span > 0 && span < narrowSteps * limits.step
  }

  snapshot(writer: SnapshotWriter): void {
    this.#seen.snapshot(writer)
    writer.float64(this.#samples)
    writer.float64(this.#beyond)
  }

  restore(reader: SnapshotReader): void {
    this.#seen.restore(reader)
    this.#samples = reader.float64()
    this.#beyond = reader.float64()
  }
}
