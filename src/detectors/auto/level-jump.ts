/**
 * Level jump: how many deviations does a sample lie from a slow moving average?
 *
 *   d = y - m        z = |d| / √v        m += a d'        v = (1 - a) (v + a d'²)
 *
 * with d' = d, cut at some deviations, and a the rate, more for the first samples. It sees what the
 * forecast takes for granted: a level that moved in steps that were each foreseen.
 *
 * Source: Finch 2009, section 9; rates and cuts by measurement (docs/algorithms/auto.md).
 * Cost: O(1); three numbers.
 */

import type { SnapshotReader, SnapshotWriter } from '../../core/snapshot.ts'
import { deviationsOf } from '../../stats/deviations.ts'

const settledSamples = 20

/** How slow an average, and from where on a sample is cut before it is learned. */
export interface JumpRate {
  readonly rate: number
  readonly cutDeviations: number
}

/** See the head of the file. Values are scaled ones. */
export class LevelJump {
  readonly #rate: JumpRate
  #count = 0
  #mean = 0
  #variance = 0

  constructor(rate: JumpRate) {
    this.#rate = rate
  }

  /** z of a value; 0 while too little is known. */
  deviations(value: number): number {
    if (this.#count < settledSamples) return 0
    return deviationsOf(value - this.#mean, Math.sqrt(this.#variance), 1)
  }

  learn(value: number): void {
    const { rate, cutDeviations } = this.#rate
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
