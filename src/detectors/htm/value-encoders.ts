/**
 * Values as bits: near values share bits, far ones share none but by chance.
 *
 * Random distributed: the value's bucket b is the window b … b + w - 1 of a fixed random sequence
 * of bit numbers, in which no bit comes twice within a window. Neighbouring buckets share w - 1
 * bits. 1000 buckets reach from the centre 499 down and 500 up; what lies beyond is held at the
 * edge.
 *
 *   sequence  17 203 5 388 41 …      bucket 0 = {17, 203, 5, …}, bucket 1 = {203, 5, 388, …}
 *
 * Bits are numbered in the order in which they first stand in the sequence, from place 400 on and
 * then from its start: so the bits of a usual value are neighbours in memory.
 *
 * Linear: w neighbouring bits that move from the least to the greatest value, clipped there.
 *
 * Source: Purdy 2016, "Encoding Data for HTM Systems"; the random distributed scalar encoder as
 * Numenta describes it. Differs: one sequence instead of bits chosen bucket by bucket, which gives
 * the same overlaps between neighbours and one table for all series.
 * Draws of the sequence: stream (seed, 0, 2), one draw below(bits) for each place, repeated while
 * the bit is among the last w - 1 taken.
 */

import { drawBelow, nextState, streamState } from './draws.ts'

/** NuPIC's maxBuckets. */
export const bucketCount = 1000

/** Bits that stand for a bucket: `activeBits` of `bits`. */
export interface BitShape {
  readonly bits: number
  readonly activeBits: number
}

/** Where the numbering of bits starts: 99 buckets under the centre of a range. */
const firstPlace = 400

/** The random sequence of bit numbers behind all buckets. */
export function bucketSequence({ bits, activeBits }: BitShape, seed: number): Uint16Array {
  const sequence = new Uint16Array(bucketCount + activeBits - 1)
  let state = streamState(seed, 0, 2)
  for (let place = 0; place < sequence.length; place++) {
    const recent = sequence.subarray(Math.max(0, place - activeBits + 1), place)
    do {
      state = nextState(state)
      sequence[place] = drawBelow(state, bits)
    } while (recent.includes(sequence[place]!))
  }
  const numberOf = new Map<number, number>()
  for (let k = 0; k < sequence.length; k++) {
    const bit = sequence[(firstPlace + k) % sequence.length]!
    if (!numberOf.has(bit)) numberOf.set(bit, numberOf.size)
  }
  return sequence.map((bit) => numberOf.get(bit)!)
}

/** The range of values that the buckets are laid over. */
export interface ValueRange {
  readonly centre: number
  /** Width of a bucket; above 0. */
  readonly resolution: number
}

/** The bucket of a value, 0 to 999. */
export function bucketOf(value: number, { centre, resolution }: ValueRange): number {
  const bucket = Math.floor((value - centre) / resolution + 0.5) + bucketCount / 2 - 1
  return Math.min(bucketCount - 1, Math.max(0, bucket))
}

/** The bucket of a value between fixed bounds, 0 to bits - activeBits. */
export function linearBucket(
  value: number,
  { valueMin, valueMax }: { valueMin: number; valueMax: number },
  { bits, activeBits }: BitShape,
): number {
  const share = (Math.min(valueMax, Math.max(valueMin, value)) - valueMin) / (valueMax - valueMin)
  return Math.floor(share * (bits - activeBits) + 0.5)
}
