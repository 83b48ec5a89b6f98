/**
 * The range a series' values are encoded over, learned from the series itself and never from its
 * future.
 *
 * The first samples are kept until half of probation has been learned; their least and greatest
 * value, padded by a share of their distance on both sides, are laid out over 130 buckets. Later
 * samples are watched in blocks as long as probation: when more than half of a block lies outside
 * the padded range, the series has left it for good, and the block's own range takes its place;
 * when more than a fifth does, the series has grown, and the range is laid over both.
 *
 *   resolution = (max - min)(1 + 2 padding) / buckets     centre = (min + max) / 2
 *
 * Source: the resolution is that of Numenta's detector in the Numenta Anomaly Benchmark, which was
 * given the range of the whole file; ours is causal. It also never went under 0.001, which makes
 * one bucket of a series in thousandths; here that width is only for a series that was constant.
 * Cost: two comparisons a sample; a few numbers of state.
 */

import type { SnapshotReader, SnapshotWriter } from '../../core/snapshot.ts'
import type { ValueRange } from './value-encoders.ts'

/**
 * Shares of a block outside the range. By measurement on NAB: a fifth costs nothing against never
 * and keeps a third fewer segments; a twentieth costs half a point.
 */
const leftShare = 1 / 2
const grownShare = 1 / 5

/** Width of a bucket for a series that was constant so far: NAB's least one. */
const resolutionOfConstant = 0.001

export interface RangeRule {
  readonly paddingShare: number
  readonly buckets: number
  /** Samples in a block. */
  readonly blockSamples: number
}

/** Watches the values and lays the range anew when it no longer fits. */
export class LearnedRange {
  centre = 0
  resolution = resolutionOfConstant
  readonly #rule: RangeRule
  #laidMin = 0
  #laidMax = 0
  #lowest = 0
  #highest = 0
  #blockMin = Infinity
  #blockMax = -Infinity
  #blockCount = 0
  #outsideCount = 0

  constructor(rule: RangeRule) {
    this.#rule = rule
  }

  /** Lays the range over the values between these two. */
  lay({ valueMin, valueMax }: { valueMin: number; valueMax: number }): void {
    const { paddingShare, buckets } = this.#rule
    this.#laidMin = valueMin
    this.#laidMax = valueMax
    const padding = paddingShare * (valueMax - valueMin)
    this.#lowest = valueMin - padding
    this.#highest = valueMax + padding
    this.centre = valueMin / 2 + valueMax / 2
    const width = (this.#highest - this.#lowest) / buckets
    this.resolution = width > 0 ? width : resolutionOfConstant
    this.#clearBlock()
  }

  /** Notes a learned value. May lay the range anew, from the next value on. */
  note(value: number): void {
    this.#blockMin = Math.min(this.#blockMin, value)
    this.#blockMax = Math.max(this.#blockMax, value)
    if (value < this.#lowest || value > this.#highest) this.#outsideCount++
    this.#blockCount++
    if (this.#blockCount < this.#rule.blockSamples) return
    const outsideShare = this.#outsideCount / this.#blockCount
    if (outsideShare > grownShare) this.#layAnew(outsideShare <= leftShare)
    this.#clearBlock()
  }

  /** Over the block alone, or over all that the range was laid over before as well. */
  #layAnew(grown: boolean): void {
    this.lay({
      valueMin: grown ? Math.min(this.#blockMin, this.#laidMin) : this.#blockMin,
      valueMax: grown ? Math.max(this.#blockMax, this.#laidMax) : this.#blockMax,
    })
  }

  #clearBlock(): void {
    this.#blockMin = Infinity
    this.#blockMax = -Infinity
    this.#blockCount = 0
    this.#outsideCount = 0
  }

  /** Centre and resolution as a value. */
  get range(): ValueRange {
    return { centre: this.centre, resolution: this.resolution }
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.centre)
    writer.float64(this.resolution)
    writer.float64(this.#laidMin)
    writer.float64(this.#laidMax)
    writer.float64(this.#lowest)
    writer.float64(this.#highest)
    writer.float64(this.#blockMin)
    writer.float64(this.#blockMax)
    writer.uint32(this.#blockCount)
    writer.uint32(this.#outsideCount)
  }

  restore(reader: SnapshotReader): void {
    this.centre = reader.float64()
    this.resolution = reader.float64()
    this.#laidMin = reader.float64()
    this.#laidMax = reader.float64()
    this.#lowest = reader.float64()
    this.#highest = reader.float64()
    this.#blockMin = reader.float64()
    this.#blockMax = reader.float64()
    this.#blockCount = reader.uint32()
    this.#outsideCount = reader.uint32()
  }
}
