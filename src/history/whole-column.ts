/**
 * A column of whole numbers: as they are, as differences, or as differences of differences,
 * whichever is shortest, each in an exponential Golomb code of the order that fits the column.
 *
 *   scheme: 2 bits (0 all zero, 1 as they are, 2 differences, 3 of differences) │ order: 6 bits │ …
 *
 * Cost: two passes, O(1) a number.
 */

import { bitLength } from './bits.ts'
import type { BitReader, BitWriter } from './bits.ts'

/** Numbers may be this large either way: differences of differences stay below 2^53. */
export const columnMax = 2 ** 50

const orderMax = 53
const counts = [new Uint32Array(56), new Uint32Array(56), new Uint32Array(56)] as const

/** Signed numbers as unsigned ones: 0, -1, 1, -2, 2 … are 0, 1, 2, 3, 4 … */
function folded(n: number): number {
  return n >= 0 ? n * 2 : -n * 2 - 1
}

function unfolded(n: number): number {
  return n % 2 === 0 ? n / 2 : -(n + 1) / 2
}

/** Bits of a column by its numbers' lengths, coded by an order. */
function costOf(lengths: Uint32Array, order: number): number {
  let bits = 0
  for (let length = 0; length < lengths.length; length++) {
    const count = lengths[length] as number
    if (count > 0) bits += count * (length <= order ? order + 1.5 : 2 * length - order + 1.5)
  }
  return bits
}

/** The order about the middle of the lengths: the cost is least near it. */
function bestOrder(lengths: Uint32Array, count: number): { order: number; cost: number } {
  let middle = 0
  for (let below = 0; middle < orderMax; middle++) {
    below += lengths[middle] as number
    if (below * 2 >= count) break
  }
  let best = { order: 0, cost: Infinity }
  for (let order = Math.max(0, middle - 2); order <= Math.min(orderMax, middle + 1); order++) {
    const cost = costOf(lengths, order)
    if (cost < best.cost) best = { order, cost }
  }
  return best
}

/** Writes the first `count` numbers, integers within ±columnMax. */
export function writeWhole(column: Float64Array, count: number, writer: BitWriter): void {
  for (const lengths of counts) lengths.fill(0)
  let before = 0
  let step = 0
  for (let i = 0; i < count; i++) {
    const n = column[i] as number
    const difference = n - before
    counts[0][bitLength(folded(n))]!++
    counts[1][bitLength(folded(difference))]!++
    counts[2][bitLength(folded(difference - step))]!++
    before = n
    step = difference
  }
  if (counts[0][0] === count) {
    writer.bits(0, 2)
    return
  }
  const choices = counts.map((lengths) => bestOrder(lengths, count))
  let chosen = 0
  for (let i = 1; i < 3; i++) {
    if ((choices[i]?.cost ?? 0) < (choices[chosen]?.cost ?? 0)) chosen = i
  }
  const order = choices[chosen]?.order ?? 0
  writer.bits(chosen + 1, 2)
  writer.bits(order, 6)
  before = 0
  step = 0
  for (let i = 0; i < count; i++) {
    const n = column[i] as number
    const difference = n - before
    writer.golomb(folded(chosen === 0 ? n : chosen === 1 ? difference : difference - step), order)
    before = n
    step = difference
  }
}

/** Reads `count` numbers into a column. */
export function readWhole(column: Float64Array, count: number, reader: BitReader): void {
  const scheme = reader.bits(2)
  if (scheme === 0) {
    column.fill(0, 0, count)
    return
  }
  const order = reader.bits(6)
  let before = 0
  let step = 0
  for (let i = 0; i < count; i++) {
    let n = unfolded(reader.golomb(order))
    if (scheme === 3) n += step
    if (scheme >= 2) {
      step = n
      n += before
    }
    before = n
    column[i] = n
  }
}
