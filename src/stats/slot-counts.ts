/**
 * How often was this level seen in this slot of the day?
 *
 * As stats/sequence-counts.ts, for pairs of a level and a slot: levels from 0 to `levels` - 1 are
 * counted in a dense table, those up to forty further out on either side in a sparse one that is
 * made when the first of them comes.
 *
 * Cost: O(1); 4 bytes for each pair of level and slot.
 */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { CountTable } from './count-table.ts'
import { outerLevels } from './sequence-counts.ts'

/** See the head of the file. */
export class SlotCounts {
  readonly #levels: number
  readonly #slots: number
  readonly #inner: CountTable
  #outer: CountTable | undefined

  constructor({ levels, slots }: { levels: number; slots: number }) {
    this.#levels = levels
    this.#slots = slots
    this.#inner = new CountTable(levels * slots)
  }

  /** How often this level was counted in this slot. */
  count(level: number, slot: number): number {
    if (level >= 0 && level < this.#levels) return this.#inner.count(level * this.#slots + slot)
    return this.#outer?.count(this.#outerKey(level, slot)) ?? 0
  }

  add(level: number, slot: number): void {
    if (level >= 0 && level < this.#levels) this.#inner.add(level * this.#slots + slot)
    else this.#outerTable().add(this.#outerKey(level, slot))
  }

  #outerKey(level: number, slot: number): number {
    const last = this.#levels + 2 * outerLevels - 1
    return Math.max(0, Math.min(last, level + outerLevels)) * this.#slots + slot
  }

  #outerTable(): CountTable {
    // At least so many keys that the table is sparse.
    const keys = Math.max(2048, (this.#levels + 2 * outerLevels) * this.#slots)
    this.#outer ??= new CountTable(keys)
    return this.#outer
  }

  snapshot(writer: SnapshotWriter): void {
    this.#inner.snapshot(writer)
    writer.boolean(this.#outer !== undefined)
    this.#outer?.snapshot(writer)
  }

  restore(reader: SnapshotReader): void {
    this.#inner.restore(reader)
    if (reader.boolean()) this.#outerTable().restore(reader)
  }
}
