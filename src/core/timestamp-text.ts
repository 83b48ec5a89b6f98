/**
 * Timestamps out of bytes, to the nanosecond.
 *
 *   number = [ "-" ] digits [ "." digits ]            seconds, milli-, micro- or nanoseconds
 *   date   = see date-text.ts
 *
 * A timestamp becomes whole milliseconds and the nanoseconds below them. Both are read from the
 * digits themselves: nineteen digits do not fit into a double.
 *
 *   1465839830100400200 ns  ─▶  1465839830100 ms + 400200 ns
 *   1455320690.25 s         ─▶  1455320690250 ms +      0 ns
 *
 * Where the unit is `auto`, the number of digits says it: up to 11 digits are seconds (to the year
 * 5138), up to 14 milliseconds (from 1973 on), up to 17 microseconds, more are nanoseconds.
 */

import { DateText } from './date-text.ts'
import { NumberText } from './number-text.ts'
import type { ChoiceOption } from './options.ts'

const timestampUnits = ['auto', 's', 'ms', 'us', 'ns'] as const

export type TimestampUnit = (typeof timestampUnits)[number]

/** The option on the unit of numeric timestamps, for decoders. */
export const timestampUnitOption = {
  kind: 'choice',
  words: timestampUnits,
  default: 'auto',
  about:
    'Unit of timestamps that are numbers. `auto` goes by magnitude: up to 11 digits are seconds, ' +
    'up to 14 milliseconds, up to 17 microseconds, more are nanoseconds.',
} as const satisfies ChoiceOption

/** Times beyond this are no dates: ECMAScript's bound, 100 million days from 1970. */
export const timestampMsMax = 8.64e15

const zero = 48
const point = 46
const minus = 45
const slash = 47
const smallLetter = 0x20
const smallE = 101

const secondDigitsMax = 11
const millisecondDigitsMax = 14
const microsecondDigitsMax = 17
/** More digits than any timestamp has, leading zeros included. */
const digitsMax = 30
/** Digits of a fraction that count: a billionth of a second is a nanosecond. */
const fractionDigits = 9
/** Nine digits are below 2³⁰, so they are read in 32-bit arithmetic. */
const chunkDigits = 9
const nsPerMs = 1e6

/** How numbers of a unit are taken apart. */
interface Scale {
  /** Digits at the end of the number that are below a millisecond. */
  readonly digitsBelowMs: number
  /** Milliseconds that the number in front of them counts in. */
  readonly headMs: number
  /** Nanoseconds that those digits count in. */
  readonly tailNs: number
  /** Billionths of the unit in a nanosecond. */
  readonly billionthsPerNs: number
}

const scales: Readonly<Record<Exclude<TimestampUnit, 'auto'>, Scale>> = {
  s: { digitsBelowMs: 0, headMs: 1000, tailNs: 0, billionthsPerNs: 1 },
  ms: { digitsBelowMs: 0, headMs: 1, tailNs: 0, billionthsPerNs: 1e3 },
  us: { digitsBelowMs: 3, headMs: 1, tailNs: 1000, billionthsPerNs: 1e6 },
  ns: { digitsBelowMs: 6, headMs: 1, tailNs: 1, billionthsPerNs: 1e9 },
}

/** Reads timestamps. Says what it read and where it ended, so that nothing is allocated. */
export class TimestampText {
  /** Whole milliseconds, rounded down. */
  ms = 0
  /** Nanoseconds above them, 0 to 999,999. */
  remainderNs = 0
  /** One past the last byte that was read. */
  end = 0
  /** True if it was a number without fraction and exponent. */
  whole = false
  /** Undefined where it goes by magnitude. */
  readonly #scale: Scale | undefined
  readonly #date = new DateText()
  readonly #number = new NumberText()

  constructor(unit: TimestampUnit) {
    this.#scale = unit === 'auto' ? undefined : scales[unit]
  }

  /** A number or a date. False where there is none or where it is out of range. */
  read(bytes: Uint8Array, start: number, limit: number): boolean {
    const fifth = start + 4 < limit ? bytes[start + 4] : 0
    if (fifth !== minus && fifth !== slash) return this.readNumber(bytes, start, limit)
    const date = this.#date
    if (!date.read(bytes, start, limit)) return false
    this.ms = date.ms
    this.remainderNs = date.remainderNs
    this.end = date.end
    this.whole = false
    return true
  }

  /** A number of the unit. False where there is none or where it is out of range. */
  readNumber(bytes: Uint8Array, start: number, limit: number): boolean {
    const negative = start < limit && bytes[start] === minus
    const first = negative ? start + 1 : start
    let i = first
    while (i < limit && (bytes[i]! - zero) >>> 0 <= 9) i++
    this.end = i
    const digits = i - first
    if (digits === 0 || digits > digitsMax) return false
    const scale = this.#scale ?? scaleByMagnitude(digits)
    const cut = digits > scale.digitsBelowMs ? i - scale.digitsBelowMs : first
    let ms = whole(bytes, first, cut) * scale.headMs
    let ns = whole(bytes, cut, i) * scale.tailNs
    const hasPoint = i < limit && bytes[i] === point
    if (hasPoint) {
      const fractionNs = Math.floor(this.#billionths(bytes, i + 1, limit) / scale.billionthsPerNs)
      ms += Math.floor(fractionNs / nsPerMs)
      ns += fractionNs % nsPerMs
    }
    const hasExponent = this.end < limit && (bytes[this.end]! | smallLetter) === smallE
    this.whole = !hasPoint && !hasExponent
    if (hasExponent) return this.#fromDouble(bytes, start, limit)
    return this.#set(ms, ns, negative)
  }

  /** The digits behind a point, as billionths. */
  #billionths(bytes: Uint8Array, start: number, limit: number): number {
    let i = start
    let billionths = 0
    for (; i < limit && (bytes[i]! - zero) >>> 0 <= 9; i++) {
      if (i - start < fractionDigits) billionths = billionths * 10 + bytes[i]! - zero
    }
    this.end = i
    return billionths * 10 ** Math.max(0, fractionDigits - (i - start))
  }

  /** Numbers with an exponent, as programs print doubles: 1.5288e+09. */
  #fromDouble(bytes: Uint8Array, start: number, limit: number): boolean {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const value = this.#number.read(view, start, limit)
    this.end = this.#number.end
    const size = Math.abs(value)
    if (!(size < 1e30)) return false
    const scale = this.#scale ?? scaleByMagnitude(Math.floor(size).toFixed(0).length)
    const ms = (size * scale.headMs) / 10 ** scale.digitsBelowMs
    const wholeMs = Math.floor(ms)
    return this.#set(wholeMs, Math.floor((ms - wholeMs) * nsPerMs), value < 0)
  }

  /** Below zero the rest counts upwards from the next lower millisecond. */
  #set(ms: number, ns: number, negative: boolean): boolean {
    const down = negative && ns > 0
    this.ms = negative ? 0 - ms - (down ? 1 : 0) : ms
    this.remainderNs = down ? nsPerMs - ns : ns
    return ms < timestampMsMax
  }
}

function scaleByMagnitude(digits: number): Scale {
  if (digits <= secondDigitsMax) return scales.s
  if (digits <= millisecondDigitsMax) return scales.ms
  return digits <= microsecondDigitsMax ? scales.us : scales.ns
}

/** The whole number that some digits write; exact up to 2⁵³. */
function whole(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > chunkDigits) {
    const split = end - chunkDigits
    return whole(bytes, start, split) * 1e9 + whole(bytes, split, end)
  }
  let number = 0
  for (let i = start; i < end; i++) number = (number * 10 + bytes[i]! - zero) | 0
  return number
}

/** Milliseconds and the nanoseconds above them, as decimal nanoseconds. */
export function nanosecondsText(ms: number, remainderNs: number): string {
  return String(BigInt(ms) * 1_000_000n + BigInt(remainderNs))
}
