/**
 * How often did this level follow on the one before?
 *
 * Cost: O(1); 2 bytes for each pair of levels, outer ones included (level-counts.ts).
 */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { LevelCounts, levelRow, levelRows } from './level-counts.ts'

/** See the head of the file. */
export class PairCounts {
  readonly #levels: number
  readonly #counts: LevelCounts
  /** Row of the last level; -1 before the first. */
  #last = -1

  /** `counts` is where they are kept, all zero, for tables that share a buffer. */
  constructor(levels: number, counts?: Uint16Array<ArrayBuffer>) {
    this.#levels = levels
    this.#counts = new LevelCounts({ levels, slots: levelRows(levels) }, counts)
  }

  /** True once there is a level to follow on. */
  get begun(): boolean {
    return this.#last >= 0
  }

  /** Sum of all counts. */
  get total(): number {
    return this.#counts.total
  }

  /** How often this level followed on the last one; 0 before the first. */
  count(level: number): number {
    return this.#last < 0 ? 0 : this.#counts.count(level, this.#last)
  }

  /** Counts the pair, if there is one, and makes this level the last. */
  add(level: number): void {
    if (this.#last >= 0) this.#counts.add(level, this.#last)
    this.#last = levelRow(level, this.#levels)
  }

  snapshot(writer: SnapshotWriter): void {
    this.#counts.snapshot(writer)
    writer.float64(this.#last)
  }

  restore(reader: SnapshotReader): void {
    this.#counts.restore(reader)
    this.#last = reader.float64()
  }
}
