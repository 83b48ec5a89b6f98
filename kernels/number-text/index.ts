/**
 * Numbers as ECMAScript writes them, into memory that the host shares.
 *
 *   0.1   1e21   123456789012345680000   1e-7   -2.5
 *
 * Source: ECMA-262, Number::toString.
 */

import { digits, exponent, shorten } from './shortest'

/** Where the host writes the texts of 00 to 99, two bytes each. */
const pairsAt: usize = 9984
/** Whole numbers below this are doubles that need no search. */
const wholeMax: f64 = 9007199254740992

const minus: u8 = 45
const plus: u8 = 43
const point: u8 = 46
const zero: u8 = 48
const letterE: u8 = 101

/** Writes a finite number at an address; returns the address behind it. */
export function writeNumber(value: f64, start: usize): usize {
  let at = start
  let size = value
  if (value < 0) {
    store<u8>(at++, minus)
    size = -value
  }
  if (size < wholeMax && size == Math.trunc(size)) return writeWhole(<u64>size, at)
  shorten(reinterpret<u64>(size))
  return writeDecimal(at)
}

/** Writes a whole number, 0 to 2⁶⁴ - 1. */
function writeWhole(value: u64, at: usize): usize {
  const count = countOf(value)
  writeDigits(value, at, count)
  return at + count
}

/** Writes a number of a width, with zeros in front: what stands behind a point, for instance. */
export function writePadded(value: u32, start: usize, width: u32): usize {
  writeDigits(value, start, width)
  return start + width
}

function writeDecimal(start: usize): usize {
  let value = digits
  let power = exponent
  while (value % 10000 == 0) {
    value /= 10000
    power += 4
  }
  while (value % 10 == 0) {
    value /= 10
    power++
  }
  const count = <i32>countOf(value)
  const pointAt = power + count
  if (power >= 0 && pointAt <= 21) {
    writeDigits(value, start, count)
    memory.fill(start + count, zero, power)
    return start + pointAt
  }
  if (pointAt > 0 && pointAt <= 21) {
    writeDigits(value, start + 1, count)
    memory.copy(start, start + 1, pointAt)
    store<u8>(start + pointAt, point)
    return start + 1 + count
  }
  if (pointAt > -6 && pointAt <= 0) {
    store<u8>(start, zero)
    store<u8>(start + 1, point)
    for (let i = 0; i < -pointAt; i++) store<u8>(start + 2 + i, zero)
    const at = start + 2 - pointAt
    writeDigits(value, at, count)
    return at + count
  }
  writeDigits(value, start + 1, count)
  store<u8>(start, load<u8>(start + 1))
  let at = start + 1
  if (count > 1) {
    store<u8>(at, point)
    at += count
  }
  const shown = pointAt - 1
  store<u8>(at, letterE)
  store<u8>(at + 1, shown < 0 ? minus : plus)
  return writeWhole(<u64>(shown < 0 ? -shown : shown), at + 2)
}

/** How many digits a number has; 1 for zero. */
function countOf(value: u64): u32 {
  // 1233 / 4096 is a little more than the logarithm of 2 to the base of 10.
  const guess = ((64 - <u32>clz<u64>(value | 1)) * 1233) >> 12
  return guess + (value >= powerOfTen(guess) ? 1 : 0) + (value == 0 ? 1 : 0)
}

// @ts-ignore: a decorator of the compiler.
@inline
function powerOfTen(k: u32): u64 {
  return load<u64>(wholePowersAt + (<usize>k << 3))
}

/** Where the host writes 10⁰ to 10¹⁹. */
const wholePowersAt: usize = 10184

/** Writes the last `count` digits. */
function writeDigits(value: u64, start: usize, count: u32): void {
  let rest = value
  let left = count
  while (rest > 0xffff_ffff && left >= 8) {
    const eight = <u32>(rest % 100000000)
    rest /= 100000000
    left -= 8
    const upper = eight / 10000
    const lower = eight % 10000
    const at = start + left
    store<u16>(at, pair(upper / 100))
    store<u16>(at + 2, pair(upper % 100))
    store<u16>(at + 4, pair(lower / 100))
    store<u16>(at + 6, pair(lower % 100))
  }
  let small = <u32>rest
  while (left >= 2) {
    left -= 2
    store<u16>(start + left, pair(small % 100))
    small /= 100
  }
  if (left != 0) store<u8>(start, zero + <u8>(small % 10))
}

// @ts-ignore: a decorator of the compiler.
@inline
function pair(value: u32): u16 {
  return load<u16>(pairsAt + (<usize>value << 1))
}
