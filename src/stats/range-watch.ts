/**
 * Watches whether the range that a series was given still fits it.
 *
 * Samples are taken in blocks. At the end of a block the verdict is that the range must be learned
 * anew if
 *
 *   more than half of the block lay beyond                the series has left its range for good
 *   eight blocks lay within one step, and not all equal   the range is far too wide
 *
 * Cost: O(1) a sample; four numbers of state.
 */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'

/** Blocks within so few steps before a range counts as too wide: a day of three-hour blocks. */
const narrowBlocks = 8
const narrowSteps = 1

/** See the head of the file. */
export class RangeWatch {
  #lowest = Infinity
  #highest = -Infinity
  #samples = 0
  #beyond = 0

  /** Says that the next sample lies beyond what the range can tell apart. */
  countBeyond(): void {
    this.#beyond++
  }

  /** Takes one sample; true if the range has to be learned anew. Then the watch is over. */
  push(value: number, step: number, blockSamples: number): boolean {
    if (value < this.#lowest) this.#lowest = value
    if (value > this.#highest) this.#highest = value
    this.#samples++
    if (this.#samples % blockSamples !== 0) return false
    const left = this.#beyond * 2 > blockSamples
    this.#beyond = 0
    if (left) return true
    if (this.#samples < narrowBlocks * blockSamples) return false
    const span = this.#highest - this.#lowest
    this.#lowest = Infinity
    this.#highest = -Infinity
    this.#samples = 0
    return span > 0 && span < narrowSteps * step
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.#lowest)
    writer.float64(this.#highest)
    writer.float64(this.#samples)
    writer.float64(this.#beyond)
  }

  restore(reader: SnapshotReader): void {
    this.#lowest = reader.float64()
    this.#highest = reader.float64()
    this.#samples = reader.float64()
    this.#beyond = reader.float64()
  }
}
