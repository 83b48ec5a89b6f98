/**
 * InfluxDB line protocol, to observations: one for each numeric field.
 *
 *   line        = name " " field { "," field } [ " " timestamp ]      spaces may be several
 *   name        = measurement { "," tag "=" tag }
 *   field       = key "=" ( float | integer "i" | unsigned "u" | boolean | string )
 *   boolean     = "t" | "T" | "true" | "True" | "TRUE" | "f" | "F" | "false" | "False" | "FALSE"
 *   string      = `"` { any byte, `\"` for a quote } `"`
 *   timestamp   = [ "-" ] digits
 *   comment     = "#" …
 *
 * A backslash makes the comma, space or equals sign behind it part of the text; any other backslash
 * is itself. Lines end at line feeds, in strings too.
 *
 * The labels are the tags, `__name__` for the measurement and `__field__` for the field. They are
 * held by their spelling (held-names.ts): a line whose name and fields came in the same order as
 * before is compared with what was held and never taken apart.
 *
 * Source: https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/ and the grammar
 * line-protocol.ebnf of https://github.com/influxdata/line-protocol.
 * Differs: a field that is a text or not finite is refused alone; servers refuse the whole line, or
 * store the text. Comments may hold any bytes.
 * Cost: see bench/speed/codecs.ts.
 */

import { asciiText, utf8Text } from '../core/byte-text.ts'
import { Decoded } from '../core/decoded.ts'
import { HeldNames } from '../core/held-names.ts'
import type { HeldName, NameFault } from '../core/held-names.ts'
import type { Labels } from '../core/labels.ts'
import { isNotFinite, NumberText, plainNumberEnd } from '../core/number-text.ts'
import type { Observation, Origin } from '../core/observation.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import { lineBytesOption, PayloadLines } from '../core/payload-lines.ts'
import type { Rejection, RejectionReason } from '../core/rejection.ts'
import { timestampUnitOption, TimestampText } from '../core/timestamp-text.ts'
import type { Decoder, Findings } from './codec.ts'
import { labelsOf, malformed, unescaped } from './influx/names.ts'

/** Options of the decoder of InfluxDB line protocol. */
export const influxOptions = {
  precision: timestampUnitOption,
  lineBytesMax: lineBytesOption,
} as const satisfies OptionSpecs

export type InfluxOptions = OptionsOf<typeof influxOptions>

const newline = 10
const space = 32
const quote = 34
const hash = 35
const comma = 44
const plus = 43
const equals = 61
const smallI = 105
const smallU = 117
const backslash = 92

/** Integers of line protocol have 64 bits. */
const integerMax = 2 ** 63
const unsignedMax = 2 ** 64

const booleans: ReadonlyMap<string, number> = new Map([
  ...['t', 'T', 'true', 'True', 'TRUE'].map((word) => [word, 1] as const),
  ...['f', 'F', 'false', 'False', 'FALSE'].map((word) => [word, 0] as const),
])
/** Longest of these words. */
const wordBytesMax = 5

/** See the head of the file. */
export class InfluxDecoder implements Decoder {
  readonly #decoded = new Decoded()
  readonly #lines: PayloadLines
  readonly #numbers = new NumberText()
  readonly #times: TimestampText
  readonly #names = new HeldNames(labelsOf)
  /** The name of the last line; what is expected of the next one hangs on it. */
  #last: HeldName | undefined
  /** Fields of the line, until its timestamp is known. */
  readonly #labels: Labels[] = []
  readonly #values: number[] = []
  #fieldCount = 0
  /** Where the part ended that was read last. */
  #at = 0

  constructor(options: InfluxOptions) {
    this.#lines = new PayloadLines(options.lineBytesMax)
    this.#times = new TimestampText(options.precision)
  }

  decode(bytes: Uint8Array, origin: Origin, observations: Observation[]): readonly Rejection[] {
    const decoded = this.#decoded
    decoded.open(bytes, origin, observations)
    const lines = this.#lines
    lines.open()
    for (;;) {
      const end = this.#expected(bytes, lines.next)
      if (end >= 0) lines.next = end + 1
      else if (lines.advance(decoded)) this.#line(bytes, lines.start, lines.end)
      else return decoded.close()
    }
  }

  check(bytes: Uint8Array): Findings {
    const decoded = this.#decoded
    decoded.openToCheck(bytes)
    const lines = this.#lines
    lines.open()
    for (;;) {
      let end = this.#passed(bytes, lines.next)
      if (end < 0) end = this.#expected(bytes, lines.next)
      if (end >= 0) lines.next = end + 1
      else if (lines.advance(decoded)) this.#line(bytes, lines.start, lines.end)
      else return { found: decoded.found, rejections: decoded.close() }
    }
  }

  recycle(observations: Observation[]): void {
    this.#decoded.recycle(observations)
  }

  /**
   * Takes the line at `start` if name and fields are spelled as expected, the values are numbers
   * and there is a timestamp. Returns where it ends; -1 where something is otherwise, and then
   * nothing was taken. The line's end need not be searched for: no part of it can go beyond.
   */
  #expected(bytes: Uint8Array, start: number): number {
    const limit = bytes.length
    const { view } = this.#decoded
    const name = this.#last?.next
    if (!isSpelled(name, view, start, limit)) return -1
    let at = start + name.length
    if (at >= limit || bytes[at] !== space) return -1
    this.#fieldCount = 0
    let field = name.first
    do {
      if (!isSpelled(field, view, at + 1, limit)) return -1
      at = this.#expectedValue(bytes, at + 1 + field.length, field.labels)
      field = field.next
    } while (at < limit && bytes[at] === comma)
    if (at >= limit || bytes[at] !== space) return -1
    const end = this.#timedEnd(bytes, start, at + 1)
    if (end < 0) return -1
    this.#last = name
    this.#observe(this.#times.ms, this.#times.remainderNs)
    return end
  }

  /** As `#expected`, of plain decimal numbers only, which are found and not read. */
  #passed(bytes: Uint8Array, start: number): number {
    const limit = bytes.length
    const { view } = this.#decoded
    const name = this.#last?.next
    if (!isSpelled(name, view, start, limit)) return -1
    let at = start + name.length
    if (at >= limit || bytes[at] !== space) return -1
    let fieldCount = 0
    let field = name.first
    do {
      if (!isSpelled(field, view, at + 1, limit)) return -1
      at += 1 + field.length
      if (at >= limit || bytes[at] !== equals) return -1
      at = plainNumberEnd(view, at + 1, limit)
      fieldCount++
      field = field.next
    } while (at < limit && bytes[at] === comma)
    if (at >= limit || bytes[at] !== space) return -1
    const end = this.#timedEnd(bytes, start, at + 1)
    if (end < 0) return -1
    this.#last = name
    this.#decoded.passOver(fieldCount)
    return end
  }

  /** Where a line ends whose timestamp stands at `at`; -1 where that is not all that is left. */
  #timedEnd(bytes: Uint8Array, start: number, at: number): number {
    const limit = bytes.length
    const times = this.#times
    if (!times.readNumber(bytes, at, limit) || !times.whole) return -1
    const { end } = times
    if ((end < limit && bytes[end] !== newline) || end - start > this.#lines.lineBytesMax) return -1
    return end
  }

  /** Takes `=` and a float or integer; returns where it ends, `Infinity` where it is otherwise. */
  #expectedValue(bytes: Uint8Array, start: number, labels: Labels): number {
    const limit = bytes.length
    if (start + 1 >= limit || bytes[start] !== equals || bytes[start + 1] === plus) return Infinity
    const numbers = this.#numbers
    const value = numbers.read(this.#decoded.view, start + 1, limit)
    if (value - value !== 0) return Infinity
    this.#take(labels, value)
    const { end } = numbers
    if (end < limit && bytes[end] === smallI && isInteger(value, numbers, smallI)) return end + 1
    return end
  }

  #line(bytes: Uint8Array, start: number, end: number): void {
    const refused = this.#decoded.refused
    const at = afterSpaces(bytes, start, end)
    if (at === end || bytes[at] === hash) return
    const fault = this.#parts(bytes, at, end)
    if (fault === undefined) return
    this.#decoded.takeBack(refused)
    this.#decoded.refuse(fault.reason, fault.detail, start, end)
  }

  /** Reads a line that is neither empty nor a comment; says why it is refused whole. */
  #parts(bytes: Uint8Array, start: number, end: number): NameFault | undefined {
    const name = this.#name(bytes, start, end)
    if (name === undefined) return this.#names.fault
    this.#fieldCount = 0
    const fieldsAt = afterSpaces(bytes, start + name.length, end)
    if (fieldsAt === end) return malformed('the line has no fields')
    const fault = this.#fields(bytes, fieldsAt, end, name)
    if (fault !== undefined) return fault
    return this.#timestamp(bytes, afterSpaces(bytes, this.#at, end), end)
  }

  /** Measurement and tags: the expected name, or the one that is spelled there. */
  #name(bytes: Uint8Array, start: number, end: number): HeldName | undefined {
    let name = this.#last?.next
    if (!isSpelled(name, this.#decoded.view, start, end) || bytes[start + name.length] !== space) {
      name = this.#names.held(bytes, start, unescaped(bytes, start, end, space), undefined)
      if (name === undefined) return undefined
      if (this.#last !== undefined) this.#last.next = name
    }
    this.#last = name
    return name
  }

  /** The fields, up to the space behind them. */
  #fields(bytes: Uint8Array, start: number, end: number, name: HeldName): NameFault | undefined {
    const { view } = this.#decoded
    let at = start
    let previous: HeldName | undefined
    for (;;) {
      let field: HeldName | undefined = previous === undefined ? name.first : previous.next
      if (!isSpelled(field, view, at, end) || bytes[at + field.length] !== equals) {
        field = this.#names.held(bytes, at, unescaped(bytes, at, end, equals), name)
        if (field === undefined) return this.#names.fault
        if (previous === undefined) name.first = field
        else previous.next = field
      }
      const fault = this.#value(bytes, at + field.length + 1, end, field)
      if (fault !== undefined) return fault
      at = this.#at
      if (at === end || bytes[at] === space) return undefined
      if (bytes[at] !== comma) return malformed('a field value is followed by something else')
      at++
      previous = field
    }
  }

  /** One value, behind its equals sign. */
  #value(bytes: Uint8Array, start: number, end: number, field: HeldName): NameFault | undefined {
    if (start >= end) return malformed('a field has no value')
    const byte = bytes[start]!
    if (byte === quote) return this.#string(bytes, start, end, field)
    const numbers = this.#numbers
    const value = byte === plus ? NaN : numbers.read(this.#decoded.view, start, end)
    if (value !== value) return this.#word(bytes, start, end, field)
    let at = numbers.end
    const suffix = at < end ? bytes[at]! : 0
    if (suffix === smallI || suffix === smallU) {
      if (!isInteger(value, numbers, suffix)) return malformed('an integer is out of range')
      at++
    }
    this.#at = at
    if (value - value === 0) this.#take(field.labels, value)
    else this.#passOver('not_finite', 'a field is too large', start - field.length - 1)
    return undefined
  }

  #take(labels: Labels, value: number): void {
    const count = this.#fieldCount
    this.#labels[count] = labels
    this.#values[count] = value
    this.#fieldCount = count + 1
  }

  /** Refuses one field, from its key to `#at`; the others of its line are kept. */
  #passOver(reason: RejectionReason, detail: string, start: number): void {
    this.#decoded.refuse(reason, detail, start, this.#at)
  }

  /** A boolean, or the name of a number that is none. */
  #word(bytes: Uint8Array, start: number, end: number, field: HeldName): NameFault | undefined {
    let at = start
    while (at < end && bytes[at] !== comma && bytes[at] !== space) at++
    this.#at = at
    const word = at - start > wordBytesMax ? '' : asciiText(bytes, start, at)
    const value = booleans.get(word)
    if (value !== undefined) this.#take(field.labels, value)
    else if (isNotFinite(bytes, start, at)) {
      this.#passOver('not_finite', 'a field is not a finite number', start - field.length - 1)
    } else return malformed('a field value is neither number, boolean nor string')
    return undefined
  }

  /** A text, which is passed over. */
  #string(bytes: Uint8Array, start: number, end: number, field: HeldName): NameFault | undefined {
    let at = start + 1
    while (at < end && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1
    if (at >= end) return malformed('a string has no closing quote')
    this.#at = at + 1
    const fieldAt = start - field.length - 1
    if (utf8Text(bytes, start, at) === undefined) {
      this.#passOver('invalid_utf8', 'a string is not valid UTF-8', fieldAt)
    } else this.#passOver('not_numeric', 'a field is a text', fieldAt)
    return undefined
  }

  /** The timestamp, or where there is none the time of receipt; then the line is whole. */
  #timestamp(bytes: Uint8Array, start: number, end: number): NameFault | undefined {
    const times = this.#times
    if (start === end) this.#observe(this.#decoded.origin.receivedMs, 0)
    else if (
      times.readNumber(bytes, start, end) &&
      times.whole &&
      afterSpaces(bytes, times.end, end) === end
    ) {
      this.#observe(times.ms, times.remainderNs)
    } else return badTimestamp
    return undefined
  }

  /** Takes all fields of the line at one time. */
  #observe(timestampMs: number, remainderNs: number): void {
    const decoded = this.#decoded
    decoded.timestampMs = timestampMs
    decoded.remainderNs = remainderNs
    for (let i = 0; i < this.#fieldCount; i++) {
      decoded.observe(this.#labels[i] as Labels, this.#values[i] as number)
    }
  }
}

const badTimestamp: NameFault = {
  reason: 'bad_timestamp',
  detail: 'the timestamp is not a whole number in range',
}

function isSpelled(
  name: HeldName | undefined,
  view: DataView,
  start: number,
  end: number,
): name is HeldName {
  return name !== undefined && name.spelledAt(view, start, end)
}

function afterSpaces(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && bytes[at] === space) at++
  return at
}

function isInteger(value: number, numbers: NumberText, suffix: number): boolean {
  if (!numbers.whole) return false
  if (suffix === smallI) return Math.abs(value) <= integerMax
  return value >= 0 && !Object.is(value, -0) && value <= unsignedMax
}
