/**
 * The usual time between two samples: the median of the last seven distances, so that a gap, or two
 * samples that come close together, change nothing.
 *
 * Cost: O(1) a sample; eight numbers of state.
 */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'

/** Odd, so that the median is one of them; three odd ones among seven do not move it. */
const distancesMax = 7

/** See the head of the file. */
export class Cadence {
  readonly #distances: number[] = []
  #lastMs = NaN

  /** Takes the time of the next sample. */
  take(timestampMs: number): void {
    if (!Number.isNaN(this.#lastMs)) this.#distances.push(timestampMs - this.#lastMs)
    if (this.#distances.length > distancesMax) this.#distances.shift()
    this.#lastMs = timestampMs
  }

  /** The median distance, of an even number the shorter one; 0 before the second sample. */
  get usualMs(): number {
    const sorted = this.#distances.toSorted((a, b) => a - b)
    return sorted[(sorted.length - 1) >> 1] ?? 0
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.#lastMs)
    writer.uint8(this.#distances.length)
    for (const distance of this.#distances) writer.float64(distance)
  }

  restore(reader: SnapshotReader): void {
    this.#lastMs = reader.float64()
    const count = reader.uint8()
    for (let i = 0; i < count; i++) this.#distances.push(reader.float64())
  }
}
