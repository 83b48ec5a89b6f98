/**
 * How often was this sequence of levels seen?
 *
 * Levels run from 0 to `levels` - 1, and beyond on either side to `outerLevels` further ones. The
 * usual sequences, with all levels inside, are counted in a dense table; those that touch the
 * outside in a sparse one that is made when the first of them comes.
 *
 *   level      -40 …  -1 │  0   1  …  10 │  11 … 50
 *              └ outer ──┘  └ inside ────┘  └ outer
 *
 * The last w levels are kept as one whole number: to the base of all levels, and, while they are
 * inside, to the base of those.
 *
 * Cost: O(1); 4 bytes for each of levels^w inner sequences where these are at most 1024.
 */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { CountTable } from './count-table.ts'

/** What sequences are made of. */
export interface SequenceShape {
  readonly levels: number
  readonly outerLevels: number
  /** Levels in a sequence. */
  readonly windowSamples: number
}

/** See the head of the file. */
export class SequenceCounts {
  readonly #shape: SequenceShape
  readonly #inner: CountTable
  #outer: CountTable | undefined
  #innerSequence = 0
  #outerSequence = 0
  /** Levels since the last one outside, and since the start; both at most the window. */
  #innerLength = 0
  #length = 0

  constructor(shape: SequenceShape) {
    this.#shape = shape
    this.#inner = new CountTable(shape.levels ** shape.windowSamples)
  }

  /** True once as many levels came as a sequence has. */
  get full(): boolean {
    return this.#length === this.#shape.windowSamples
  }

  /** Appends a level; further out than the outermost counts as that. */
  advance(level: number): void {
    const { levels, outerLevels, windowSamples } = this.#shape
    const all = levels + 2 * outerLevels
    const shifted = Math.max(0, Math.min(all - 1, level + outerLevels))
    this.#outerSequence = (this.#outerSequence % all ** (windowSamples - 1)) * all + shifted
    if (this.#length < windowSamples) this.#length++
    if (level < 0 || level >= levels) {
      this.#innerLength = 0
      return
    }
    this.#innerSequence = (this.#innerSequence % levels ** (windowSamples - 1)) * levels + level
    if (this.#innerLength < windowSamples) this.#innerLength++
  }

  /** Faded number of times that the last sequence was counted. */
  count(): number {
    if (this.#innerLength === this.#shape.windowSamples) {
      return this.#inner.count(this.#innerSequence)
    }
    return this.#outer === undefined ? 0 : this.#outer.count(this.#outerSequence)
  }

  /** Counts the last sequence, and lets all counts fade by one sample; memory 0 never fades. */
  add(memorySamples: number): void {
    if (this.#innerLength === this.#shape.windowSamples) this.#inner.add(this.#innerSequence)
    else this.#outerTable().add(this.#outerSequence)
    this.#inner.fade(memorySamples)
    this.#outer?.fade(memorySamples)
  }

  #outerTable(): CountTable {
    const { levels, outerLevels, windowSamples } = this.#shape
    this.#outer ??= new CountTable((levels + 2 * outerLevels) ** windowSamples)
    return this.#outer
  }

  snapshot(writer: SnapshotWriter): void {
    this.#inner.snapshot(writer)
    writer.boolean(this.#outer !== undefined)
    this.#outer?.snapshot(writer)
    writer.float64(this.#innerSequence)
    writer.float64(this.#outerSequence)
    writer.uint8(this.#innerLength)
    writer.uint8(this.#length)
  }

  restore(reader: SnapshotReader): void {
    this.#inner.restore(reader)
    if (reader.boolean()) this.#outerTable().restore(reader)
    this.#innerSequence = reader.float64()
    this.#outerSequence = reader.float64()
    this.#innerLength = reader.uint8()
    this.#length = reader.uint8()
  }
}
