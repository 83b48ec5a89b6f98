/**
 * Rows of JSON Lines: one flat object a line, whose keys mean what columns of those names mean.
 *
 *   {"timestamp": "2024-01-01T00:00:00Z", "value": 20.5}
 *   {"response_time": 201.3, "timestamp": 17}                      the series response_time
 *   {"series": "cpu", "ts": 1704067200, "value": 3, "label": 0}    the series cpu
 *
 * Which keys are what is found once for each set of keys. Numbers in quotes are numbers. The
 * timestamp is found again in the bytes, since nanoseconds do not fit into a double.
 */

import { lineEnd, quotedText } from '../../core/byte-text.ts'
import { fieldLabel, Labels, nameLabel } from '../../core/labels.ts'
import { TimestampText } from '../../core/timestamp-text.ts'
import type { ColumnChoice } from './csv-layout.ts'
import { isRemark, isSeriesName, seriesColumns, timeColumn, valueColumn } from './columns.ts'
import { Row } from './row.ts'
import type { RowFault, RowReader, RowSource, RowTaker } from './row.ts'

/** What the keys of an object mean. */
interface KeyRoles {
  readonly time: string | undefined
  /** The key of the time as it stands in the line, quotes included. */
  readonly timeBytes: Buffer
  readonly values: readonly string[]
  readonly series: readonly string[]
  readonly wide: boolean
}

/** Sets of keys and series that are remembered; more are worked out again. */
const rememberedMax = 100_000

const quote = 34
const colon = 58
const comma = 44
const closingBrace = 125
const space = 32

const decoder = new TextDecoder()

/** See the head of the file. */
export class JsonRows implements RowReader {
  readonly #choice: ColumnChoice
  readonly #source: RowSource
  readonly #row = new Row()
  readonly #times = new TimestampText('auto')
  readonly #roles = new Map<string, KeyRoles>()
  readonly #labels = new Map<string, Labels>()

  constructor(choice: ColumnChoice, source: RowSource) {
    this.#choice = choice
    this.#source = source
  }

  read(bytes: Uint8Array, atEnd: boolean, take: RowTaker): number {
    let at = 0
    while (at < bytes.length) {
      const end = lineEnd(bytes, at)
      if (end === bytes.length && !atEnd) break
      this.#line(bytes, at, end, take)
      at = Math.min(bytes.length, end + 1)
    }
    return at
  }

  #line(bytes: Uint8Array, start: number, end: number, take: RowTaker): void {
    const text = decoder.decode(bytes.subarray(start, end))
    if (text.trim() === '') return
    const row = this.#row
    const fields = parsedObject(text)
    if (fields === undefined) {
      row.open(bytes)
      row.fault = lineFault('the line is not a JSON object', bytes, start, end)
      take(row)
      return
    }
    const roles = this.#rolesOf(fields)
    const line = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start)
    const time = roles.time === undefined ? noRange : timeRange(line, roles, fields[roles.time])
    for (const key of roles.values.length > 0 ? roles.values : [undefined]) {
      row.open(bytes)
      row.timeStart = start + time.start
      row.timeEnd = start + time.end
      this.#time(fields, roles, end)
      if (key === undefined) row.fault ??= lineFault('there is no number', bytes, start, end)
      else {
        this.#value(fields[key])
        row.labels = this.#labelsOf(fields, roles, key)
      }
      take(row)
    }
  }

  #rolesOf(fields: Readonly<Record<string, unknown>>): KeyRoles {
    const keys = Object.keys(fields)
    const id = keys.map((key) => key + (isNumeric(fields[key]) ? '\n1' : '\n0')).join('\n')
    const known = this.#roles.get(id)
    if (known !== undefined) return known
    if (this.#roles.size >= rememberedMax) this.#roles.clear()
    const made = keyRoles(fields, keys, this.#choice)
    this.#roles.set(id, made)
    return made
  }

  /** Reads the timestamp where it stands in the line. */
  #time(fields: Readonly<Record<string, unknown>>, roles: KeyRoles, end: number): void {
    if (roles.time === undefined || !(roles.time in fields)) return
    const row = this.#row
    const times = this.#times
    const { bytes, timeStart, timeEnd } = row
    if (times.read(bytes, timeStart, timeEnd) && times.end === timeEnd && timeEnd <= end) {
      row.timestampMs = times.ms
      row.remainderNs = times.remainderNs
      return
    }
    const text = quotedText(bytes, timeStart, timeEnd)
    row.fault = { reason: 'bad_timestamp', detail: `timestamp is not a time: "${text}"` }
  }

  #value(field: unknown): void {
    const row = this.#row
    const number = isNumeric(field) ? Number(field) : NaN
    if (Number.isFinite(number)) row.value = number
    else row.fault ??= valueFault(field)
  }

  #labelsOf(fields: Readonly<Record<string, unknown>>, roles: KeyRoles, valueKey: string): Labels {
    const { series, wide } = roles
    const id = JSON.stringify([wide ? valueKey : '', ...series.map((key) => fields[key])])
    const known = this.#labels.get(id)
    if (known !== undefined) return known
    const pairs = series.map((key): [string, string] => [
      series.length === 1 || isSeriesName(key) ? nameLabel : key,
      String(fields[key]),
    ])
    if (series.length > 0 && wide) pairs.push([fieldLabel, valueKey])
    const made = series.length > 0 ? Labels.of(pairs) : this.#ownLabels(wide, valueKey)
    if (this.#labels.size >= rememberedMax) this.#labels.clear()
    this.#labels.set(id, made)
    return made
  }

  /** Labels where no key tells the series. */
  #ownLabels(wide: boolean, valueKey: string): Labels {
    const { name, alone } = this.#source
    if (!wide) return Labels.named(name)
    return alone ? Labels.named(valueKey) : Labels.named(name, [[fieldLabel, valueKey]])
  }
}

/** Where some text stands in a line. */
interface Range {
  readonly start: number
  readonly end: number
}

const noRange: Range = { start: 0, end: 0 }

/** Where the timestamp stands: behind its key, with the value that the parser found. */
function timeRange(line: Buffer, roles: KeyRoles, value: unknown): Range {
  const { timeBytes } = roles
  for (let key = line.indexOf(timeBytes); key >= 0; key = line.indexOf(timeBytes, key + 1)) {
    let at = key + timeBytes.length
    while (at < line.length && ((line[at] as number) <= space || line[at] === colon)) at++
    const quoted = line[at] === quote
    const start = quoted ? ++at : at
    while (at < line.length && !endsToken(line[at] as number, quoted)) at++
    const text = line.toString('utf8', start, at)
    if (quoted ? text === value : Number(text) === value) return { start, end: at }
  }
  return noRange
}

function keyRoles(
  fields: Readonly<Record<string, unknown>>,
  keys: readonly string[],
  choice: ColumnChoice,
): KeyRoles {
  const time = choice.time ?? timeColumn(keys)
  const usual = seriesColumns(keys).filter((key) => typeof fields[key] === 'string')
  const series = choice.series.length > 0 ? choice.series : usual
  const named = valueColumn(keys)
  const own = (key: string): boolean =>
    key !== time && !series.includes(key) && !isRemark(key) && isNumeric(fields[key])
  const usualValues = named === undefined ? keys.filter(own) : [named]
  const values = choice.value.length > 0 ? choice.value : usualValues
  return {
    time,
    timeBytes: Buffer.from(JSON.stringify(time ?? '')),
    values,
    series,
    wide: choice.value.length > 1 || (choice.value.length === 0 && named === undefined),
  }
}

/** A number, or a text that is one. */
function isNumeric(field: unknown): boolean {
  if (typeof field === 'number') return true
  return typeof field === 'string' && field.trim() !== '' && !Number.isNaN(Number(field))
}

function parsedObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    return value as Record<string, unknown>
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function endsToken(byte: number, quoted: boolean): boolean {
  if (quoted) return byte === quote
  return byte === comma || byte === closingBrace || byte <= space
}

function lineFault(why: string, bytes: Uint8Array, start: number, end: number): RowFault {
  return { reason: 'malformed', detail: `${why}: "${quotedText(bytes, start, end)}"` }
}

function valueFault(field: unknown): RowFault {
  if (field === undefined || field === null) {
    return { reason: 'not_numeric', detail: 'there is no value' }
  }
  const text = JSON.stringify(field).slice(0, 80)
  const infinite = typeof field === 'number' || /^"[+-]?(nan|inf|infinity)"$/i.test(text)
  if (infinite) return { reason: 'not_finite', detail: `value is not finite: ${text}` }
  return { reason: 'not_numeric', detail: `value is not a number: ${text}` }
}
