/**
 * Decimal numbers out of bytes, exactly as `Number(text)` reads them, without making the text.
 *
 *   number   = [ "-" | "+" ] ( digits [ "." [ digits ] ] | "." digits ) [ exponent ]
 *   exponent = ( "e" | "E" ) [ "-" | "+" ] digits
 *
 * The digits are a whole number D, to be divided by a power of ten and rounded once. Two chunks of
 * nine digits are read in 32-bit arithmetic; how they are put together depends on their size:
 *
 *   D < 2⁵³     D and 10²² and below are exact doubles, so one division rounds once (Clinger 1990)
 *   D < 10¹⁸    D is held as the exact sum of two doubles and divided in double-double arithmetic;
 *               the quotient is good to about 2⁻¹⁰⁰. Rounding is monotonic: if it gives the same
 *               double a little below and a little above, that double is right
 *   all else    exponents, more digits, the undecided: Number(text)
 *
 * The second way matters because programs print doubles with 16 or 17 digits: `3.0201342281879193`.
 *
 * Source: Clinger 1990, "How to read floating point numbers accurately"; Dekker 1971, "A floating-
 * point technique for extending the available precision" (exact sum and product); rounding both
 * ends of the error interval is Ziv 1991, "Fast evaluation of elementary mathematical functions".
 * Cost: about 2 ns a byte; Number(text) takes four times that.
 */

import { asciiText } from './byte-text.ts'

const zero = 48
const point = 46
const plus = 43
const minus = 45
/** Sets the bit that makes an ASCII letter small. */
const smallLetter = 0x20
const smallE = 101

/** 10⁹ < 2³⁰: so many digits fit into a small integer of the engine. */
const chunkDigits = 9
/** From here on not every whole number is a double. */
const exactMax = 2 ** 53
/** 10²² is the largest power of ten that is an exact double. */
const exactPower = 22
const powersOfTen = Float64Array.from({ length: exactPower + 1 }, (_, k) => Number(`1e${k}`))

/** 2²⁷ + 1, which splits a double of 53 bits into two halves (Dekker 1971). */
const splitter = 134217729
/** Far above the relative error of the quotient's low part, which is a few times 2⁻⁵³. */
const lowError = 2 ** -40

/** Reads numbers. Says where the last one ended, so that nothing needs to be allocated. */
export class NumberText {
  /** One past the last byte of the number that was read. */
  end = 0
  /** Where its decimal point stands, -1 where it has none. */
  pointAt = -1
  /** True if it had neither point nor exponent. */
  whole = false

  /**
   * The number that starts at `start`, read as far as it goes but not beyond `limit`. NaN where
   * there is none, Infinity where it is too large for a double.
   */
  read(bytes: Uint8Array, start: number, limit: number): number {
    const sign = start < limit ? bytes[start] : 0
    const first = sign === minus || sign === plus ? start + 1 : start
    let stop = Math.min(first + chunkDigits, limit)
    let i = first
    let head = 0
    let digit = 0
    for (; i < stop && (digit = bytes[i]! - zero) >>> 0 <= 9; i++) head = (head * 10 + digit) | 0
    let pointAt = -1
    if (i < stop && digit === point - zero) {
      pointAt = i++
      stop = Math.min(stop + 1, limit)
      if (head === 0) {
        while (i < limit && bytes[i] === zero) i++
        stop = Math.min(i + chunkDigits, limit)
      }
      for (; i < stop && (digit = bytes[i]! - zero) >>> 0 <= 9; i++) head = (head * 10 + digit) | 0
    }
    this.end = i
    this.pointAt = pointAt
    this.whole = pointAt < 0
    if (i - first <= (pointAt < 0 ? 0 : 1)) return NaN
    const power = pointAt < 0 ? 0 : i - pointAt - 1
    let size = NaN
    if (i < limit && goesOn(bytes[i]!, pointAt)) size = this.#long(bytes, i, limit, head)
    else if (power <= exactPower) size = power === 0 ? head : head / powersOfTen[power]!
    if (size !== size) return this.#written(bytes, start, limit)
    return sign === minus ? -size : size
  }

  /** Nine more digits behind `head`. NaN where they do not end the number or cannot decide it. */
  #long(bytes: Uint8Array, start: number, limit: number, head: number): number {
    let pointAt = this.pointAt
    let stop = Math.min(start + chunkDigits, limit)
    let i = start
    let tail = 0
    for (; i < stop; i++) {
      const digit = bytes[i]! - zero
      if (digit >>> 0 <= 9) tail = (tail * 10 + digit) | 0
      else if (digit === point - zero && pointAt < 0) {
        pointAt = i
        stop = Math.min(stop + 1, limit)
      } else break
    }
    const power = pointAt < 0 ? 0 : i - pointAt - 1
    if (power > exactPower || (i < limit && goesOn(bytes[i]!, pointAt))) return NaN
    this.end = i
    const scale = powersOfTen[i - start - (pointAt > this.pointAt ? 1 : 0)]!
    this.pointAt = pointAt
    this.whole = pointAt < 0
    const divisor = powersOfTen[power]!
    const size = head * scale + tail
    return size < exactMax ? size / divisor : pairQuotient(head, scale, tail, divisor)
  }

  /** The slow way: finds the end, then reads the text. */
  #written(bytes: Uint8Array, start: number, limit: number): number {
    let i = start + 1
    let pointAt = bytes[start] === point ? start : -1
    let exponent = false
    for (; i < limit; i++) {
      if (bytes[i] === point && pointAt < 0) pointAt = i
      else if (!isDigit(bytes[i]!)) break
    }
    if (i < limit && (bytes[i]! | smallLetter) === smallE) {
      let k = i + 1
      if (k < limit && (bytes[k] === minus || bytes[k] === plus)) k++
      const digitsAt = k
      while (k < limit && isDigit(bytes[k]!)) k++
      if (k > digitsAt) i = k
      exponent = k > digitsAt
    }
    this.end = i
    this.pointAt = pointAt
    this.whole = pointAt < 0 && !exponent
    return Number(asciiText(bytes, start, i))
  }
}

/** Words for what is not a finite number, as programs print them. */
const notFinite = /^[+-]?(nan|inf|infinity)$/i
const wordBytesMax = 9

/** True where the bytes are a word for NaN or infinity, or a number too large for a double. */
export function isNotFinite(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start <= wordBytesMax && notFinite.test(asciiText(bytes, start, end))) return true
  const numbers = new NumberText()
  return Math.abs(numbers.read(bytes, start, end)) === Infinity && numbers.end === end
}

function isDigit(byte: number): boolean {
  return (byte - zero) >>> 0 <= 9
}

/** True if a number that stopped in front of this byte was not at its end. */
function goesOn(byte: number, pointAt: number): boolean {
  return isDigit(byte) || (byte | smallLetter) === smallE || (byte === point && pointAt < 0)
}

/**
 * (head × scale + tail) / divisor, rounded once; NaN where the error could decide the rounding.
 * All four are whole numbers; head, scale and tail ≤ 10⁹, divisor ≤ 10²².
 */
function pairQuotient(head: number, scale: number, tail: number, divisor: number): number {
  // high + low = head × scale + tail, exactly.
  const product = head * scale
  const high = product + tail
  const low = productError(head, scale, product) + (tail - (high - product))
  // quotient + rest = (high + low) / divisor, nearly.
  const quotient = high / divisor
  const back = quotient * divisor
  const rest = (high - back - productError(quotient, divisor, back) + low) / divisor
  const below = quotient + rest * (1 - lowError)
  return below === quotient + rest * (1 + lowError) ? below : NaN
}

/** What a × b lost in rounding to `product`, exactly (Dekker 1971). */
function productError(a: number, b: number, product: number): number {
  const bigA = splitter * a
  const a1 = bigA - (bigA - a)
  const a2 = a - a1
  const bigB = splitter * b
  const b1 = bigB - (bigB - b)
  const b2 = b - b1
  return a1 * b1 - product + a1 * b2 + a2 * b1 + a2 * b2
}
