/**
 * How often was this level seen in this slot: at this time of the day, or after this other level?
 *
 *   level     -4 … -1 │ 0   1  …  n-1 │ n … n+3        further out counts as the outermost
 *   slot        0 … slots - 1 for each of them
 *
 * A count is at most 65,535; where one would go beyond, all are halved, and so is their sum, so
 * that shares stay as they are.
 *
 * Cost: O(1); 2 bytes for each pair of level and slot.
 */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'

/** Levels outside on either side. Four do as well as forty: docs/algorithms/auto.md. */
const outerLevels = 4

const countMax = 65_535

/** How many rows of counts so many levels make: with the outer ones. */
export function levelRows(levels: number): number {
  return levels + 2 * outerLevels
}

/** The row of a level, from 0 to `levelRows(levels)` - 1. */
export function levelRow(level: number, levels: number): number {
  return Math.max(0, Math.min(levels + 2 * outerLevels - 1, level + outerLevels))
}

/** How many levels there are inside, and how many slots. */
export interface LevelShape {
  readonly levels: number
  readonly slots: number
}

/** See the head of the file. */
export class LevelCounts {
  readonly #levels: number
  readonly #slots: number
  readonly #counts: Uint16Array
  #total = 0

  /** `counts` is where they are kept, all zero, for tables that share a buffer. */
  constructor(shape: LevelShape, counts = new Uint16Array(levelRows(shape.levels) * shape.slots)) {
    this.#levels = shape.levels
    this.#slots = shape.slots
    this.#counts = counts
  }

  /** Sum of all counts. */
  get total(): number {
    return this.#total
  }

  /** How often this level was counted in this slot. */
  count(level: number, slot: number): number {
    return this.#counts[levelRow(level, this.#levels) * this.#slots + slot]!
  }

  add(level: number, slot: number): void {
    const place = levelRow(level, this.#levels) * this.#slots + slot
    if (this.#counts[place] === countMax) this.#halve()
    this.#counts[place]!++
    this.#total++
  }

  #halve(): void {
    this.#total = 0
    for (let place = 0; place < this.#counts.length; place++) {
      this.#counts[place]! >>= 1
      this.#total += this.#counts[place]!
    }
  }

  snapshot(writer: SnapshotWriter): void {
    writer.typedArray(this.#counts)
    writer.float64(this.#total)
  }

  restore(reader: SnapshotReader): void {
    reader.typedArray(this.#counts)
    this.#total = reader.float64()
  }
}
