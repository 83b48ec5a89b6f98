/**
 * The first samples, kept until the series can be measured: its scale, its range, its cadence.
 *
 * Everything behind it works in scaled values, y = (x - centre) / spread. When the last of the
 * samples is in, all of them are learned at once, in order.
 *
 * Cost: 12 bytes a sample, given back at the end; the last of the samples takes as long as all.
 */

import type { SnapshotReader, SnapshotWriter } from '../../core/snapshot.ts'

/** Samples that centre and spread, and the cadence, are taken from. By measurement. */
const scaleSamples = 200
const cadenceSteps = 200
/** A spread below this share of the level is rounding. */
const spreadShareMin = 2 ** -40
const spreadMin = 1e-6
/** Where all timestamps are equal. */
const cadenceUnknownMs = 60_000

/** What the first samples say of a series. */
export interface SeriesScale {
  readonly centre: number
  readonly spread: number
  readonly lowest: number
  readonly highest: number
  readonly cadenceMs: number
  /** Mean of all of them where they are counts: whole numbers, none below 0. Else 0. */
  readonly countsMean: number
}

/** See the head of the file. */
export class WarmUp {
  readonly #values: Float64Array
  /** Milliseconds since the sample before. */
  readonly #steps: Float32Array
  #count = 0
  #lastMs = 0

  constructor(samples: number) {
    this.#values = new Float64Array(samples)
    this.#steps = new Float32Array(samples)
  }

  get complete(): boolean {
    return this.#count === this.#values.length
  }

  push(timestampMs: number, value: number): void {
    this.#steps[this.#count] = this.#count === 0 ? 0 : timestampMs - this.#lastMs
    this.#values[this.#count++] = value
    this.#lastMs = timestampMs
  }

  /** Visits all samples in order. */
  each(visit: (timestampMs: number, value: number) => void): void {
    let timestampMs = this.#lastMs
    for (let i = this.#count - 1; i > 0; i--) timestampMs -= this.#steps[i]!
    for (let i = 0; i < this.#count; i++) {
      timestampMs += this.#steps[i]!
      visit(timestampMs, this.#values[i]!)
    }
  }

  scale(): SeriesScale {
    const first = this.#values.subarray(0, Math.min(this.#count, scaleSamples))
    const centre = first.reduce((sum, value) => sum + value / first.length, 0)
    const squares = first.reduce((sum, value) => sum + (value - centre) ** 2 / first.length, 0)
    const deviation = Math.sqrt(squares)
    const level = Math.abs(centre)
    const counts = this.#values.every((value) => value >= 0 && Number.isInteger(value))
    const still = deviation <= spreadShareMin * level
    return {
      centre,
      spread: still ? Math.max(spreadMin, level) : deviation,
      lowest: this.#values.reduce((a, b) => Math.min(a, b), Infinity),
      highest: this.#values.reduce((a, b) => Math.max(a, b), -Infinity),
      cadenceMs: this.#cadenceMs(),
      countsMean: counts ? this.#values.reduce((sum, value) => sum + value, 0) / this.#count : 0,
    }
  }

  #cadenceMs(): number {
    const steps = this.#steps.slice(1, Math.min(this.#count, cadenceSteps)).sort()
    const median = steps[steps.length >> 1] ?? 0
    return median > 0 ? median : cadenceUnknownMs
  }

  snapshot(writer: SnapshotWriter): void {
    writer.uint32(this.#count)
    writer.float64(this.#lastMs)
    writer.typedArray(this.#values.subarray(0, this.#count))
    writer.typedArray(this.#steps.subarray(0, this.#count))
  }

  restore(reader: SnapshotReader): void {
    this.#count = Math.min(reader.uint32(), this.#values.length)
    this.#lastMs = reader.float64()
    reader.typedArray(this.#values.subarray(0, this.#count))
    reader.typedArray(this.#steps.subarray(0, this.#count))
  }
}
