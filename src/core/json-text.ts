/**
 * JSON read from bytes, piece by piece, without building values.
 *
 * A decoder walks over the text with this and takes what it wants; the rest is checked and skipped.
 * What is accepted is exactly RFC 8259, but for two limits: values nested deeper than `depthMax`
 * are refused, and texts are only checked for valid UTF-8 where they are asked for.
 *
 * Nothing is made an object, so no member name of a sender can mean anything to the program.
 */

import { utf8Text } from './byte-text.ts'
import { NumberText } from './number-text.ts'

export const quote = 34
export const comma = 44
export const colon = 58
export const openBracket = 91
export const closeBracket = 93
export const openBrace = 123
export const closeBrace = 125

const firstPrintable = 32
const minus = 45
const zero = 48
const backslash = 92
const smallF = 102
const smallN = 110
const smallT = 116
const smallU = 117

/** Deeper nesting is refused, so that a line of brackets costs no stack. */
const depthMax = 64

/** What may stand behind a backslash, `u` apart: `"\\/bfnrt`. */
const escapes = new Set(Array.from('"\\/bfnrt', (char) => char.charCodeAt(0)))
const noBytes = new Uint8Array(0)
const noView: DataView = new DataView(noBytes.buffer)

/** See the head of the file. */
export class JsonText {
  bytes: Uint8Array = noBytes
  /** The place that is read next. */
  at = 0
  /** One past the last byte of the text. */
  limit = 0
  #view = noView
  readonly #numbers = new NumberText()

  open(bytes: Uint8Array, start: number, limit: number): void {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.at = start
    this.limit = limit
  }

  /** Goes to the next byte that is not white space and returns it; 0 at the end. */
  next(): number {
    const bytes = this.bytes
    const limit = this.limit
    let at = this.at
    while (at < limit && isSpace(bytes[at]!)) at++
    this.at = at
    return at < limit ? bytes[at]! : 0
  }

  /** Takes a byte if it comes next, white space apart. */
  take(byte: number): boolean {
    if (this.next() !== byte || byte === 0) return false
    this.at++
    return true
  }

  /** Goes behind the string that starts here; false where there is none or it is malformed. */
  string(): boolean {
    const { bytes, limit } = this
    let at = this.at
    if (at >= limit || bytes[at] !== quote) return false
    for (at++; at < limit; at++) {
      const byte = bytes[at]!
      if (byte === quote) {
        this.at = at + 1
        return true
      }
      if (byte < firstPrintable) return false
      if (byte === backslash) {
        const length = this.#escapeLength(at + 1)
        if (length === 0) return false
        at += length
      }
    }
    return false
  }

  /** Length of what stands behind a backslash; 0 where it is no escape. */
  #escapeLength(start: number): number {
    if (start >= this.limit) return 0
    const byte = this.bytes[start]!
    if (escapes.has(byte)) return 1
    if (byte !== smallU || start + 5 > this.limit) return 0
    for (let at = start + 1; at < start + 5; at++) if (!isHexDigit(this.bytes[at]!)) return 0
    return 5
  }

  /** The number that starts here, and goes behind it; NaN where there is none. */
  number(): number {
    const { bytes, at, limit } = this
    const digitAt = at < limit && bytes[at] === minus ? at + 1 : at
    if (digitAt >= limit || !isDigit(bytes[digitAt]!)) return NaN
    const numbers = this.#numbers
    const value = numbers.read(this.#view, at, limit)
    const { end, pointAt } = numbers
    if (bytes[digitAt] === zero && digitAt + 1 < end && isDigit(bytes[digitAt + 1]!)) return NaN
    if (pointAt >= 0 && (pointAt + 1 >= end || !isDigit(bytes[pointAt + 1]!))) return NaN
    this.at = end
    return value
  }

  /** Goes behind `true`, `false` or `null`. */
  word(): boolean {
    const first = this.at < this.limit ? this.bytes[this.at]! : 0
    if (first === smallT) return this.#letters('true')
    if (first === smallF) return this.#letters('false')
    return first === smallN && this.#letters('null')
  }

  #letters(word: string): boolean {
    const { bytes, at, limit } = this
    if (at + word.length > limit) return false
    for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word.charCodeAt(i)) return false
    this.at = at + word.length
    return true
  }

  /** Goes behind the value that comes next, whatever it is; false where it is malformed. */
  skip(depth = 0): boolean {
    const first = this.next()
    if (first === quote) return this.string()
    if (first === openBrace) return depth < depthMax && this.#skipObject(depth + 1)
    if (first === openBracket) return depth < depthMax && this.#skipArray(depth + 1)
    if (first === minus || isDigit(first)) {
      const value = this.number()
      return value === value
    }
    return this.word()
  }

  #skipObject(depth: number): boolean {
    this.at++
    if (this.take(closeBrace)) return true
    do {
      if (this.next() !== quote || !this.string() || !this.take(colon)) return false
      if (!this.skip(depth)) return false
    } while (this.take(comma))
    return this.take(closeBrace)
  }

  #skipArray(depth: number): boolean {
    this.at++
    if (this.take(closeBracket)) return true
    do if (!this.skip(depth)) return false
    while (this.take(comma))
    return this.take(closeBracket)
  }
}

/**
 * The text of a checked string, its quotes included in the range. Undefined where it is not valid
 * UTF-8, or has half of a surrogate pair.
 */
export function jsonStringText(bytes: Uint8Array, start: number, end: number): string | undefined {
  const text = utf8Text(bytes, start, end)
  if (text === undefined) return undefined
  if (!text.includes('\\')) return text.slice(1, -1)
  const plain = JSON.parse(text) as string
  return plain.isWellFormed() ? plain : undefined
}

/** True of the bytes that a number may start with. */
export function startsNumber(byte: number): boolean {
  return byte === minus || isDigit(byte)
}

function isDigit(byte: number): boolean {
  return (byte - zero) >>> 0 <= 9
}

function isHexDigit(byte: number): boolean {
  const letter = byte | 0x20
  return isDigit(byte) || (letter >= 97 && letter <= smallF)
}

/** Space, tab, line feed, carriage return. */
function isSpace(byte: number): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9
}
