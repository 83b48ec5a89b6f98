/**
 * CSV with a time and one or several values in each row, to observations.
 *
 *   timestamp,value,label            2014-04-01 00:00:00,20.0,0        a header; the label is
 *                                                                      passed over
 *   1467302400,0.84,0                no header: time, value, whatever else
 *   timestamp,series,value           several series in one file
 *   epoch,cpu,mem                    several values a row, one series each
 *
 * Times are dates or numbers (timestamp-text.ts); a date without a zone is UTC. Which column is
 * what is said in csv/layout.ts.
 *
 * Labels: `__name__` is the cell of the series column, else the option `name`, else the name of the
 * value column. Where one name has several value columns, `__field__` is the column. Columns that
 * are named as labels are labels.
 *
 * A header is the first line of a partition if none of its cells is a number or a date, and a later
 * line of that kind if it names a time column (files one behind the other). So this decoder has one
 * state that the others have not: the layout of each partition. What is forgotten of more than
 * `partitionsMax` partitions is found again at the next header, or taken as without one.
 *
 * Source: RFC 4180; csv/cells.ts says what differs.
 * Cost: see bench/speed/codecs.ts.
 */

import { afterByteOrderMark, hasControlCharacter, utf8Text } from '../core/byte-text.ts'
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
import { CsvCells } from './csv/cells.ts'
import { columnsMax, layoutOf, layoutWithValues, namelessLayout } from './csv/layout.ts'
import { timestampIndexOf } from './csv/layout.ts'
import type { CsvLayout } from './csv/layout.ts'

/** Options of the decoder of CSV. */
export const csvOptions = {
  header: {
    kind: 'choice',
    words: ['auto', 'present', 'absent'],
    default: 'auto',
    about:
      'Whether the first line names the columns. `auto`: it does if none of its cells is a ' +
      'number or a date.',
  },
  columns: {
    kind: 'text-list',
    default: [],
    about: 'Names of the columns, in order, for files without a header.',
  },
  timestampColumn: {
    kind: 'text',
    default: '',
    about: 'The column of times. Empty: the one called timestamp, time, date, …, else the first.',
  },
  valueColumns: {
    kind: 'text-list',
    default: [],
    about:
      'The columns of values. Empty: the one called value; else all that have a number in the ' +
      'first row, but for labels of truth; without names the second.',
  },
  seriesColumn: {
    kind: 'text',
    default: '',
    about: 'The column that names the series of each row. Empty: the one called series, if any.',
  },
  labelColumns: {
    kind: 'text-list',
    default: [],
    about: 'Columns that become labels of the series.',
  },
  name: {
    kind: 'text',
    default: '',
    about: 'Name of the series where no column says it. Empty: the name of the value column.',
  },
  delimiter: {
    kind: 'choice',
    words: ['comma', 'semicolon', 'tab', 'pipe'],
    default: 'comma',
    about: 'What stands between two cells.',
  },
  timestampUnit: timestampUnitOption,
  lineBytesMax: lineBytesOption,
} as const satisfies OptionSpecs

export type CsvOptions = OptionsOf<typeof csvOptions>

const delimiters = { comma: 44, semicolon: 59, tab: 9, pipe: 124 } as const

/** Layouts are remembered for this many partitions. */
const partitionsMax = 1024

/** Stands between two cells that name a series together; no cell can hold it. */
const newline = 10

/** A layout, and the held name that all names of its series hang below. */
interface Table {
  readonly layout: CsvLayout
  readonly root: HeldName
}

/** See the head of the file. */
export class CsvDecoder implements Decoder {
  readonly #options: CsvOptions
  readonly #decoded = new Decoded()
  readonly #lines: PayloadLines
  readonly #cells: CsvCells
  readonly #numbers = new NumberText()
  readonly #times: TimestampText
  readonly #names = new HeldNames((bytes, start, end, parent) => {
    return parent === undefined ? Labels.of([]) : this.#labelsOf(bytes, start, end, parent)
  })
  /** By partition. */
  readonly #tables = new Map<string, Table>()
  /** The name of the last row; it knows which one is expected next. */
  #last: HeldName | undefined
  /** The table of the row that is being read. */
  #table: Table | undefined
  #spelling = new Uint8Array(256)

  constructor(options: CsvOptions) {
    this.#options = options
    this.#lines = new PayloadLines(options.lineBytesMax)
    this.#cells = new CsvCells(delimiters[options.delimiter])
    this.#times = new TimestampText(options.timestampUnit)
  }

  decode(bytes: Uint8Array, origin: Origin, observations: Observation[]): readonly Rejection[] {
    const decoded = this.#decoded
    decoded.open(bytes, origin, observations)
    this.#table = this.#tables.get(origin.partition)
    this.#lines.open(afterByteOrderMark(bytes))
    while (this.#lines.advance(decoded)) {
      const { start, end } = this.#lines
      const refused = decoded.refused
      const fault = this.#row(bytes, start, end)
      if (fault === undefined) continue
      decoded.takeBack(refused)
      decoded.refuse(fault.reason, fault.detail, start, end)
    }
    this.#remember(origin.partition)
    return decoded.close()
  }

  recycle(observations: Observation[]): void {
    this.#decoded.recycle(observations)
  }

  #remember(partition: string): void {
    const table = this.#table
    if (table === undefined || this.#tables.get(partition) === table) return
    if (this.#tables.size >= partitionsMax) this.#tables.clear()
    this.#tables.set(partition, table)
  }

  /** A header or a row of data; says why it is refused. */
  #row(bytes: Uint8Array, start: number, end: number): NameFault | undefined {
    if (this.#table !== undefined) return this.#data(bytes, start, end)
    const { header, columns } = this.#options
    if (!this.#cells.read(bytes, start, end, columnsMax)) return badQuotes
    const isHeader = columns.length === 0 && (header === 'present' || this.#isText(bytes))
    if (isHeader && header !== 'absent') return this.#begin(this.#texts(bytes))
    const fault = this.#begin(columns)
    if (fault !== undefined) return fault
    return this.#data(bytes, start, end)
  }

  /** True where some cells hold texts and none a number or a date, as in a header. */
  #isText(bytes: Uint8Array): boolean {
    const { starts, ends, count } = this.#cells
    let texts = 0
    for (let i = 0; i < count; i++) {
      const start = starts[i] as number
      const end = ends[i] as number
      if (this.#isNumber(start, end)) return false
      if (this.#times.read(bytes, start, end) && this.#times.end === end) return false
      if (end > start) texts++
    }
    return texts > 0
  }

  #isNumber(start: number, end: number): boolean {
    const value = this.#numbers.read(this.#decoded.view, start, end)
    return value === value && this.#numbers.end === end
  }

  /** The cells as names of columns; a comment sign in front of the first is not part of it. */
  #texts(bytes: Uint8Array): (string | undefined)[] {
    const texts = Array.from({ length: this.#cells.count }, (_, i) => this.#cells.text(bytes, i))
    return texts.map((text, i) => (i === 0 ? text?.replace(/^#\s*/, '') : text))
  }

  /** Takes a layout from names of columns; without any, the layout of files without a header. */
  #begin(texts: readonly (string | undefined)[]): NameFault | undefined {
    const names = texts.filter((text) => text !== undefined)
    if (names.length < texts.length) {
      return { reason: 'invalid_utf8', detail: 'the header is not valid UTF-8' }
    }
    if (names.some(hasControlCharacter)) return malformed('the header has a control character')
    const isNameless = names.length === 0 && this.#namesNothing()
    const layout = isNameless ? namelessLayout : layoutOf(names, this.#options)
    if (typeof layout === 'string') return malformed(layout)
    this.#use(layout)
    return undefined
  }

  /** Makes a layout that of the partition. Equal layouts share the names of their series. */
  #use(layout: CsvLayout): Table {
    const indexes = layout.values?.map(({ index }) => index) ?? []
    const spelling = new TextEncoder().encode([indexes.join(), ...layout.names].join('\n'))
    const root = this.#names.held(spelling, 0, spelling.length, undefined) as HeldName
    this.#table = { layout, root }
    return this.#table
  }

  /** True where no option asks for a column by its name. */
  #namesNothing(): boolean {
    const { timestampColumn, seriesColumn, valueColumns, labelColumns } = this.#options
    return timestampColumn + seriesColumn === '' && valueColumns.length + labelColumns.length === 0
  }

  #data(bytes: Uint8Array, start: number, end: number): NameFault | undefined {
    let table = this.#table as Table
    const cells = this.#cells
    if (!cells.read(bytes, start, end, table.layout.cellCount)) return badQuotes
    if (table.layout.values === undefined) table = this.#withValues(bytes, table)
    const { layout, root } = table
    const { values } = layout
    if (values === undefined) {
      return this.#isAnotherHeader(bytes, start, end)
        ? undefined
        : malformed('no column is numeric')
    }
    if (cells.count < layout.cellCount) return malformed('the row has too few columns')
    const times = this.#times
    const timeAt = cells.starts[layout.timestampIndex]!
    const timeEnd = cells.ends[layout.timestampIndex]!
    if (!times.read(bytes, timeAt, timeEnd) || times.end !== timeEnd) {
      return this.#isAnotherHeader(bytes, start, end) ? undefined : badTimestamp
    }
    this.#decoded.timestampMs = times.ms
    this.#decoded.remainderNs = times.remainderNs
    const name = layout.labels.length === 0 ? root : this.#name(bytes, table)
    if (name === undefined) return this.#names.fault
    let previous: HeldName | undefined
    for (const { index, spelling } of values) {
      let column: HeldName | undefined = previous === undefined ? name.first : previous.next
      if (!column?.isSpelled(spelling, 0, spelling.length)) {
        column = this.#names.held(spelling, 0, spelling.length, name) as HeldName
        if (previous === undefined) name.first = column
        else previous.next = column
      }
      previous = column
      this.#value(bytes, index, column.labels)
    }
    return undefined
  }

  /** One cell of a value. */
  #value(bytes: Uint8Array, index: number, labels: Labels): void {
    const start = this.#cells.starts[index]!
    const end = this.#cells.ends[index]!
    const value = this.#numbers.read(this.#decoded.view, start, end)
    if (value - value === 0 && this.#numbers.end === end) this.#decoded.observe(labels, value)
    else this.#refuseValue(bytes, start, end)
  }

  #refuseValue(bytes: Uint8Array, start: number, end: number): void {
    const line = this.#lines
    if (isNotFinite(bytes, start, end)) {
      this.#decoded.refuse('not_finite', 'a value is not a finite number', line.start, line.end)
    } else {
      const detail = start === end ? 'a value is missing' : 'a value is not a number'
      this.#decoded.refuse('not_numeric', detail, line.start, line.end)
    }
  }

  /** Finds in its first row which columns are the values; cells without one may be. */
  #withValues(bytes: Uint8Array, table: Table): Table {
    const { starts, ends, count } = this.#cells
    const layout = layoutWithValues(table.layout, (index) => {
      if (index >= count) return false
      const start = starts[index] as number
      const end = ends[index] as number
      return start === end || this.#isNumber(start, end) || isNotFinite(bytes, start, end)
    })
    return this.#use(layout)
  }

  /**
   * Takes a line as a new header if it names its time column. Where the columns are given by an
   * option, a header that says the same is passed over.
   */
  #isAnotherHeader(bytes: Uint8Array, start: number, end: number): boolean {
    const { header, columns } = this.#options
    if (header === 'absent' || !this.#cells.read(bytes, start, end, columnsMax)) return false
    if (!this.#isText(bytes)) return false
    const names = this.#texts(bytes)
    if (columns.length > 0) return names.join('\n') === columns.join('\n')
    const known = names.map((name) => name ?? '')
    return timestampIndexOf(known, this.#options) >= 0 && this.#begin(names) === undefined
  }

  /** The series that the row belongs to, by the cells that say so. */
  #name(bytes: Uint8Array, table: Table): HeldName | undefined {
    const { labels } = table.layout
    let spelling = bytes
    let start = 0
    let end = 0
    if (labels.length === 1) {
      const index = (labels[0] as { index: number }).index
      start = this.#cells.starts[index]!
      end = this.#cells.ends[index]!
    } else {
      end = this.#spelled(bytes, table.layout)
      spelling = this.#spelling
    }
    let name = this.#last?.next
    if (name?.parent !== table.root || !name.isSpelled(spelling, start, end)) {
      name = this.#names.held(spelling, start, end, table.root)
      if (name === undefined) return undefined
      if (this.#last !== undefined) this.#last.next = name
    }
    this.#last = name
    return name
  }

  /** Puts the cells together that name a series, each with a line feed behind it. */
  #spelled(bytes: Uint8Array, layout: CsvLayout): number {
    const { start, end } = this.#lines
    const room = end - start + layout.labels.length
    if (room > this.#spelling.length) this.#spelling = new Uint8Array(2 * room)
    let at = 0
    for (const { index } of layout.labels) {
      const cell = bytes.subarray(this.#cells.starts[index], this.#cells.ends[index])
      this.#spelling.set(cell, at)
      at += cell.length
      this.#spelling[at++] = newline
    }
    return at
  }

  /** What the cells that name a series mean, or below it the name of a column of values. */
  #labelsOf(bytes: Uint8Array, start: number, end: number, parent: HeldName): Labels | NameFault {
    const text = utf8Text(bytes, start, end)
    if (text === undefined) return { reason: 'invalid_utf8', detail: 'a cell is not valid UTF-8' }
    const { layout, root } = this.#table as Table
    if (parent === root && layout.labels.length > 0) return seriesLabels(text, layout)
    const name = parent.labels.name === '' ? this.#options.name : parent.labels.name
    if (name === '') return parent.labels.with([[nameLabel, text]])
    const field = (layout.values?.length ?? 0) > 1 ? text : ''
    return parent.labels.with([
      [nameLabel, name],
      [fieldLabel, field],
    ])
  }
}

const badQuotes: NameFault = {
  reason: 'malformed',
  detail: 'a quote is not closed, or text stands behind it',
}
const badTimestamp: NameFault = {
  reason: 'bad_timestamp',
  detail: 'the time is neither a number nor a date in range',
}

function malformed(detail: string): NameFault {
  return { reason: 'malformed', detail }
}

function seriesLabels(text: string, layout: CsvLayout): Labels | NameFault {
  const cells = text.split('\n')
  if (cells.some(hasControlCharacter)) return malformed('a label has a control character')
  return Labels.of(
    layout.labels.map(({ label }, i) => [label, (cells[i] as string).replaceAll('""', '"')]),
  )
}
