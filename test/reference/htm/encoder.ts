/**
 * The encodings as docs/algorithms/htm.md defines them, as sets of bit numbers.
 */

import { stream } from './draws.ts'

/** The 1020 places of the sequence behind all buckets: 0, 1, … in the middle, random beyond. */
export function sequence(bits: number, seed: number): number[] {
  const below = stream(seed, 0, 2)
  const places = Array.from({ length: Math.min(1020, bits) }, (_, k) => k)
  const middle = Math.floor((1020 - places.length) / 2)
  const unlike = (near: number[]): number => {
    const bit = below(bits)
    return near.includes(bit) ? unlike(near) : bit
  }
  while (places.length < 1020 - middle) places.push(unlike(places.slice(-20)))
  while (places.length < 1020) places.unshift(unlike(places.slice(0, 20)))
  return places
}

/** The 21 bits of a value over a range. */
export function valueBits(
  value: number,
  places: number[],
  range: { centre: number; resolution: number },
): number[] {
  const bucket = Math.round((value - range.centre) / range.resolution) + 499
  const held = Math.max(0, Math.min(999, bucket))
  return places.slice(held, held + 21)
}

/** The 21 bits of a percentage. */
export function percentBits(value: number, bits: number): number[] {
  const bucket = Math.round((Math.max(0, Math.min(100, value)) / 100) * (bits - 21))
  return Array.from({ length: 21 }, (_, k) => bucket + k)
}

/** The 21 bits of a moment on a ring that turns once in a period. */
export function ringBits(timestampMs: number, periodMs: number, bits: number): number[] {
  const first = Math.floor(((timestampMs % periodMs) * bits) / periodMs)
  return Array.from({ length: 21 }, (_, k) => (first + k) % bits)
}
