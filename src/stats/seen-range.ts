/** The smallest and largest value seen so far. */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'

/** A range that only grows. */
export class SeenRange {
  #lowest = Infinity
  #highest = -Infinity

  /** True once there was a value. */
  get known(): boolean {
    return this.#lowest <= this.#highest
  }

  /** Infinity before the first value. */
  get lowest(): number {
    return this.#lowest
  }

  /** -Infinity before the first value. */
  get highest(): number {
    return this.#highest
  }

  /** Takes one value. */
  push(value: number): void {
    if (value < this.#lowest) this.#lowest = value
    if (value > this.#highest) this.#highest = value
  }

  /** True if the value lies outside by more than a share of the range; false while unknown. */
  excludes(value: number, marginShare: number): boolean {
    if (!this.known) return false
    const margin = (this.#highest - this.#lowest) * marginShare
    return value > this.#highest + margin || value < this.#lowest - margin
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.#lowest)
    writer.float64(this.#highest)
  }

  restore(reader: SnapshotReader): void {
    this.#lowest = reader.float64()
    this.#highest = reader.float64()
  }
}
