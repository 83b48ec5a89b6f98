/**
 * Which column of a CSV file is what, from its first rows.
 *
 * The first row is a header if none of its fields is a number or a date. Then the names decide
 * (columns.ts), and where they say nothing, what the first row of data looks like. Without a header
 * the first field that is a number or a date is the timestamp and the next number the value; a text
 * in front of them is the series; what comes after them is passed over.
 */

import { withoutControlCharacters } from '../../core/byte-text.ts'
import { NumberText } from '../../core/number-text.ts'
import { TimestampText } from '../../core/timestamp-text.ts'
import { usageError } from '../arguments.ts'
import { isRemark, isSeriesName, seriesColumns, timeColumn, valueColumn } from './columns.ts'
import { CsvFields } from './csv-fields.ts'

/** What was chosen on the command line; names, or numbers from 1 on. */
export interface ColumnChoice {
  readonly time: string | undefined
  readonly value: readonly string[]
  readonly series: readonly string[]
}

/** See the head of the file. Columns are counted from 0. */
export interface CsvLayout {
  /** A byte. */
  readonly delimiter: number
  readonly hasHeader: boolean
  /** -1 where rows have no timestamp. */
  readonly timeColumn: number
  readonly values: readonly { readonly column: number; readonly name: string }[]
  /** Columns that identify the series; the one called `label` undefined is its name. */
  readonly series: readonly { readonly column: number; readonly label: string | undefined }[]
  /** True where the value columns are series of their own, named by their columns. */
  readonly wide: boolean
}

const comma = 44
const delimiters = [comma, 59, 9, 124]

const numbers = new NumberText()
const times = new TimestampText('auto')

/** The layout that the head of a file shows. Throws ERR_CLI_USAGE where a chosen column is not. */
export function csvLayout(head: Uint8Array, choice: ColumnChoice): CsvLayout {
  const delimiter = likelyDelimiter(head)
  const [first = [], second] = firstRows(head, delimiter, 2)
  const chosen = choice.time !== undefined || choice.value.length > 0 || choice.series.length > 0
  if (first.length === 0) return emptyLayout
  const hasHeader = timeColumn(first) !== undefined || !first.some((field) => isTime(field))
  if (hasHeader) {
    const parts = { names: first, sample: second ?? [], choice }
    return { delimiter, hasHeader, ...namedColumns(parts) }
  }
  if (!chosen) return { delimiter, hasHeader, ...unnamedColumns(first) }
  const names = first.map((_, index) => String(index + 1))
  return { delimiter, hasHeader, ...namedColumns({ names, sample: first, choice }) }
}

/** Of an input without a row. */
const emptyLayout: CsvLayout = {
  delimiter: comma,
  hasHeader: false,
  timeColumn: 0,
  values: [{ column: 1, name: 'value' }],
  series: [],
  wide: false,
}

type Columns = Omit<CsvLayout, 'delimiter' | 'hasHeader'>

/** The delimiter that splits the first row most often; a comma where none does. */
function likelyDelimiter(head: Uint8Array): number {
  let best = comma
  let most = 1
  for (const delimiter of delimiters) {
    const fields = new CsvFields(delimiter)
    fields.split(head, 0, true)
    if (fields.count > most) {
      most = fields.count
      best = delimiter
    }
  }
  return best
}

/** The first rows that are not empty, as texts. */
function firstRows(head: Uint8Array, delimiter: number, rows: number): string[][] {
  const fields = new CsvFields(delimiter)
  const found: string[][] = []
  for (let at = 0; at >= 0 && at < head.length && found.length < rows;) {
    at = fields.split(head, at, true)
    const texts = fields.texts(head)
    if (texts.some((text) => text !== '')) found.push(texts)
  }
  return found
}

function namedColumns(parts: {
  names: readonly string[]
  sample: readonly string[]
  choice: ColumnChoice
}): Columns {
  const { names, sample, choice } = parts
  const series =
    choice.series.length > 0 ? choice.series.map((name) => found(names, name)) : chosenSeries(names)
  const time = timeIn(names, sample, choice.time)
  const taken = new Set([time, ...series])
  const named = valueColumn(names)
  const values =
    choice.value.length > 0
      ? choice.value.map((name) => found(names, name))
      : named !== undefined
        ? [names.indexOf(named)]
        : names.flatMap((name, i) => (isValue(name, sample[i]) && !taken.has(i) ? [i] : []))
  if (values.length === 0) {
    throw usageError(`no column of values among ${listed(names)}; name it with --value`)
  }
  const wide = choice.value.length > 1 || (choice.value.length === 0 && named === undefined)
  return {
    timeColumn: time,
    values: values.map((column) => ({ column, name: names[column] as string })),
    series: series.map((column) => {
      const name = names[column] as string
      return { column, label: series.length === 1 || isSeriesName(name) ? undefined : name }
    }),
    wide,
  }
}

function chosenSeries(names: readonly string[]): number[] {
  return seriesColumns(names).map((name) => names.indexOf(name))
}

/** The column of times: as chosen, by name, or the first that looks like one beside a value. */
function timeIn(
  names: readonly string[],
  sample: readonly string[],
  chosen: string | undefined,
): number {
  if (chosen !== undefined) return found(names, chosen)
  const named = timeColumn(names)
  if (named !== undefined) return names.indexOf(named)
  const dated = sample.findIndex((field) => isDate(field))
  if (dated >= 0) return dated
  return names.length > 1 && valueColumn(names) !== names[0] && isTime(sample[0] ?? '') ? 0 : -1
}

/** A column that can be a series of its own. Without a row of data everything can. */
function isValue(name: string, field: string | undefined): boolean {
  return !isRemark(name) && (field === undefined || isNumber(field))
}

function unnamedColumns(row: readonly string[]): Columns {
  const first = row.findIndex((field) => isTime(field))
  const second = row.findIndex((field, i) => i > first && isNumber(field))
  // A file of numbers alone has no timestamps.
  const valueOnly = second < 0 && !isDate(row[first] ?? '')
  const series = first > 0 ? [{ column: 0, label: undefined }] : []
  const column = valueOnly ? Math.max(0, first) : Math.max(second, first + 1)
  return {
    timeColumn: valueOnly ? -1 : first,
    values: [{ column, name: 'value' }],
    series,
    wide: false,
  }
}

/** The column of a chosen name or number. */
function found(names: readonly string[], wanted: string): number {
  const exact = names.indexOf(wanted)
  if (exact >= 0) return exact
  const folded = names.findIndex((name) => name.toLowerCase() === wanted.toLowerCase())
  if (folded >= 0) return folded
  const number = /^\d+$/.test(wanted) ? Number(wanted) - 1 : -1
  if (number >= 0 && number < names.length) return number
  throw usageError(`no column "${wanted}"; there are ${listed(names)}`)
}

/** Longest list of names in a message: a file that is no table has any. */
const listedLength = 200

/** Names for people, whatever they hold. */
function listed(names: readonly string[]): string {
  const text = withoutControlCharacters(names.join(', '))
  return text.length > listedLength ? text.slice(0, listedLength) + '…' : text
}

function isNumber(field: string): boolean {
  const bytes = new TextEncoder().encode(field)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const value = numbers.read(view, 0, bytes.length)
  return !Number.isNaN(value) && numbers.end === bytes.length
}

/** A number or a date. */
function isTime(field: string): boolean {
  const bytes = new TextEncoder().encode(field)
  if (isNumber(field)) return true
  return times.read(bytes, 0, bytes.length) && times.end === bytes.length
}

/** A date, and no number. */
function isDate(field: string): boolean {
  return isTime(field) && !isNumber(field)
}
