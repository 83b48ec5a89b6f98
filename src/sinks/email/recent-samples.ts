/**
 * The last samples of each series with their bands, for a picture in a mail.
 *
 * Bounded: where all places are taken, a new series gets the place of the one that was silent
 * longest, if that was silent for an hour; else it has no picture.
 */

import type { ScoreReport } from '../../core/report.ts'

/** Samples of a picture: as many as can be told apart in its width. */
export const samplesMax = 160
const silentMs = 3_600_000
/** Value, lower and upper. */
const columns = 3

interface Ring {
  readonly numbers: Float32Array
  count: number
  lastMs: number
}

/** One sample of a picture; the band is NaN where there is none. */
export interface PictureSample {
  readonly value: number
  readonly lower: number
  readonly upper: number
}

/** See the head of the file. */
export class RecentSamples {
  readonly #seriesMax: number
  /** By series key, the one that was silent longest first. */
  readonly #rings = new Map<string, Ring>()

  constructor(seriesMax: number) {
    this.#seriesMax = seriesMax
  }

  /** Samples that come again, or late, are passed over. */
  add({ labels, timestampMs, value, lower, upper }: ScoreReport): void {
    const { key } = labels
    let ring = this.#rings.get(key)
    if (ring === undefined) {
      if (!this.#hasRoom(timestampMs)) return
      const numbers = new Float32Array(samplesMax * columns)
      ring = { numbers, count: 0, lastMs: -Infinity }
    } else if (timestampMs <= ring.lastMs) return
    const at = (ring.count % samplesMax) * columns
    ring.numbers[at] = value
    ring.numbers[at + 1] = lower
    ring.numbers[at + 2] = upper
    ring.count++
    ring.lastMs = timestampMs
    this.#rings.delete(key)
    this.#rings.set(key, ring)
  }

  /** The samples of a series, oldest first; empty where it has none here. */
  of(key: string): PictureSample[] {
    const ring = this.#rings.get(key)
    if (ring === undefined) return []
    const { numbers, count } = ring
    const samples: PictureSample[] = []
    for (let i = Math.max(0, count - samplesMax); i < count; i++) {
      const at = (i % samplesMax) * columns
      const [value = NaN, lower = NaN, upper = NaN] = numbers.subarray(at, at + columns)
      samples.push({ value, lower, upper })
    }
    return samples
  }

  #hasRoom(nowMs: number): boolean {
    if (this.#rings.size < this.#seriesMax) return true
    const [first] = this.#rings
    if (first === undefined || nowMs - first[1].lastMs < silentMs) return false
    return this.#rings.delete(first[0])
  }
}
