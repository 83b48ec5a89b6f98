/**
 * Quantiles of many values in little room, each within one percent of the true value.
 *
 * Values are counted in buckets whose borders grow geometrically: a value x > 0 belongs to bucket
 * i = ⌈log_γ x⌉, γ = (1 + α) / (1 - α), and the middle of that bucket, 2 γ^i / (γ + 1), is within
 * α |x| of every value in it. Negative values have buckets of their own, zeros a counter.
 *
 * When there are too many buckets the two nearest to zero become one, so what is lost is accuracy
 * of the smallest amounts, first of the negative, then of the positive side.
 *
 * Source: Masson, Rim and Lee 2019, "DDSketch: a fast and fully-mergeable quantile sketch with
 * relative-error guarantees", algorithms 1 to 4.
 * Cost: one logarithm a value; at most `bucketsMax` buckets a side, about 40 bytes each.
 */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'

/** α: relative error of an answer. 1 % is the paper's choice, section 4. */
const relativeError = 0.01

const growth = (1 + relativeError) / (1 - relativeError)
const logGrowth = Math.log(growth)

/** At 1 %, 1,024 buckets a side span nine decades; the paper takes 2,048 (section 4). */
const bucketsMax = 1024

/** Below this an amount counts as zero: the smallest one whose logarithm is not subnormal. */
const smallest = 2.2250738585072014e-308

type Side = Map<number, number>

/** See the head of the file. */
export class QuantileSketch {
  #positive: Side = new Map()
  #negative: Side = new Map()
  #zeros = 0
  #count = 0

  /** Values counted. */
  get count(): number {
    return this.#count
  }

  /** Counts a finite value. */
  add(value: number): void {
    this.#count++
    if (Math.abs(value) < smallest) {
      this.#zeros++
      return
    }
    const side = value > 0 ? this.#positive : this.#negative
    const bucket = Math.ceil(Math.log(Math.abs(value)) / logGrowth)
    side.set(bucket, (side.get(bucket) ?? 0) + 1)
    if (side.size > bucketsMax) collapse(side)
  }

  /** The value at a rank in [0, 1], the lower one between two; NaN where nothing was counted. */
  quantile(rank: number): number {
    if (this.#count === 0) return NaN
    let left = rank * (this.#count - 1)
    for (const [bucket, count] of sorted(this.#negative).reverse()) {
      left -= count
      if (left < 0) return -middle(bucket)
    }
    left -= this.#zeros
    if (left < 0) return 0
    let last = 0
    for (const [bucket, count] of sorted(this.#positive)) {
      left -= count
      last = middle(bucket)
      if (left < 0) return last
    }
    return last
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.#zeros)
    for (const side of [this.#positive, this.#negative]) {
      writer.uint32(side.size)
      for (const [bucket, count] of sorted(side)) {
        writer.int32(bucket)
        writer.float64(count)
      }
    }
  }

  restore(reader: SnapshotReader): void {
    this.#zeros = reader.float64()
    this.#count = this.#zeros
    for (const side of [this.#positive, this.#negative]) {
      const buckets = reader.uint32()
      for (let i = 0; i < buckets; i++) {
        const bucket = reader.int32()
        const count = reader.float64()
        side.set(bucket, count)
        this.#count += count
      }
    }
  }
}

function middle(bucket: number): number {
  return (2 * Math.exp(bucket * logGrowth)) / (growth + 1)
}

function sorted(side: Side): [number, number][] {
  return [...side].sort(([a], [b]) => a - b)
}

/** Makes one bucket of the two nearest to zero. Linear in the buckets; the widest ranges only. */
function collapse(side: Side): void {
  let low = Infinity
  let next = Infinity
  for (const bucket of side.keys()) {
    if (bucket < low) {
      next = low
      low = bucket
    } else if (bucket < next) next = bucket
  }
  side.set(next, (side.get(next) ?? 0) + (side.get(low) ?? 0))
  side.delete(low)
}
