/**
 * The sum of the last n values, without ever subtracting.
 *
 * A running sum that adds what comes and subtracts what goes keeps every rounding error it ever
 * made: after one value of 1e150 nothing else is left. Here the ring is cut into blocks of n. While
 * a block fills, the slots not yet overwritten hold the suffix sums of the block before:
 *
 *   slot     0    1    2  │  3        4       …  n-1
 *   holds   x_0  x_1  x_2 │  Σ 3..    Σ 4..   …  Σ n-1..     (of the block before)
 *           └── added up ─┘  └ one look-up
 *
 *   sum of the last n = (x_0 + x_1 + x_2) + (suffix sum at slot 3)
 *
 * When the block is full its suffix sums are made in one pass.
 *
 * Source: van Herk 1992, "A fast algorithm for local minimum and maximum filters", with sums.
 * Cost: O(1) a value on average; n numbers. The error is that of adding n numbers once.
 */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'

/** See the head of the file. */
export class WindowedSum {
  readonly #slots: Float64Array
  #filled = 0
  #fresh = 0
  #full = false

  constructor(windowSamples: number) {
    this.#slots = new Float64Array(windowSamples)
  }

  /** How many values the sum is over: at most the window. */
  get count(): number {
    return this.#full ? this.#slots.length : this.#filled
  }

  /** Sum of the last `count` values; 0 of none. */
  get sum(): number {
    if (!this.#full) return this.#fresh
    return this.#fresh + (this.#slots[this.#filled] as number)
  }

  /** Takes one value; the oldest leaves where the window is full. */
  push(value: number): void {
    const slots = this.#slots
    slots[this.#filled++] = value
    this.#fresh += value
    if (this.#filled < slots.length) return
    for (let i = slots.length - 2; i >= 0; i--) slots[i]! += slots[i + 1]!
    this.#filled = 0
    this.#fresh = 0
    this.#full = true
  }

  snapshot(writer: SnapshotWriter): void {
    writer.typedArray(this.#slots)
    writer.uint32(this.#filled)
    writer.float64(this.#fresh)
    writer.boolean(this.#full)
  }

  restore(reader: SnapshotReader): void {
    reader.typedArray(this.#slots)
    this.#filled = reader.uint32()
    this.#fresh = reader.float64()
    this.#full = reader.boolean()
  }
}
