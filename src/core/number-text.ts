/**
 * Decimal numbers out of bytes, exactly as `Number(text)` reads them, without making the text.
 *
 *   number   = [ "-" | "+" ] ( digits [ "." [ digits ] ] | "." digits ) [ exponent ]
 *   exponent = ( "e" | "E" ) [ "-" | "+" ] digits
 *
 * The digits are a whole number D, to be divided by a power of ten and rounded once. Digits behind
 * the point are read four at a time, as one 32-bit word. How D is divided depends on its size:
 *
 *   D < 2⁵³     D and 10²² and below are exact doubles, so one division rounds once (Clinger 1990)
 *   D < 10²⁴    D is held as the exact sum of two doubles and divided in double-double arithmetic;
 *               the quotient is good to about 2⁻¹⁰⁰. Rounding is monotonic: if it gives the same
 *               double a little below and a little above, that double is right
 *   all else    exponents, more digits, the undecided: Number(text)
 *
 * The second way matters because programs print doubles with 16 or 17 digits: `3.0201342281879193`.
 *
 * Source: Clinger 1990, "How to read floating point numbers accurately"; Dekker 1971, "A floating-
 * point technique for extending the available precision" (exact sum and product); rounding both
 * ends of the error interval is Ziv 1991, "Fast evaluation of elementary mathematical functions".
 * Four digits in a word: Lemire 2018, "Quickly parsing eight digits".
 * Cost: 20 ns for a short number, 45 ns for one of 17 digits; Number(text) takes about 100 and 400.
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
/** Digits in a word, and what they count up to. */
const wordDigits = 4
const wordScale = 1e4
/** With a word more than this there are 15 digits, and 10¹⁵ < 2⁵³. */
const wideDigits = 11
/** From here on not every whole number is a double. */
const exactMax = 2 ** 53
/** 10²² is the largest power of ten that is an exact double. */
const exactPower = 22
const powersOfTen = Float64Array.from({ length: exactPower + 1 }, (_, k) => Number(`1e${k}`))
/** Their reciprocals, rounded: good for what only needs to be near. */
const tenths = Float64Array.from({ length: exactPower + 1 }, (_, k) => Number(`1e-${k}`))

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
  read(view: DataView, start: number, limit: number): number {
    const sign = start < limit ? view.getUint8(start) : 0
    const first = sign === minus || sign === plus ? start + 1 : start
    const stop = Math.min(first + chunkDigits, limit)
    let i = first
    let head = 0
    let digit = 0
    for (; i < stop && (digit = view.getUint8(i) - zero) >>> 0 <= 9; i++) {
      head = (head * 10 + digit) | 0
    }
    let pointAt = -1
    let size = head
    if (i < stop && digit === point - zero) {
      pointAt = i++
      let digits = pointAt - first
      if (head === 0) {
        digits = 0
        while (i < limit && view.getUint8(i) === zero) i++
      }
      for (; digits <= wideDigits && i + wordDigits <= limit; digits += wordDigits) {
        const word = view.getInt32(i, true)
        if (!isDigits(word)) break
        size = size * wordScale + fourDigits(word)
        i += wordDigits
      }
    }
    if (pointAt >= 0 || i === stop) {
      const tailAt = i
      let tail = 0
      for (; i < limit && (digit = view.getUint8(i) - zero) >>> 0 <= 9; i++) {
        tail = (tail * 10 + digit) | 0
      }
      size = quotient(size, tail, i - tailAt, pointAt < 0 ? 0 : i - pointAt - 1)
    }
    this.end = i
    this.pointAt = pointAt
    this.whole = pointAt < 0
    if (i - first <= (pointAt < 0 ? 0 : 1)) return NaN
    if (size !== size || (i < limit && goesOn(view.getUint8(i), pointAt))) {
      return this.#written(view, start, limit)
    }
    return sign === minus ? -size : size
  }

  /** The slow way: finds the end, then reads the text. */
  #written(view: DataView, start: number, limit: number): number {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
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
      exponent = k > digitsAt
      if (exponent) i = k
    }
    this.end = i
    this.pointAt = pointAt
    this.whole = pointAt < 0 && !exponent
    return Number(asciiText(bytes, start, i))
  }
}

/** More than any program prints of a double without an exponent, and far from infinity. */
const plainBytesMax = 32

/**
 * Where a decimal number without exponent and plus ends: one that `read` takes whole and finds
 * finite. Infinity where there is none, or one that has to be read to be judged.
 */
export function plainNumberEnd(view: DataView, start: number, limit: number): number {
  const stop = Math.min(start + plainBytesMax, limit)
  const first = start < stop && view.getUint8(start) === minus ? start + 1 : start
  let i = digitsEnd(view, first, stop)
  if (i === first || i === stop) return Infinity
  const next = view.getUint8(i)
  if (next === point) {
    i = digitsEnd(view, i + 1, stop)
    if (i === stop) return Infinity
  }
  return goesOn(view.getUint8(i), i) ? Infinity : i
}

/** One past the last of the digits from `start` on. */
function digitsEnd(view: DataView, start: number, stop: number): number {
  let i = start
  while (i + wordDigits <= stop && isDigits(view.getInt32(i, true))) i += wordDigits
  while (i < stop && (view.getUint8(i) - zero) >>> 0 <= 9) i++
  return i
}

/** Words for what is not a finite number, as programs print them. */
const notFinite = /^[+-]?(nan|inf|infinity)$/i
const wordBytesMax = 9

/** True where the bytes are a word for NaN or infinity, or a number too large for a double. */
export function isNotFinite(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start <= wordBytesMax && notFinite.test(asciiText(bytes, start, end))) return true
  const numbers = new NumberText()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Math.abs(numbers.read(view, start, end)) === Infinity && numbers.end === end
}

function isDigit(byte: number): boolean {
  return (byte - zero) >>> 0 <= 9
}

/** True if a number that stopped in front of this byte was not at its end. */
function goesOn(byte: number, pointAt: number): boolean {
  return isDigit(byte) || (byte | smallLetter) === smallE || (byte === point && pointAt < 0)
}

/** True where all four bytes of a word are digits: their high half is 3, with 6 added too. */
function isDigits(word: number): boolean {
  const plain = (word & 0xf0f0f0f0) ^ 0x30303030
  const raised = ((word + 0x06060606) & 0xf0f0f0f0) ^ 0x30303030
  return (plain | raised) === 0
}

/** What four digits write, of which the first is the lowest byte: pairs first, then both. */
function fourDigits(word: number): number {
  const digits = word & 0x0f0f0f0f
  const pairs = (digits * 10 + (digits >>> 8)) & 0x00ff00ff
  return (pairs & 0xff) * 100 + (pairs >>> 16)
}

/**
 * (head × 10^tailDigits + tail) / 10^power, rounded once; NaN where that is not sure. All four are
 * whole numbers; head < 10¹⁵.
 */
function quotient(head: number, tail: number, tailDigits: number, power: number): number {
  if (tailDigits > chunkDigits || power > exactPower) return NaN
  const scale = powersOfTen[tailDigits]!
  const size = head * scale + tail
  if (size < exactMax) return size / powersOfTen[power]!
  return pairQuotient(head, scale, tail, power)
}

/** The same in double-double arithmetic. */
function pairQuotient(head: number, scale: number, tail: number, power: number): number {
  const divisor = powersOfTen[power]!
  // high + low = head × scale + tail, exactly.
  const product = head * scale
  const high = product + tail
  const low = productError(head, scale, product) + (tail - (high - product))
  // near + rest = (high + low) / divisor, nearly.
  const near = high / divisor
  const back = near * divisor
  const rest = (high - back - productError(near, divisor, back) + low) * tenths[power]!
  const below = near + rest * (1 - lowError)
  return below === near + rest * (1 + lowError) ? below : NaN
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
