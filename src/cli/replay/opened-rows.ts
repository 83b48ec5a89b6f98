/**
 * An input with its format known: reads the head, finds out what it is, and hands out readers of
 * its rows and its bytes from the beginning.
 */

import type { Readable } from 'node:stream'
import type { Decoder } from '../../codecs/codec.ts'
import { csvLayout } from './csv-layout.ts'
import type { ColumnChoice, CsvLayout } from './csv-layout.ts'
import { CsvRows } from './csv-rows.ts'
import { inputBytes, unreadable } from './input.ts'
import type { InputFile, ReadCount } from './input.ts'
import { JsonRows } from './json-rows.ts'
import { LineRows, lastWordTime, onlyTimestamp } from './line-rows.ts'
import type { RowReader, RowSource } from './row.ts'
import { sniffedFormat } from './sniff.ts'
import type { InputFormat } from './sniff.ts'

/** How inputs are read, the same for all of them. */
export interface ReadingParts {
  /** Undefined: found out for each input. */
  readonly format: InputFormat | undefined
  readonly columns: ColumnChoice
  /** A decoder of the codec of this name. */
  readonly decoder: (codec: string) => Decoder
  readonly stdin: Readable
}

/** See the head of the file. */
export interface OpenedRows {
  readonly format: InputFormat
  /** The head of the input, and whether it is all of it. */
  readonly head: Uint8Array
  readonly headIsAll: boolean
  /** True where every row is of a series that is known beforehand. */
  readonly oneSeries: boolean
  newReader(): RowReader
  /** The bytes from the beginning; once. */
  readonly pieces: AsyncGenerator<Uint8Array>
}

/** Bytes that are looked at, where an input gives so much. */
const headBytes = 256 * 1024

/** Line ends that show the layout of a table: its header, a row, and the start of another. */
const headLines = 3

const newline = 10

/** Opens an input. Throws ERR_SOURCE_READ where it cannot be read, ERR_CLI_USAGE for columns. */
export async function openedRows(
  input: InputFile,
  source: RowSource,
  parts: ReadingParts & { readonly count: ReadCount },
): Promise<OpenedRows> {
  const rest = inputBytes(input, parts.stdin, parts.count)
  const head = new Head(rest)
  await head.fill((bytes) => lineEnds(bytes) >= headLines)
  const text = new TextDecoder().decode(head.bytes)
  refuseOtherEncodings(input, head.bytes)
  const format = parts.format ?? sniffedFormat(text)
  const layout = format === 'csv' ? tableLayout(input, head.bytes, parts) : undefined
  const oneSeries = layout !== undefined && layout.series.length === 0 && layout.values.length === 1
  // A table of one series can begin at once; for the others, more of the input may tell.
  if (!oneSeries) await head.fill(() => false)
  return {
    format,
    head: head.bytes,
    headIsAll: head.isAll,
    oneSeries,
    newReader: () => newReader(format, layout, source, parts),
    pieces: head.pieces(),
  }
}

/** The layout of a table. What was not chosen and is not there is the fault of the input. */
function tableLayout(input: InputFile, head: Uint8Array, parts: ReadingParts): CsvLayout {
  try {
    return csvLayout(head, parts.columns)
  } catch (cause) {
    const { time, value, series } = parts.columns
    if (time !== undefined || value.length > 0 || series.length > 0) throw cause
    throw unreadable(input.path, cause)
  }
}

/** The first bytes of a generator, which can be looked at before all are read. */
class Head {
  bytes: Uint8Array = new Uint8Array(0)
  isAll = false
  readonly #rest: AsyncGenerator<Uint8Array>

  constructor(rest: AsyncGenerator<Uint8Array>) {
    this.#rest = rest
  }

  /** Reads on until there is enough, the head is full, or the input ends. */
  async fill(enough: (bytes: Uint8Array) => boolean): Promise<void> {
    while (!this.isAll && this.bytes.length < headBytes && !enough(this.bytes)) {
      const { value, done } = await this.#rest.next()
      if (done === true) this.isAll = true
      else this.bytes = Buffer.concat([this.bytes, value])
    }
  }

  /** Everything, from the first byte on, without the mark that some programs put in front. */
  async *pieces(): AsyncGenerator<Uint8Array> {
    const marked = this.bytes[0] === 0xef && this.bytes[1] === 0xbb && this.bytes[2] === 0xbf
    if (this.bytes.length > 0) yield marked ? this.bytes.subarray(3) : this.bytes
    if (!this.isAll) yield* this.#rest
  }
}

function lineEnds(bytes: Uint8Array): number {
  let count = 0
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) count++
  return count
}

/** UTF-16 has a mark of its own; as UTF-8 it would be rows of rubbish. */
function refuseOtherEncodings(input: InputFile, head: Uint8Array): void {
  const [first, second] = head
  const utf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
  if (utf16) throw unreadable(input.path, new Error('it is UTF-16; convert it to UTF-8'))
}

function newReader(
  format: InputFormat,
  layout: CsvLayout | undefined,
  source: RowSource,
  parts: ReadingParts,
): RowReader {
  switch (format) {
    case 'csv':
      return new CsvRows(layout as CsvLayout, source)
    case 'jsonl':
      return new JsonRows(parts.columns, source)
    case 'influx':
      return new LineRows(parts.decoder('influx'), lastWordTime)
    case 'carbon':
      return new LineRows(parts.decoder('graphite'), lastWordTime)
    case 'telegraf':
      return new LineRows(parts.decoder('telegraf-json'), onlyTimestamp)
  }
}
