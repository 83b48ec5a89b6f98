/** What is kept of the values of one input in one window. */

import type { SnapshotReader, SnapshotWriter } from '../../core/snapshot.ts'
import { QuantileSketch } from '../../stats/quantile-sketch.ts'

/** What the fields ask of one input. */
export interface InputNeeds {
  /** Limits of `over`. */
  readonly limits: readonly number[]
  readonly quantiles: boolean
}

/** See the head of the file. */
export class InputWindow {
  count = 0
  sum = 0
  min = Infinity
  max = -Infinity
  /** The value of the latest sample; of equal times the one that came last. NaN: none. */
  last = NaN
  #lastMs = -Infinity
  #lastNs = 0
  /** By limit: how many values are at or above it. */
  readonly over = new Map<number, number>()
  readonly sketch: QuantileSketch | undefined

  constructor(needs: InputNeeds) {
    for (const limit of needs.limits) this.over.set(limit, 0)
    this.sketch = needs.quantiles ? new QuantileSketch() : undefined
  }

  add(value: number, timestampMs: number, remainderNs: number): void {
    this.count++
    this.sum += value
    if (value < this.min) this.min = value
    if (value > this.max) this.max = value
    const older =
      timestampMs < this.#lastMs || (timestampMs === this.#lastMs && remainderNs < this.#lastNs)
    if (!older) {
      this.last = value
      this.#lastMs = timestampMs
      this.#lastNs = remainderNs
    }
    for (const [limit, count] of this.over) if (value >= limit) this.over.set(limit, count + 1)
    this.sketch?.add(value)
  }

  snapshot(writer: SnapshotWriter): void {
    for (const value of [this.count, this.sum, this.min, this.max]) writer.float64(value)
    for (const value of [this.last, this.#lastMs, this.#lastNs]) writer.float64(value)
    for (const count of this.over.values()) writer.float64(count)
    this.sketch?.snapshot(writer)
  }

  restore(reader: SnapshotReader): void {
    this.count = reader.float64()
    this.sum = reader.float64()
    this.min = reader.float64()
    this.max = reader.float64()
    this.last = reader.float64()
    this.#lastMs = reader.float64()
    this.#lastNs = reader.float64()
    for (const limit of this.over.keys()) this.over.set(limit, reader.float64())
    this.sketch?.restore(reader)
  }
}
