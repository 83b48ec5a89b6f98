/**
 * Rows of a CSV file, by the layout that its head shows.
 *
 * Works on the bytes: a row of timestamp and value allocates nothing. A layout with several value
 * columns makes one row of each.
 */

import { quotedText } from '../../core/byte-text.ts'
import { HeldNames } from '../../core/held-names.ts'
import type { HeldName, NameFault } from '../../core/held-names.ts'
import { fieldLabel, Labels, nameLabel } from '../../core/labels.ts'
import { isNotFinite, NumberText } from '../../core/number-text.ts'
import { TimestampText } from '../../core/timestamp-text.ts'
import { CsvFields } from './csv-fields.ts'
import type { CsvLayout } from './csv-layout.ts'
import { Row } from './row.ts'
import type { RowFault, RowReader, RowSource, RowTaker } from './row.ts'

const decoder = new TextDecoder()

/** See the head of the file. */
export class CsvRows implements RowReader {
  readonly #layout: CsvLayout
  /** Labels of each value column where no column of the row tells the series. */
  readonly #ownLabels: readonly Labels[]
  readonly #fields: CsvFields
  readonly #row = new Row()
  readonly #numbers = new NumberText()
  readonly #times = new TimestampText('auto')
  readonly #names: HeldNames
  readonly #columnsNeeded: number
  /** The bytes that are read at present, for the reader of numbers. */
  #view: DataView = new DataView(new ArrayBuffer(0))
  #headerSeen: boolean

  constructor(layout: CsvLayout, source: RowSource) {
    this.#layout = layout
    this.#fields = new CsvFields(layout.delimiter)
    this.#headerSeen = !layout.hasHeader
    this.#ownLabels = layout.values.map(({ name }) => {
      if (!layout.wide) return Labels.named(source.name)
      return source.alone ? Labels.named(name) : Labels.named(source.name, [[fieldLabel, name]])
    })
    this.#names = new HeldNames((bytes, start, end, parent) =>
      this.#read(bytes, start, end, parent),
    )
    const columns = [layout.timeColumn, ...layout.values.map(({ column }) => column)]
    this.#columnsNeeded = 1 + Math.max(...columns, ...layout.series.map(({ column }) => column))
  }

  read(bytes: Uint8Array, atEnd: boolean, take: RowTaker): number {
    const fields = this.#fields
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    let at = 0
    while (at < bytes.length) {
      const next = fields.split(bytes, at, atEnd)
      if (next < 0) break
      const start = at
      at = next
      if (fields.count === 1 && fields.starts[0] === fields.ends[0]) continue
      if (this.#headerSeen) this.#take(bytes, start, take)
      else this.#headerSeen = true
    }
    return at
  }

  #take(bytes: Uint8Array, start: number, take: RowTaker): void {
    const { timeColumn, values, series } = this.#layout
    const row = this.#row
    const fields = this.#fields
    for (let i = 0; i < values.length; i++) {
      row.open(bytes)
      row.labels = series.length === 0 ? this.#ownLabels[i] : undefined
      if (fields.count < this.#columnsNeeded) {
        row.fault = this.#tooFew(bytes, start)
        take(row)
        return
      }
      if (timeColumn >= 0) this.#time(bytes, timeColumn)
      this.#value(bytes, values[i]?.column ?? 0)
      if (series.length > 0) this.#series(bytes, i)
      take(row)
    }
  }

  #tooFew(bytes: Uint8Array, start: number): RowFault {
    const text = quotedText(bytes, start, this.#fields.rowEnd)
    const { count } = this.#fields
    const columns = count === 1 ? '1 column' : `${count} columns`
    const detail = `${columns}, not the ${this.#columnsNeeded} that are needed: "${text}"`
    return { reason: 'malformed', detail }
  }

  #time(bytes: Uint8Array, column: number): void {
    const row = this.#row
    const times = this.#times
    const start = this.#fields.starts[column] as number
    const end = this.#fields.ends[column] as number
    row.timeStart = start
    row.timeEnd = end
    if (times.read(bytes, start, end) && times.end === end) {
      row.timestampMs = times.ms
      row.remainderNs = times.remainderNs
      return
    }
    const text = quotedText(bytes, start, end)
    row.fault = { reason: 'bad_timestamp', detail: `timestamp is not a time: "${text}"` }
  }

  #value(bytes: Uint8Array, column: number): void {
    const row = this.#row
    const numbers = this.#numbers
    const start = this.#fields.starts[column] as number
    const end = this.#fields.ends[column] as number
    const value = numbers.read(this.#view, start, end)
    if (value - value === 0 && numbers.end === end) {
      row.value = value
      row.valueStart = start
      row.valueEnd = end
    } else row.fault ??= valueFault(bytes, start, end)
  }

  /** The series from its columns: the first is held, each further one below the one before. */
  #series(bytes: Uint8Array, valueIndex: number): void {
    const { series, values, wide } = this.#layout
    let name: HeldName | undefined
    for (const { column } of series) {
      const start = this.#fields.starts[column] as number
      name = this.#names.held(bytes, start, this.#fields.ends[column] as number, name)
      if (name === undefined) {
        this.#row.fault ??= this.#names.fault
        return
      }
    }
    const labels = name?.labels
    const column = values[valueIndex]?.name ?? ''
    this.#row.labels = wide ? labels?.with([[fieldLabel, column]]) : labels
  }

  /** Labels of a field's text, below those of the fields before it. */
  #read(
    bytes: Uint8Array,
    start: number,
    end: number,
    parent: HeldName | undefined,
  ): Labels | NameFault {
    const text = decoder.decode(bytes.subarray(start, end)).replaceAll('""', '"')
    if (text === '') return { reason: 'malformed', detail: 'the series has no name' }
    let depth = 0
    for (let above = parent; above !== undefined; above = above.parent) depth++
    const label = this.#layout.series[depth]?.label ?? nameLabel
    return (parent?.labels ?? Labels.of([])).with([[label, text]])
  }
}

function valueFault(bytes: Uint8Array, start: number, end: number): RowFault {
  if (start === end) return { reason: 'not_numeric', detail: 'there is no value' }
  const text = quotedText(bytes, start, end)
  if (isNotFinite(bytes, start, end)) {
    return { reason: 'not_finite', detail: `value is not finite: "${text}"` }
  }
  return { reason: 'not_numeric', detail: `value is not a number: "${text}"` }
}
