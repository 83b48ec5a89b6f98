/**
 * What is usual at this place of a cycle: at this time of the day, at this hour of the week.
 *
 *   cell     0      1      2    …    n-1           place in [0, n): the cycle goes round
 *   mean   ──●──────●──────○─────────●──           ○ never visited
 *
 * Each cell follows the mean of the values that fell into it. A visit to a cell is several samples
 * long where the cadence is finer than the cells; the rate is per visit:
 *
 *   mean += max(.15 / visit, 1 / n) (value - mean)        n values of the cell so far
 *
 * Source: an exponential average for each phase of the season, as Winters 1960 has it, without
 * trend; .15 a visit by measurement (docs/algorithms/auto.md).
 * Cost: O(1) a sample; 6 bytes a cell.
 */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'

const visitShare = 0.15
const countMax = 65535

export interface CycleShape {
  readonly cells: number
  /** How many samples a visit to a cell is long; under one counts as one. */
  readonly visitSamples: number
}

/** A part of a buffer, from a multiple of four bytes on. */
export interface ProfileRoom {
  readonly buffer: ArrayBuffer
  readonly startBytes: number
}

/** What a profile of so many cells takes. */
export function profileBytes(cells: number): number {
  return 6 * cells
}

function ownRoom(cells: number): ProfileRoom {
  return { buffer: new ArrayBuffer(profileBytes(cells)), startBytes: 0 }
}

/** See the head of the file. */
export class CycleProfile {
  readonly #means: Float32Array
  readonly #counts: Uint16Array
  readonly #visitSamples: number

  /** `room` is where it is kept, all zero, for profiles that share a buffer; see `profileBytes`. */
  constructor({ cells, visitSamples }: CycleShape, room: ProfileRoom = ownRoom(cells)) {
    const { buffer, startBytes } = room
    this.#means = new Float32Array(buffer, startBytes, cells)
    this.#counts = new Uint16Array(buffer, startBytes + 4 * cells, cells)
    this.#visitSamples = Math.max(1, visitSamples)
  }

  get cells(): number {
    return this.#means.length
  }

  /** The mean of the cell at a place; `otherwise` where it was never visited. */
  at(place: number, otherwise: number): number {
    const cell = Math.trunc(place)
    return this.#counts[cell] === 0 ? otherwise : this.#means[cell]!
  }

  /** The same, on the line between the middles of the two nearest cells that were visited. */
  between(place: number, otherwise: number): number {
    const cells = this.#means.length
    const left = Math.floor(place - 0.5)
    const share = place - 0.5 - left
    const low = (left + cells) % cells
    const high = (left + 1) % cells
    if (this.#counts[low] === 0) return this.at(high, otherwise)
    if (this.#counts[high] === 0) return this.#means[low]!
    return (1 - share) * this.#means[low]! + share * this.#means[high]!
  }

  /** Takes a value; once the cell was visited twice, cut to `reach` on either side of its mean. */
  push(place: number, value: number, reach: number): void {
    const cell = Math.trunc(place)
    const mean = this.#means[cell]!
    const before = this.#counts[cell]!
    const settled = before >= 2 * this.#visitSamples
    const cut = settled ? Math.max(mean - reach, Math.min(mean + reach, value)) : value
    const count = Math.min(before + 1, countMax)
    this.#counts[cell] = count
    this.#means[cell] = mean + Math.max(visitShare / this.#visitSamples, 1 / count) * (cut - mean)
  }

  snapshot(writer: SnapshotWriter): void {
    writer.typedArray(this.#means)
    writer.typedArray(this.#counts)
  }

  restore(reader: SnapshotReader): void {
    reader.typedArray(this.#means)
    reader.typedArray(this.#counts)
  }
}
