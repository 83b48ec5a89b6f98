/**
 * The encodings as docs/algorithms/htm.md defines them, as sets of bit numbers.
 */

import { stream } from './draws.ts'

/** The first 1020 places of the random sequence behind all buckets. */
export function sequence(bits: number, seed: number): number[] {
  const below = stream(seed, 0, 2)
  const places: number[] = []
  while (places.length < 1020) {
    const bit = below(bits)
    if (!places.slice(-20).includes(bit)) places.push(bit)
  }
  // Numbered in order of appearance, from place 400 on and round.
  const order = [...new Set([...places.slice(400), ...places.slice(0, 400)])]
  return places.map((bit) => order.indexOf(bit))
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
