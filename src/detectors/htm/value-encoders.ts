/**
 * Values as bits: near values share bits, far ones share none but by chance.
 *
 * Random distributed: the value's bucket b is the window b … b + w - 1 of a fixed sequence of bit
 * numbers, in which no bit comes twice within a window. Neighbouring buckets share w - 1 bits. 1000
 * buckets reach from the centre 499 down and 500 up; what lies beyond is held at the edge.
 *
 * Around the centre the sequence is 0, 1, 2, … bits - 1, so that usual values share no bits unless
 * they are near, and the bits of one are neighbours in memory. Beyond, it is random:
 *
 *   … 203 17 88 │ 0 1 2 3 … 399 │ 41 388 5 …      bucket 299 = {0, …, 20}, 300 = {1, …, 21}
 *
 * Linear: w neighbouring bits that move from the least to the greatest value, clipped there.
 *
 * Source: Purdy 2016, "Encoding Data for HTM Systems"; the random distributed scalar encoder as
 * Numenta describes it. Differs: one sequence instead of bits chosen bucket by bucket, which gives
 * the same overlaps between neighbours and one table for all series; no chance overlaps near the
 * centre.
 * Draws of the sequence: stream (seed, 0, 2), one draw below(bits) for each place above the middle,
 * upwards, then for each below it, downwards; repeated while the bit is among the w - 1 next to it.
 */

import { drawBelow, nextState, streamState } from './draws.ts'

/** NuPIC's maxBuckets. */
export const bucketCount = 1000

/** Bits that stand for a bucket: `activeBits` of `bits`. */
export interface BitShape {
  readonly bits: number
  readonly activeBits: number
}

/** The sequence of bit numbers behind all buckets. */
export function bucketSequence({ bits, activeBits }: BitShape, seed: number): Uint16Array {
  const sequence = new Uint16Array(bucketCount + activeBits - 1)
  const middle = Math.max(0, Math.floor((sequence.length - bits) / 2))
  const beyond = Math.min(sequence.length, middle + bits)
  for (let place = middle; place < beyond; place++) sequence[place] = place - middle
  let state = streamState(seed, 0, 2)
  const draw = (place: number, from: number): void => {
    const near = sequence.subarray(from, from + activeBits - 1)
    let bit: number
    do {
      state = nextState(state)
      bit = drawBelow(state, bits)
    } while (near.includes(bit))
    sequence[place] = bit
  }
  for (let place = beyond; place < sequence.length; place++) draw(place, place - activeBits + 1)
  for (let place = middle - 1; place >= 0; place--) draw(place, place + 1)
  return sequence
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
