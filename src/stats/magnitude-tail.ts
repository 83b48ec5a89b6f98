/**
 * How rare is so large a magnitude, by what came before?
 *
 * A histogram of log2 of the magnitude, whose counts fade. With T the faded number of values and c
 * those at or over e (of the bin that e falls into, the part above it):
 *
 *   decades(e) = log10((T + 2) / (c + 1)) + octaves that e lies beyond the highest bin in use
 *
 * The second term is what a rank cannot say: how far beyond everything seen it is. It can be left
 * out, for magnitudes that are bounded.
 *
 *   bin     0 │ 1 │ 2 │ …     │ top │          a bin is in use from half a value on
 *           under 2⁻⁶      e ──────────▶ ○     octaves beyond
 *
 * Source: as stats/rank-tail.ts; four bins an octave and one decade an octave by measurement: such
 * tails beat those of extreme value theory by nine points of NAB.
 * Cost: O(bins between e and the top), some twenty additions; 4 bytes a bin.
 */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'

/** What is smaller is alike: it is never rare. */
const octaveMin = -6
/** Samples after which the past counts for a third. By measurement; 2,000 to 20,000 are alike. */
const memorySamples = 5000
const fading = 1 - 1 / memorySamples
/** Values before anything is called rare. */
const valuesMin = 20
const decadesMax = 12
/** Faded number of values from which a bin is in use. */
const inUse = 0.5
/** Past this weight counts are scaled down; a float holds 2¹²⁷. */
const weightMax = 2 ** 20

/** How a tail is cut into bins. */
export interface MagnitudeBins {
  readonly binsPerOctave: number
  /** The last bin ends here. */
  readonly octaveMax: number
  /** Decades added for an octave beyond all that was seen. */
  readonly decadesPerOctaveBeyond: number
}

/** How many counts a tail keeps. */
export function magnitudeBinCount({ binsPerOctave, octaveMax }: MagnitudeBins): number {
  return (octaveMax - octaveMin) * binsPerOctave
}

/** See the head of the file. */
export class MagnitudeTail {
  readonly #bins: MagnitudeBins
  /** Weighted counts by bin. */
  readonly #counts: Float32Array
  #weight = 1
  #total = 0
  #seen = 0

  /** `counts` is where they are kept, all zero, for tails that share a buffer. */
  constructor(bins: MagnitudeBins, counts = new Float32Array(magnitudeBinCount(bins))) {
    this.#bins = bins
    this.#counts = counts
  }

  #place(magnitude: number): number {
    const place = (Math.log2(magnitude + 1e-6) - octaveMin) * this.#bins.binsPerOctave
    return Math.max(0, Math.min(place, this.#counts.length - 1e-6))
  }

  /** The rarity of a magnitude ≥ 0 in decades, by those before it; then it is counted too. */
  decadesThenPush(magnitude: number): number {
    const decades = this.decades(magnitude)
    this.push(magnitude)
    return decades
  }

  /** The rarity of a magnitude ≥ 0 in decades; 0 while there is too little past. */
  decades(magnitude: number): number {
    if (this.#seen < valuesMin) return 0
    const counts = this.#counts
    const place = this.#place(magnitude)
    const bin = Math.trunc(place)
    let top = counts.length - 1
    let above = 0
    for (; top > bin; top--) {
      above += counts[top]!
      if (counts[top]! >= inUse * this.#weight) break
    }
    for (let i = top - 1; i > bin; i--) above += counts[i]!
    above += counts[bin]! * (1 - (place - bin))
    const rank = Math.log10((this.#total / this.#weight + 2) / (above / this.#weight + 1))
    if (top > bin || counts[bin]! >= inUse * this.#weight) return rank
    return Math.min(decadesMax, rank + this.#beyond(place, bin))
  }

  #beyond(place: number, bin: number): number {
    const { binsPerOctave, decadesPerOctaveBeyond } = this.#bins
    let top = bin - 1
    while (top >= 0 && this.#counts[top]! < inUse * this.#weight) top--
    return ((place - top - 1) / binsPerOctave) * decadesPerOctaveBeyond
  }

  push(magnitude: number): void {
    this.#counts[Math.trunc(this.#place(magnitude))]! += this.#weight
    this.#total += this.#weight
    this.#weight /= fading
    this.#seen++
    if (this.#weight < weightMax) return
    for (let i = 0; i < this.#counts.length; i++) this.#counts[i]! /= this.#weight
    this.#total /= this.#weight
    this.#weight = 1
  }

  snapshot(writer: SnapshotWriter): void {
    writer.typedArray(this.#counts)
    writer.float64(this.#weight)
    writer.float64(this.#total)
    writer.float64(this.#seen)
  }

  restore(reader: SnapshotReader): void {
    reader.typedArray(this.#counts)
    this.#weight = reader.float64()
    this.#total = reader.float64()
    this.#seen = reader.float64()
  }
}
