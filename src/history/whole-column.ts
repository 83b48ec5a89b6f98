/**
 * A column of whole numbers: as they are, as differences, or as differences of differences,
 * whichever is shortest, each in an exponential Golomb code of the order that fits the column.
 *
 *   scheme: 2 bits (0 all zero, 1 as they are, 2 differences, 3 of differences) │ order: 6 bits │ …
 *
 * Cost: three passes, O(1) a number; most columns are of small numbers, which take the short way.
 */

import { bitLength } from './bits.ts'
import type { BitReader, BitWriter } from './bits.ts'

/** Numbers may be this large either way: differences of differences stay below 2^53. */
export const columnMax = 2 ** 50

const orderMax = 53

/** Numbers of a column at most. */
export const columnCountMax = 2048

const wholes = new Int32Array(columnCountMax)
/** Codes below 2^32, as the integers of 32 bits that have the same bits. */
const codes = new Int32Array(columnCountMax)

/** How many codes have which length in bits. */
const lengths = new Int32Array(56)

/** Signed numbers as unsigned ones: 0, -1, 1, -2, 2 … are 0, 1, 2, 3, 4 … */
function folded(n: number): number {
  return n >= 0 ? n * 2 : -n * 2 - 1
}

function unfolded(n: number): number {
  return n % 2 === 0 ? n / 2 : -(n + 1) / 2
}

/** Bits of a column by the lengths of its codes, none above `longest`, with an order. */
function costOf(longest: number, order: number): number {
  let bits = 0
  for (let length = 0; length <= longest; length++) {
    const count = lengths[length] as number
    bits += count * (length <= order ? order + 1.5 : 2 * length - order + 1.5)
  }
  return bits
}

/** The order about the middle of `lengths`, where the cost is least. */
function bestOrder(longest: number, count: number): number {
  let middle = 0
  for (let below = 0; middle < orderMax; middle++) {
    below += lengths[middle] as number
    if (below * 2 >= count) break
  }
  let best = 0
  let bestCost = Infinity
  for (let order = Math.max(0, middle - 2); order <= Math.min(orderMax, middle + 1); order++) {
    const cost = costOf(longest, order)
    if (cost >= bestCost) continue
    best = order
    bestCost = cost
  }
  return best
}

/** The scheme whose codes have the fewest bits in sum. */
function bestScheme(plainBits: number, stepBits: number, bendBits: number): number {
  if (bendBits < plainBits && bendBits < stepBits) return 3
  return stepBits < plainBits ? 2 : 1
}

/** Writes the first `count` numbers, integers within ±columnMax; `columnCountMax` at most. */
export function writeWhole(column: Float64Array, count: number, writer: BitWriter): void {
  let some = 0
  for (let i = 0; i < count; i++) {
    const n = column[i] as number
    const whole = n | 0
    if (whole !== n) {
      writeLarge(column, count, writer)
      return
    }
    wholes[i] = whole
    some |= whole
  }
  if (some === 0) writer.bits(0, 2)
  else if (!writeSmall(count, writer)) writeLarge(column, count, writer)
}

/** Writes `wholes`; false, with nothing written, where differences do not fit in 32 bits. */
function writeSmall(count: number, writer: BitWriter): boolean {
  let before = 0
  let step = 0
  let plainBits = 0
  let stepBits = 0
  let bendBits = 0
  let [least, most, leastStep, mostStep] = [0, 0, 0, 0]
  for (let i = 0; i < count; i++) {
    const n = wholes[i] as number
    const next = (n - before) | 0
    const bend = (next - step) | 0
    plainBits = (plainBits + 32 - Math.clz32((n << 1) ^ (n >> 31))) | 0
    stepBits = (stepBits + 32 - Math.clz32((next << 1) ^ (next >> 31))) | 0
    bendBits = (bendBits + 32 - Math.clz32((bend << 1) ^ (bend >> 31))) | 0
    if (n < least) least = n
    if (n > most) most = n
    if (next < leastStep) leastStep = next
    if (next > mostStep) mostStep = next
    before = n
    step = next
  }
  if (most - least >= 2 ** 31) return false
  if (mostStep - leastStep >= 2 ** 31) bendBits = 32 * count
  const scheme = bestScheme(plainBits, stepBits, bendBits)
  lengths.fill(0)
  let all = 0
  before = 0
  step = 0
  for (let i = 0; i < count; i++) {
    const n = wholes[i] as number
    const next = (n - before) | 0
    const signed = scheme === 1 ? n : scheme === 2 ? next : (next - step) | 0
    const code = (signed << 1) ^ (signed >> 31)
    codes[i] = code
    all |= code
    lengths[32 - Math.clz32(code)]!++
    before = n
    step = next
  }
  const order = bestOrder(32 - Math.clz32(all), count)
  writer.bits(scheme, 2)
  writer.bits(order, 6)
  writer.golombs(codes, count, order)
  return true
}

function writeLarge(column: Float64Array, count: number, writer: BitWriter): void {
  let before = 0
  let step = 0
  let plainBits = 0
  let stepBits = 0
  let bendBits = 0
  for (let i = 0; i < count; i++) {
    const n = column[i] as number
    const next = n - before
    plainBits += bitLength(folded(n))
    stepBits += bitLength(folded(next))
    bendBits += bitLength(folded(next - step))
    before = n
    step = next
  }
  const scheme = bestScheme(plainBits, stepBits, bendBits)
  lengths.fill(0)
  eachCode(column, count, scheme, (code) => lengths[bitLength(code)]!++)
  const order = bestOrder(lengths.length - 1, count)
  writer.bits(scheme, 2)
  writer.bits(order, 6)
  eachCode(column, count, scheme, (code) => writer.golomb(code, order))
}

function eachCode(
  column: Float64Array,
  count: number,
  scheme: number,
  take: (code: number) => void,
): void {
  let before = 0
  let step = 0
  for (let i = 0; i < count; i++) {
    const n = column[i] as number
    const next = n - before
    take(folded(scheme === 1 ? n : scheme === 2 ? next : next - step))
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
