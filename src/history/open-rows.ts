/**
 * The rows that are in no block yet, of all series, in the order in which they came.
 *
 * Columns grow up to a bound; `seal` groups the rows by series, each series in the order of time
 * and without rows that came twice, and hands them out block by block.
 */

import type { RowPacket } from '../core/score-rows.ts'
import { emptyBlock } from './block.ts'
import type { SampleBlock } from './block.ts'
import { blockSamplesMax } from './value-column.ts'

/** Bytes of a row, its band and its place in the order included. */
export const rowBytes = 69

const firstCapacity = 4096

/** Rows by column: what is kept in memory and, as raw bytes, in the journal. */
interface Columns {
  readonly series: Uint32Array
  readonly remainderNs: Uint32Array
  readonly tail: Float32Array
  readonly timestampMs: Float64Array
  readonly value: Float64Array
  readonly bands: Float64Array
  readonly flags: Uint8Array
}

function columnsFor(capacity: number): Columns {
  return {
    series: new Uint32Array(capacity),
    remainderNs: new Uint32Array(capacity),
    tail: new Float32Array(capacity),
    timestampMs: new Float64Array(capacity),
    value: new Float64Array(capacity),
    bands: new Float64Array(capacity * 3),
    flags: new Uint8Array(capacity),
  }
}

/** See the head of the file. */
export class OpenRows {
  readonly #rowsMax: number
  #columns = columnsFor(firstCapacity)
  #count = 0

  constructor(rowsMax: number) {
    this.#rowsMax = rowsMax
  }

  get count(): number {
    return this.#count
  }

  /** Whether a packet of so many rows still fits. */
  fits(rows: number): boolean {
    return this.#count === 0 || this.#count + rows <= this.#rowsMax
  }

  /** Adds a packet's rows; `numberOf` gives the lasting number of the packet's one. */
  append(packet: RowPacket, numberOf: (number: number) => number): void {
    const at = this.#grow(packet.count)
    const { count } = packet
    const to = this.#columns
    for (let i = 0; i < count; i++) to.series[at + i] = numberOf(packet.series[i] as number)
    to.remainderNs.set(packet.remainderNs.subarray(0, count), at)
    to.tail.set(packet.tail.subarray(0, count), at)
    to.timestampMs.set(packet.timestampMs.subarray(0, count), at)
    to.value.set(packet.value.subarray(0, count), at)
    to.flags.set(packet.flags.subarray(0, count), at)
    if (packet.bands === undefined) to.bands.fill(NaN, at * 3, (at + count) * 3)
    else to.bands.set(packet.bands.subarray(0, count * 3), at * 3)
  }

  /** Makes room for more rows; the place of the first. */
  #grow(rows: number): number {
    const at = this.#count
    const needed = at + rows
    this.#count = needed
    const capacity = this.#columns.series.length
    if (needed <= capacity) return at
    const old = this.#columns
    this.#columns = columnsFor(Math.max(needed, Math.min(capacity * 2, this.#rowsMax)))
    for (const name of columnNames) this.#columns[name].set(old[name] as never)
    this.#columns.bands.set(old.bands)
    return at
  }

  /**
   * The rows from `first` on as bytes, views on what is here: their number, 1 where their bands
   * follow, then column after column.
   */
  packed(first: number): Uint8Array[] {
    const count = this.#count - first
    const bands = this.#columns.bands.subarray(first * 3, this.#count * 3)
    const banded = bands.some((bound) => !Number.isNaN(bound))
    const parts = columnNames.map((name) => this.#columns[name].subarray(first, this.#count))
    return [Uint32Array.of(count, banded ? 1 : 0), ...parts, ...(banded ? [bands] : [])].map(
      bytesOf,
    )
  }

  /** Takes back rows that were packed. */
  unpack(bytes: Uint8Array): void {
    const head = new DataView(bytes.buffer, bytes.byteOffset)
    const count = head.getUint32(0, true)
    const at = this.#grow(count)
    const bands = this.#columns.bands.subarray(at * 3, (at + count) * 3).fill(NaN)
    const parts = columnNames.map((name) => this.#columns[name].subarray(at, at + count))
    let from = 8
    for (const part of [...parts, ...(head.getUint32(4, true) === 1 ? [bands] : [])]) {
      const into = bytesOf(part)
      into.set(bytes.subarray(from, from + into.length))
      from += into.length
    }
  }

  /** Calls `each` with the place of every row of a series. */
  eachOf(series: number, each: (row: number) => void): void {
    const numbers = this.#columns.series
    let row = numbers.indexOf(series)
    while (row >= 0 && row < this.#count) {
      each(row)
      row = numbers.indexOf(series, row + 1)
    }
  }

  /** Copies a row to a place of a block. */
  copy(row: number, block: SampleBlock, at: number): void {
    const { timestampMs, remainderNs, value, tail, flags, bands } = this.#columns
    block.timestampMs[at] = timestampMs[row] as number
    block.remainderNs[at] = remainderNs[row] as number
    block.value[at] = value[row] as number
    block.tail[at] = tail[row] as number
    block.flags[at] = flags[row] as number
    block.expected[at] = bands[3 * row] as number
    block.lower[at] = bands[3 * row + 1] as number
    block.upper[at] = bands[3 * row + 2] as number
  }

  /** Hands out all rows but those of series 0, in the order of series. The block is reused. */
  seal(take: (series: number, block: SampleBlock) => void): void {
    const rows = this.#bySeries()
    const numbers = this.#columns.series
    const block = emptyBlock()
    for (let start = 0; start < rows.length;) {
      const series = numbers[rows[start] as number] as number
      let end = start + 1
      while (end < rows.length && numbers[rows[end] as number] === series) end++
      if (series !== 0)
        this.#sealSeries(this.#inTime(rows.subarray(start, end)), block, (full) =>
          take(series, full),
        )
      start = end
    }
  }

  #sealSeries(rows: Uint32Array, block: SampleBlock, take: (block: SampleBlock) => void): void {
    for (let start = 0; start < rows.length; start += blockSamplesMax) {
      block.count = Math.min(blockSamplesMax, rows.length - start)
      for (let i = 0; i < block.count; i++) this.copy(rows[start + i] as number, block, i)
      take(block)
    }
  }

  /** Rows of one series sorted by time, each time once: the row that came last. */
  #inTime(rows: Uint32Array): Uint32Array {
    const later = (a: number, b: number): number => this.#compareTime(a, b)
    let inOrder = true
    for (let i = 1; i < rows.length && inOrder; i++) {
      inOrder = later(rows[i] as number, rows[i - 1] as number) > 0
    }
    if (inOrder) return rows
    const sorted = rows.sort((a, b) => later(a, b) || a - b)
    return sorted.filter(
      (row, i) => i + 1 === rows.length || later(sorted[i + 1] as number, row) > 0,
    )
  }

  #compareTime(a: number, b: number): number {
    const { timestampMs, remainderNs } = this.#columns
    const byMs = (timestampMs[a] as number) - (timestampMs[b] as number)
    return byMs === 0 ? (remainderNs[a] as number) - (remainderNs[b] as number) : byMs
  }

  /** All rows by series, those of a series as they came: a radix sort, mostly of one pass. */
  #bySeries(): Uint32Array {
    let rows = new Uint32Array(this.#count)
    let sorted = new Uint32Array(this.#count)
    for (let i = 0; i < rows.length; i++) rows[i] = i
    const most = this.#columns.series.subarray(0, this.#count).reduce((a, b) => Math.max(a, b), 0)
    for (const shift of most < 65_536 ? [0] : [0, 16]) {
      const starts = new Uint32Array(65_537)
      for (const row of rows) starts[this.#digit(row, shift) + 1]!++
      for (let i = 1; i < starts.length; i++) starts[i]! += starts[i - 1] as number
      for (const row of rows) sorted[starts[this.#digit(row, shift)]!++] = row
      ;[rows, sorted] = [sorted, rows]
    }
    return rows
  }

  #digit(row: number, shift: number): number {
    return ((this.#columns.series[row] as number) >>> shift) & 0xffff
  }

  clear(): void {
    this.#count = 0
  }
}

/** The bytes of an array, as this machine has them (little-endian on all we run on). */
function bytesOf(part: ArrayBufferView): Uint8Array {
  return new Uint8Array(part.buffer, part.byteOffset, part.byteLength)
}

const columnNames = [
  'series',
  'remainderNs',
  'tail',
  'timestampMs',
  'value',
  'flags',
] as const satisfies readonly (keyof Columns)[]
