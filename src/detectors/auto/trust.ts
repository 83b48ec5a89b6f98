/**
 * Trust: is this a series whose every small departure is worth a word?
 *
 * It is, as far as a long past was seen, and as far as the forecast leaves little of the movement
 * unexplained:
 *
 *   A = mean |y - m|     R = mean |y - ŷ|     trust = min(1, n / 5,000) · (.45 - R / A) / .1
 *
 * with m the mean itself, all fading over 5,000 samples, and the second factor kept in [0, 1]. A
 * machine's temperature or the requests of a big service are foretold to within a tenth of their
 * swing; of tweets about a company, or the load of one host, half is anybody's guess.
 *
 * Source: by measurement (docs/algorithms/auto.md): this is what tells series in which single
 * samples deserve an alarm from those in which they do not.
 * Cost: O(1); four numbers.
 */

import type { SnapshotReader, SnapshotWriter } from '../../core/snapshot.ts'
import type { AutoDesign } from './design.ts'

const memorySamples = 5000
/** From full trust to none, in shares of movement left by the forecast. */
const unexplainedSpan = 0.1

/** See the head of the file. Values are scaled ones. */
export class Trust {
  readonly #ripeSamples: number
  readonly #unexplainedMax: number
  #count = 0
  #mean = 0
  #movement = 0
  #left = 0

  constructor({ ripeSamples, unexplainedMax }: AutoDesign) {
    this.#ripeSamples = ripeSamples
    this.#unexplainedMax = unexplainedMax
  }

  /** In [0, 1]; 0 for a series that never moved. */
  get value(): number {
    if (!(this.#movement > 0)) return 0
    const explained = (this.#unexplainedMax - this.#left / this.#movement) / unexplainedSpan
    const ripe = Math.min(1, this.#count / this.#ripeSamples)
    return ripe * Math.max(0, Math.min(1, explained))
  }

  /** Takes a value and what was expected in its place. */
  learn(value: number, expected: number): void {
    const share = Math.max(1 / ++this.#count, 1 / memorySamples)
    this.#mean += share * (value - this.#mean)
    this.#movement += share * (Math.abs(value - this.#mean) - this.#movement)
    this.#left += share * (Math.abs(value - expected) - this.#left)
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.#count)
    writer.float64(this.#mean)
    writer.float64(this.#movement)
    writer.float64(this.#left)
  }

  restore(reader: SnapshotReader): void {
    this.#count = reader.float64()
    this.#mean = reader.float64()
    this.#movement = reader.float64()
    this.#left = reader.float64()
  }
}
