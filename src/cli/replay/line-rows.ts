/**
 * Rows of a file of lines, each read by a decoder: Influx, Carbon, Telegraf JSON.
 *
 * A line is decoded by itself, so that what became of it is known: each sample that it holds is a
 * row; a line that holds none and was refused is a row too. What is refused inside of a line that
 * also holds samples (a text among its fields) is passed over.
 *
 * The timestamp is found once more as text: in the line formats it is the last word.
 */

import { lineEnd, quotedText } from '../../core/byte-text.ts'
import type { Observation, Origin } from '../../core/observation.ts'
import type { Decoder } from '../../codecs/codec.ts'
import { Row } from './row.ts'
import type { RowReader, RowTaker } from './row.ts'

/** Where a timestamp stands in a line; false where there is none. Sets the row's range. */
export type TimeFinder = (bytes: Uint8Array, start: number, end: number, row: Row) => boolean

const carriageReturn = 13
const space = 32
const nine = 57
const zero = 48
const minus = 45
const point = 46

/** Lines have no receive time; this one no clock can show, so a sample at it had no time. */
const noTimeMs = -9e15

/** See the head of the file. */
export class LineRows implements RowReader {
  readonly #decoder: Decoder
  readonly #findTime: TimeFinder
  readonly #row = new Row()
  readonly #observations: Observation[] = []
  readonly #origin: Origin = { partition: 'replay', offset: 0, receivedMs: noTimeMs }

  constructor(decoder: Decoder, findTime: TimeFinder) {
    this.#decoder = decoder
    this.#findTime = findTime
  }

  read(bytes: Uint8Array, atEnd: boolean, take: RowTaker): number {
    let at = 0
    while (at < bytes.length) {
      const end = lineEnd(bytes, at)
      if (end === bytes.length && !atEnd) break
      if (end > at) this.#line(bytes, at, end, take)
      at = Math.min(bytes.length, end + 1)
    }
    return at
  }

  #line(bytes: Uint8Array, start: number, end: number, take: RowTaker): void {
    const row = this.#row
    const observations = this.#observations
    observations.length = 0
    const refused = this.#decoder.decode(bytes.subarray(start, end), this.#origin, observations)
    if (observations.length === 0 && refused.length === 0) return
    row.open(bytes)
    const timed = this.#findTime(bytes, start, end, row)
    const { timeStart, timeEnd } = row
    for (const { labels, timestampMs, remainderNs, value } of observations) {
      row.open(bytes)
      row.labels = labels
      row.value = value
      // A timestamp that stands in the line but was not used means: the time of receipt.
      if (timed && timestampMs !== noTimeMs) {
        row.timeStart = timeStart
        row.timeEnd = timeEnd
      }
      row.timestampMs = timestampMs === noTimeMs ? NaN : timestampMs
      row.remainderNs = remainderNs
      take(row)
    }
    const [first] = refused
    if (observations.length > 0 || first === undefined) return
    const text = quotedText(bytes, start, bytes[end - 1] === carriageReturn ? end - 1 : end)
    row.fault = { reason: first.reason, detail: `${first.detail}: "${text}"` }
    take(row)
  }
}

/** The last word of the line, if it is a number: Influx and Carbon. */
export function lastWordTime(bytes: Uint8Array, start: number, end: number, row: Row): boolean {
  let to = end
  while (to > start && (bytes[to - 1] as number) <= space) to--
  let from = to
  while (from > start && isNumberByte(bytes[from - 1] as number)) from--
  if (from === to || (from > start && bytes[from - 1] !== space && bytes[from - 1] !== 9)) {
    return false
  }
  row.timeStart = from
  row.timeEnd = to
  return true
}

function isNumberByte(byte: number): boolean {
  return (byte >= zero && byte <= nine) || byte === minus || byte === point
}

const timestampKey = Buffer.from('"timestamp"')
const colon = 58

/** The number behind the only `"timestamp"` of the line: a message of Telegraf, not a batch. */
export function onlyTimestamp(bytes: Uint8Array, start: number, end: number, row: Row): boolean {
  const line = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start)
  const key = line.indexOf(timestampKey)
  if (key < 0 || line.indexOf(timestampKey, key + 1) >= 0) return false
  let from = key + timestampKey.length
  while (line[from] === space || line[from] === colon) from++
  let to = from
  while (to < line.length && isNumberByte(line[to] as number)) to++
  row.timeStart = start + from
  row.timeEnd = start + to
  return to > from
}
