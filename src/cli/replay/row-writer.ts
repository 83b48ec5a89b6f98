/**
 * Judged rows as CSV or JSON Lines, one for each row of the input:
 *
 *   [series,]timestamp,value,score,expected,lower,upper,status,alarm
 *
 * Timestamp and value stand as they came in. A refused row has its status and whatever timestamp
 * and number it had; what is unknown is empty in CSV and null in JSON. `alarm` is the state of the
 * series' alarm after the row, empty while it is inactive.
 */

import { quotedText } from '../../core/byte-text.ts'
import type { Verdict } from './judge.ts'
import { DoubleColumn, JudgedColumns } from './output-bytes.ts'
import type { OutputBytes } from './output-bytes.ts'
import type { Row } from './row.ts'

export type OutputFormat = 'csv' | 'jsonl'

const comma = 44
const quote = 34
const newline = 10
const carriageReturn = 13
const columnNames = 'timestamp,value,score,expected,lower,upper,status,alarm'

const decoder = new TextDecoder()

/** Longest timestamp that is copied; a longer text is none. */
const timeBytesMax = 200

/** Writes rows of one kind of output. */
export interface RowWriter {
  /** What comes first. */
  head(output: OutputBytes): void
  row(row: Row, verdict: Verdict, output: OutputBytes): void
}

/** A writer; with a column of series in front where there are several. */
export function rowWriter(format: OutputFormat, seriesColumn: 'with' | 'without'): RowWriter {
  return format === 'csv'
    ? new CsvWriter(seriesColumn === 'with')
    : new JsonWriter(seriesColumn === 'with')
}

/** The columns of numbers in CSV; each keeps its last text. */
class CsvColumns {
  readonly value = new DoubleColumn()
  readonly judged = new JudgedColumns()
}

/** The same in JSON. */
class JsonColumns {
  readonly value = new DoubleColumn()
  readonly score = new DoubleColumn()
  readonly expected = new DoubleColumn()
  readonly lower = new DoubleColumn()
  readonly upper = new DoubleColumn()
}

class CsvWriter implements RowWriter {
  readonly #withSeries: boolean
  readonly #columns = new CsvColumns()

  constructor(withSeries: boolean) {
    this.#withSeries = withSeries
  }

  head(output: OutputBytes): void {
    output.text(`${this.#withSeries ? 'series,' : ''}${columnNames}\n`)
  }

  row(row: Row, verdict: Verdict, output: OutputBytes): void {
    const columns = this.#columns
    if (this.#withSeries) {
      csvText(verdict.seriesText, output)
      output.byte(comma)
    }
    output.reserve(row.valueEnd - row.valueStart)
    timeField(row, verdict, output)
    output.byte(comma)
    if (row.valueEnd > row.valueStart) output.range(row.bytes, row.valueStart, row.valueEnd)
    else csvNumber(row.value, columns.value, output)
    output.byte(comma)
    columns.judged.write(verdict, output)
    output.byte(comma)
    output.ascii(verdict.status)
    output.byte(comma)
    if (verdict.alarmState !== 'inactive') output.ascii(verdict.alarmState)
    output.byte(newline)
  }
}

/** A number, or nothing where it is not known. */
function csvNumber(value: number, column: DoubleColumn, output: OutputBytes): void {
  if (value - value === 0) column.write(value, output)
}

/** The timestamp as it came in; made of the time where the row had none of its own. */
function timeField(row: Row, verdict: Verdict, output: OutputBytes): void {
  const { bytes, timeStart, timeEnd } = row
  const length = Math.min(timeEnd - timeStart, timeBytesMax)
  if (length === 0) {
    if (!Number.isNaN(verdict.timestampMs)) output.text(timeText(row, verdict))
    return
  }
  output.reserve(length)
  let plain = true
  for (let i = timeStart; i < timeStart + length; i++) {
    const byte = bytes[i] as number
    if (byte === comma || byte === quote || byte === carriageReturn || byte === newline)
      plain = false
  }
  if (plain) output.range(bytes, timeStart, timeStart + length)
  else csvText(decoder.decode(bytes.subarray(timeStart, timeStart + length)), output)
}

/** Seconds where the row was only counted, else a date of RFC 3339. */
function timeText(row: Row, verdict: Verdict): string {
  if (Number.isNaN(row.timestampMs)) return String(verdict.timestampMs / 1000)
  return new Date(row.timestampMs).toISOString()
}

/** A text in quotes where it needs them, RFC 4180. */
function csvText(text: string, output: OutputBytes): void {
  output.text(/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
}

class JsonWriter implements RowWriter {
  readonly #withSeries: boolean
  readonly #columns = new JsonColumns()

  constructor(withSeries: boolean) {
    this.#withSeries = withSeries
  }

  head(): void {
    // Every line has its names.
  }

  row(row: Row, verdict: Verdict, output: OutputBytes): void {
    output.reserve(rowNamesBytes)
    output.ascii('{')
    if (this.#withSeries) {
      output.text(`"series":${JSON.stringify(verdict.seriesText || null)},`)
    }
    output.text(`"timestamp":${jsonTime(row, verdict)},`)
    output.reserve(rowNamesBytes)
    output.ascii('"value":')
    const columns = this.#columns
    jsonNumber(row.value, columns.value, output)
    output.ascii(',"score":')
    jsonNumber(verdict.score, columns.score, output)
    output.ascii(',"expected":')
    jsonNumber(verdict.expected, columns.expected, output)
    output.ascii(',"lower":')
    jsonNumber(verdict.lower, columns.lower, output)
    output.ascii(',"upper":')
    jsonNumber(verdict.upper, columns.upper, output)
    output.ascii(`,"status":"${verdict.status}","alarm":`)
    output.ascii(verdict.alarmState === 'inactive' ? 'null' : `"${verdict.alarmState}"`)
    output.ascii('}\n')
  }
}

/** The names, quotes and words of a row. */
const rowNamesBytes = 256

function jsonNumber(value: number, column: DoubleColumn, output: OutputBytes): void {
  if (value - value === 0) column.write(value, output)
  else output.ascii('null')
}

/** A number stays a number, all else is a text. */
function jsonTime(row: Row, verdict: Verdict): string {
  const { bytes, timeStart, timeEnd } = row
  if (timeStart === timeEnd) {
    if (Number.isNaN(verdict.timestampMs)) return 'null'
    const text = timeText(row, verdict)
    return Number.isNaN(row.timestampMs) ? text : JSON.stringify(text)
  }
  const text = quotedText(bytes, timeStart, timeEnd)
  return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text) ? text : JSON.stringify(text)
}
