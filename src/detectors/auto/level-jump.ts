/**
 * Level jump: how many deviations does a sample lie from a slow moving average?
 *
 *   d = y - m        z = |d| / √v        m += a d'        v = (1 - a) (v + a d'²)
 *
 * with d' = d, cut at five deviations, and a = .03, more for the first samples. It sees what the
 * forecast takes for granted: a level that moved in steps that were each foreseen.
 *
 * Source: Finch 2009, section 9; the rate by measurement (docs/algorithms/auto.md).
 * Cost: O(1); three numbers.
 */

import type { SnapshotReader, SnapshotWriter } from '../../core/snapshot.ts'
import { deviationsOf } from '../../stats/deviations.ts'

const rate = 0.03
const cutDeviations = 5
const settledSamples = 20

/** See the head of the file. Values are scaled ones. */
export class LevelJump {
  #count = 0
  #mean = 0
  #variance = 0

  /** z of a value; 0 while too little is known. */
  deviations(value: number): number {
    if (this.#count < settledSamples) return 0
    return deviationsOf(value - this.#mean, Math.sqrt(this.#variance), 1)
  }

  learn(value: number): void {
    const share = Math.max(rate, 1 / ++this.#count)
    const reach = cutDeviations * Math.sqrt(this.#variance)
    const cut = this.#count <= settledSamples || reach === 0 ? Infinity : reach
    const distance = Math.max(-cut, Math.min(cut, value - this.#mean))
    this.#mean += share * distance
    this.#variance = (1 - share) * (this.#variance + share * distance * distance)
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.#count)
    writer.float64(this.#mean)
    writer.float64(this.#variance)
  }

  restore(reader: SnapshotReader): void {
    this.#count = reader.float64()
    this.#mean = reader.float64()
    this.#variance = reader.float64()
  }
}
