/**
 * A column of whole numbers: as they are, as differences, or as differences of differences,
 * whichever is shortest, each in an exponential Golomb code of the order that fits the column.
 *
 *   scheme: 2 bits (0 all zero, 1 as they are, 2 differences, 3 of differences) │ order: 6 bits │ …
 *
 * Cost: two passes, O(1) a number; most columns are of small numbers, which take the short way.
 */

import { bitLength } from './bits.ts'
import type { BitReader, BitWriter } from './bits.ts'

/** Numbers may be this large either way: differences of differences stay below 2^53. */
export const columnMax = 2 ** 50

/** Below this differences of differences are integers of 32 bits, folded as well. */
const smallMax = 2 ** 28

const orderMax = 53

/** How many numbers have which length in bits, as they are, as differences, and of differences. */
const plainLengths = new Uint32Array(56)
const stepLengths = new Uint32Array(56)
const bendLengths = new Uint32Array(56)

/** What the scans found. */
let longest = 0
let bestOrder = 0
let bestCost = 0

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
  for (let length = 0; length <= longest; length++) {
    const count = lengths[length] as number
    bits += count * (length <= order ? order + 1.5 : 2 * length - order + 1.5)
  }
  return bits
}

/** Leaves the order about the middle of the lengths, where the cost is least, and that cost. */
function chooseOrder(lengths: Uint32Array, count: number): void {
  let middle = 0
  for (let below = 0; middle < orderMax; middle++) {
    below += lengths[middle] as number
    if (below * 2 >= count) break
  }
  bestCost = Infinity
  for (let order = Math.max(0, middle - 2); order <= Math.min(orderMax, middle + 1); order++) {
    const cost = costOf(lengths, order)
    if (cost >= bestCost) continue
    bestOrder = order
    bestCost = cost
  }
}

/** The largest number of a column, either way. */
function largest(column: Float64Array, count: number): number {
  let most = 0
  for (let i = 0; i < count; i++) {
    const size = Math.abs(column[i] as number)
    if (size > most) most = size
  }
  return most
}

function countSmall(column: Float64Array, count: number): void {
  let before = 0
  let step = 0
  for (let i = 0; i < count; i++) {
    const n = (column[i] as number) | 0
    const next = (n - before) | 0
    const bend = (next - step) | 0
    plainLengths[32 - Math.clz32((n << 1) ^ (n >> 31))]!++
    stepLengths[32 - Math.clz32((next << 1) ^ (next >> 31))]!++
    bendLengths[32 - Math.clz32((bend << 1) ^ (bend >> 31))]!++
    before = n
    step = next
  }
}

function countLarge(column: Float64Array, count: number): void {
  let before = 0
  let step = 0
  for (let i = 0; i < count; i++) {
    const n = column[i] as number
    const next = n - before
    plainLengths[bitLength(folded(n))]!++
    stepLengths[bitLength(folded(next))]!++
    bendLengths[bitLength(folded(next - step))]!++
    before = n
    step = next
  }
}

/** Writes the first `count` numbers, integers within ±columnMax. */
export function writeWhole(column: Float64Array, count: number, writer: BitWriter): void {
  const most = largest(column, count)
  if (most === 0) {
    writer.bits(0, 2)
    return
  }
  const small = most < smallMax
  longest = Math.min(55, bitLength(most * 8))
  plainLengths.fill(0, 0, longest + 1)
  stepLengths.fill(0, 0, longest + 1)
  bendLengths.fill(0, 0, longest + 1)
  if (small) countSmall(column, count)
  else countLarge(column, count)
  let scheme = 1
  chooseOrder(plainLengths, count)
  let order = bestOrder
  let cost = bestCost
  chooseOrder(stepLengths, count)
  if (bestCost < cost) {
    scheme = 2
    order = bestOrder
    cost = bestCost
  }
  chooseOrder(bendLengths, count)
  if (bestCost < cost) {
    scheme = 3
    order = bestOrder
  }
  writer.bits(scheme, 2)
  writer.bits(order, 6)
  let before = 0
  let step = 0
  for (let i = 0; i < count; i++) {
    const n = column[i] as number
    const next = n - before
    writer.golomb(folded(scheme === 1 ? n : scheme === 2 ? next : next - step), order)
    before = n
    step = next
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
