/**
 * The straight line through the last n samples, with its error.
 *
 *   x̂_{t+h} = a + b h        var x̂_{t+h} = s² (1 + 1/n + (h + (n - 1)/2)² / Sxx)
 *
 * with Sxx = n (n² - 1) / 12 and s² the variance of the residuals, n - 2 degrees of freedom. The
 * sums over the window are kept running, and made anew once a window so that nothing drifts.
 *
 * Source: Draper and Smith 1998, "Applied regression analysis", §1.4 and §3.1.
 * Cost: O(1) a sample; n numbers of state.
 */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'

/** See the head of the file. */
export class WindowedTrend {
  readonly #ring: Float64Array
  #count = 0
  #next = 0
  #sum = 0
  #squares = 0
  /** Sum of age times value; the newest has age 0. */
  #aged = 0
  /** The line at the newest sample. NaN with fewer than three samples, as all that follow. */
  level = NaN
  /** What it grows by in a sample. */
  slope = NaN
  /** Standard error of the slope. */
  slopeError = NaN
  #variance = NaN

  constructor(windowSamples: number) {
    this.#ring = new Float64Array(windowSamples)
  }

  /** As many samples as the window has are in it. */
  get full(): boolean {
    return this.#count === this.#ring.length
  }

  /** Forgets every sample: what came before no longer belongs to the line. */
  restart(): void {
    this.#count = this.#next = 0
    this.#sum = this.#squares = this.#aged = 0
    this.level = this.slope = this.slopeError = this.#variance = NaN
  }

  update(value: number): void {
    const ring = this.#ring
    const size = ring.length
    if (this.#count === size) {
      const oldest = ring[this.#next]!
      this.#sum -= oldest
      this.#squares -= oldest * oldest
      this.#aged -= (size - 1) * oldest
    } else this.#count++
    // Everything in the window is one sample older.
    this.#aged += this.#sum
    this.#sum += value
    this.#squares += value * value
    ring[this.#next] = value
    this.#next = this.#next + 1 === size ? 0 : this.#next + 1
    if (this.#next === 0) this.#sumAnew()
    this.#fit()
  }

  #sumAnew(): void {
    this.#sum = this.#squares = this.#aged = 0
    const size = this.#ring.length
    for (let i = 0; i < size; i++) {
      const value = this.#ring[i]!
      this.#sum += value
      this.#squares += value * value
      this.#aged += (size - 1 - i) * value
    }
  }

  #fit(): void {
    const n = this.#count
    if (n < 3) return
    const middle = (n - 1) / 2
    const mean = this.#sum / n
    const sxx = (n * (n * n - 1)) / 12
    this.slope = -(this.#aged - middle * this.#sum) / sxx
    this.level = mean + this.slope * middle
    const residual = this.#squares - n * mean * mean - this.slope * this.slope * sxx
    this.#variance = Math.max(0, residual) / (n - 2)
    this.slopeError = Math.sqrt(this.#variance / sxx)
  }

  /** The line this many samples ahead. */
  ahead(samples: number): number {
    return this.level + this.slope * samples
  }

  /** Standard error of a sample so far ahead. */
  errorAhead(samples: number): number {
    const n = this.#count
    const distance = samples + (n - 1) / 2
    const sxx = (n * (n * n - 1)) / 12
    return Math.sqrt(this.#variance * (1 + 1 / n + (distance * distance) / sxx))
  }

  snapshot(writer: SnapshotWriter): void {
    writer.typedArray(this.#ring)
    writer.uint32(this.#count)
    writer.uint32(this.#next)
    for (const sum of [this.#sum, this.#squares, this.#aged]) writer.float64(sum)
  }

  restore(reader: SnapshotReader): void {
    reader.typedArray(this.#ring)
    this.#count = reader.uint32()
    this.#next = reader.uint32()
    this.#sum = reader.float64()
    this.#squares = reader.float64()
    this.#aged = reader.float64()
    this.#fit()
  }
}
