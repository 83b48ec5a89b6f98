/**
 * Mean and variance of averaged scores over a past that fades, or over exactly the last n.
 *
 * Scores are whole numbers of `scoreUnits` (1/100,000: hundredths and fortieths, which the raw
 * scores of DASRS and HTM are, are exact), and an average of ten is their plain sum. So the sums
 * over the window are sums of whole numbers under 2⁵³, exact whatever is added and subtracted:
 *
 *   8640 averages × (10 × 100,000)² = 8.6e15 < 9.0e15
 */

import type { Owner, SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'

/** Whole units of a score of 1. */
export const scoreUnits = 100_000

/** Scores in an average. Source: Ahmad et al. 2017, section 3.1: a short window of ten. */
export const averagedSamples = 10

/** What the distribution of averages looks like. */
export interface ScoreHistory extends Owner {
  /** Takes the sum of the last ten scores, in units, and the newest of them. */
  push(sum: number, score: number): void
  /** Averages that count. */
  readonly count: number
  /** Mean average, as a score. */
  mean(): number
  /** Population variance of the averages. */
  variance(): number
}

/** A past that fades: O(1) in time and memory. */
export class FadingHistory implements ScoreHistory {
  readonly #memorySamples: number
  #count = 0
  #mean = 0
  #variance = 0

  constructor(memorySamples: number) {
    this.#memorySamples = memorySamples
  }

  get count(): number {
    return this.#count
  }

  push(sum: number): void {
    this.#count++
    const share = Math.max(1 / this.#count, 1 / this.#memorySamples)
    const distance = sum / (averagedSamples * scoreUnits) - this.#mean
    this.#mean += share * distance
    this.#variance = (1 - share) * (this.#variance + share * distance * distance)
  }

  mean(): number {
    return this.#mean
  }

  variance(): number {
    return this.#variance
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
