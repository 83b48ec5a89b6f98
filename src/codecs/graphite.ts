/**
 * Graphite's plaintext protocol (Carbon lines), to observations.
 *
 *   line  = path { ";" tag "=" tagvalue } blank value blank timestamp
 *   blank = spaces, tabs and other ASCII white space, as many as there are
 *
 * Exactly three parts. The value is a decimal number; NaN is refused, as Carbon drops it. The
 * timestamp is in seconds, with a fraction if the sender likes; -1 is the time of receipt. Labels:
 * `__name__` is the path as it stands, the tags are labels; of two tags with one name the last one
 * holds, as in Carbon.
 *
 * Source: https://graphite.readthedocs.io/en/latest/feeding-carbon.html and
 * https://graphite.readthedocs.io/en/latest/tags.html
 * Differs: timestamps of other units are understood by their magnitude unless the option says
 * `s`. Servers take them for years far away.
 * Cost: see bench/speed/codecs.ts.
 */

import { hasControlCharacter, utf8Text } from '../core/byte-text.ts'
import { Decoded } from '../core/decoded.ts'
import { HeldNames } from '../core/held-names.ts'
import type { HeldName, NameFault } from '../core/held-names.ts'
import { fieldLabel, Labels, nameLabel } from '../core/labels.ts'
import { isNotFinite, NumberText } from '../core/number-text.ts'
import type { Observation, Origin } from '../core/observation.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import { lineBytesOption, PayloadLines } from '../core/payload-lines.ts'
import type { Rejection } from '../core/rejection.ts'
import { timestampUnitOption, TimestampText } from '../core/timestamp-text.ts'
import type { Decoder } from './codec.ts'

/** Options of the decoder of Graphite's plaintext protocol. */
export const graphiteOptions = {
  timestampUnit: timestampUnitOption,
  lineBytesMax: lineBytesOption,
} as const satisfies OptionSpecs

export type GraphiteOptions = OptionsOf<typeof graphiteOptions>

const newline = 10
const space = 32
const minus = 45
const point = 46
const one = 49
/** Tab, line feed, vertical tab, form feed, carriage return. */
const firstBlank = 9
const lastBlank = 13

/** See the head of the file. */
export class GraphiteDecoder implements Decoder {
  readonly #decoded = new Decoded()
  readonly #lines: PayloadLines
  readonly #numbers = new NumberText()
  readonly #times: TimestampText
  readonly #names = new HeldNames(labelsOf)
  /** The path of the last line; it knows which one is expected next. */
  #last: HeldName | undefined

  constructor(options: GraphiteOptions) {
    this.#lines = new PayloadLines(options.lineBytesMax)
    this.#times = new TimestampText(options.timestampUnit)
  }

  decode(bytes: Uint8Array, origin: Origin, observations: Observation[]): readonly Rejection[] {
    const decoded = this.#decoded
    decoded.open(bytes, origin, observations)
    const lines = this.#lines
    lines.open()
    for (;;) {
      const expectedEnd = this.#expected(bytes, lines.next)
      if (expectedEnd >= 0) {
        lines.next = expectedEnd + 1
        continue
      }
      if (!lines.advance(decoded)) return decoded.close()
      const { start, end } = lines
      const at = afterBlanks(bytes, start, end)
      if (at === end) continue
      const fault = this.#line(bytes, at, end)
      if (fault !== undefined) decoded.refuse(fault.reason, fault.detail, start, end)
    }
  }

  recycle(observations: Observation[]): void {
    this.#decoded.recycle(observations)
  }

  /**
   * Takes the line at `start` if its path is spelled as expected and number and whole timestamp
   * follow, each behind one space. Returns where it ends; -1 where something is otherwise, and then
   * nothing was taken. The line's end need not be searched for: no part of it can go beyond.
   */
  #expected(bytes: Uint8Array, start: number): number {
    const limit = bytes.length
    const path = this.#last?.next
    if (path === undefined || !path.spelledAt(this.#decoded.view, start, limit)) return -1
    const pathEnd = start + path.length
    if (pathEnd >= limit || bytes[pathEnd] !== space) return -1
    const value = this.#numbers.read(this.#decoded.view, pathEnd + 1, limit)
    const valueEnd = this.#numbers.end
    if (value - value !== 0 || valueEnd >= limit || bytes[valueEnd] !== space) return -1
    const times = this.#times
    if (!times.readNumber(bytes, valueEnd + 1, limit) || !times.whole || times.ms < 0) return -1
    const { end } = times
    if ((end < limit && bytes[end] !== newline) || end - start > this.#lines.lineBytesMax) return -1
    this.#last = path
    const decoded = this.#decoded
    decoded.timestampMs = times.ms
    decoded.remainderNs = times.remainderNs
    decoded.observe(path.labels, value)
    return end
  }

  /** Reads a line that is not blank; says why it is refused. */
  #line(bytes: Uint8Array, start: number, end: number): NameFault | undefined {
    const path = this.#path(bytes, start, end)
    if (path === undefined) return this.#names.fault
    const valueAt = afterBlanks(bytes, start + path.length, end)
    const value = this.#numbers.read(this.#decoded.view, valueAt, end)
    const valueEnd = this.#numbers.end
    if (value - value !== 0 || (valueEnd < end && !isBlank(bytes[valueEnd]!))) {
      return valueFault(bytes, valueAt, end)
    }
    const timeAt = afterBlanks(bytes, valueEnd, end)
    if (timeAt === end) return malformed('there is no timestamp')
    const times = this.#times
    const known = times.readNumber(bytes, timeAt, end)
    const timeEnd = times.end
    if (!known || (timeEnd < end && !isBlank(bytes[timeEnd]!))) return badTimestamp
    if (afterBlanks(bytes, timeEnd, end) < end) return malformed('there are over three parts')
    const decoded = this.#decoded
    const now = times.ms < 0 && asksForNow(bytes, timeAt, timeEnd)
    decoded.timestampMs = now ? decoded.origin.receivedMs : times.ms
    decoded.remainderNs = now ? 0 : times.remainderNs
    decoded.observe(path.labels, value)
    return undefined
  }

  /** The expected path, or the one that is spelled there. */
  #path(bytes: Uint8Array, start: number, end: number): HeldName | undefined {
    let path = this.#last?.next
    if (
      path === undefined ||
      !path.spelledAt(this.#decoded.view, start, end) ||
      !isBlankAt(bytes, start + path.length, end)
    ) {
      let pathEnd = start
      while (pathEnd < end && !isBlank(bytes[pathEnd]!)) pathEnd++
      path = this.#names.held(bytes, start, pathEnd, undefined)
      if (path === undefined) return undefined
      if (this.#last !== undefined) this.#last.next = path
    }
    this.#last = path
    return path
  }
}

const badTimestamp: NameFault = {
  reason: 'bad_timestamp',
  detail: 'the timestamp is not a number in range',
}

function malformed(detail: string): NameFault {
  return { reason: 'malformed', detail }
}

function isBlank(byte: number): boolean {
  return byte === space || (byte >= firstBlank && byte <= lastBlank)
}

function isBlankAt(bytes: Uint8Array, at: number, end: number): boolean {
  return at < end && isBlank(bytes[at]!)
}

function afterBlanks(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && isBlank(bytes[at]!)) at++
  return at
}

/** True of `-1` and of `-1.0`: such a sample happened when it was received. */
function asksForNow(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[start] !== minus || bytes[start + 1] !== one) return false
  return end === start + 2 || bytes[start + 2] === point
}

/** Why a value that is not a finite number is refused. */
function valueFault(bytes: Uint8Array, start: number, end: number): NameFault {
  if (start === end) return malformed('there is no value')
  let wordEnd = start
  while (wordEnd < end && !isBlank(bytes[wordEnd]!)) wordEnd++
  return isNotFinite(bytes, start, wordEnd)
    ? { reason: 'not_finite', detail: 'the value is not a finite number' }
    : { reason: 'not_numeric', detail: 'the value is not a number' }
}

/** What a path with its tags means. */
function labelsOf(bytes: Uint8Array, start: number, end: number): Labels | NameFault {
  const text = utf8Text(bytes, start, end)
  if (text === undefined) return { reason: 'invalid_utf8', detail: 'the path is not valid UTF-8' }
  if (hasControlCharacter(text)) return malformed('the path has a control character')
  const [path, ...tags] = text.split(';')
  if (path === undefined || path === '') return malformed('there is no path')
  const labels = new Map([[nameLabel, path]])
  for (const tag of tags) {
    const equals = tag.indexOf('=')
    if (equals <= 0 || equals === tag.length - 1) return malformed('a tag is not a key and a value')
    const key = tag.slice(0, equals)
    if (key === nameLabel || key === fieldLabel) return malformed('a tag has a reserved name')
    labels.set(key, tag.slice(equals + 1))
  }
  return Labels.of(labels)
}
