/**
 * How often was this level seen in this slot of the day?
 *
 *   level     -4 … -1 │ 0   1  …  n-1 │ n … n+3        further out counts as the outermost
 *   slot        0 … 23 for each of them
 *
 * Cost: O(1); 4 bytes for each pair of level and slot.
 */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { CountTable } from './count-table.ts'

/** Levels outside on either side. Four do as well as forty: docs/algorithms/auto.md. */
const outerLevels = 4

/** See the head of the file. */
export class SlotCounts {
  readonly #levels: number
  readonly #slots: number
  readonly #counts: CountTable

  constructor({ levels, slots }: { levels: number; slots: number }) {
    this.#levels = levels + 2 * outerLevels
    this.#slots = slots
    this.#counts = new CountTable(this.#levels * slots)
  }

  #key(level: number, slot: number): number {
    const inside = Math.max(0, Math.min(this.#levels - 1, level + outerLevels))
    return inside * this.#slots + slot
  }

  /** How often this level was counted in this slot. */
  count(level: number, slot: number): number {
    return this.#counts.count(this.#key(level, slot))
  }

  add(level: number, slot: number): void {
    this.#counts.add(this.#key(level, slot))
  }

  snapshot(writer: SnapshotWriter): void {
    this.#counts.snapshot(writer)
  }

  restore(reader: SnapshotReader): void {
    this.#counts.restore(reader)
  }
}
