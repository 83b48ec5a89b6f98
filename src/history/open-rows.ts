/**
 * The rows that are in no block yet, of all series, in the order in which they came.
 *
 * They grow up to a bound; `seal` groups them by series, each series in the order of time and
 * without rows that came twice, and hands them out block by block.
 */

import { rowDoubles, rowPlaces, rowWords } from '../core/score-rows.ts'
import type { RowPacket } from '../core/score-rows.ts'
import { emptyBlock } from './block.ts'
import type { SampleBlock } from './block.ts'
import type { SeriesNames } from './series-names.ts'
import { blockSamplesMax } from './value-column.ts'

/** Bytes of a row, its series once more and its place in the order included. */
export const rowBytes = 8 * rowDoubles + 8

const firstCapacity = 4096

/** In front of packed rows: how they are laid out. */
const rowLayout = 2

/** See the head of the file. */
export class OpenRows {
  readonly #rowsMax: number
  /** The lasting number of each row's series; what is looked for lies close together. */
  #series = new Uint32Array(firstCapacity)
  /** As in a packet, with the lasting number of the series. */
  #rows = new Float64Array(firstCapacity * rowDoubles)
  #words = new Uint32Array(this.#rows.buffer)
  #floats = new Float32Array(this.#rows.buffer)
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

  /** Adds a packet's rows; returns how many of them are of a series without a lasting number. */
  append({ count, rows }: RowPacket, names: SeriesNames): number {
    const first = this.#grow(count)
    this.#rows.set(rows.subarray(0, count * rowDoubles), first * rowDoubles)
    const words = this.#words
    const series = this.#series
    let nameless = 0
    for (let row = first; row < first + count; row++) {
      const at = 2 * rowDoubles * row + rowWords.series
      const lasting = names.lasting(words[at] as number)
      if (lasting === 0) nameless++
      words[at] = lasting
      series[row] = lasting
    }
    return nameless
  }

  /** Makes room for more rows; the place of the first. */
  #grow(rows: number): number {
    const at = this.#count
    const needed = at + rows
    this.#count = needed
    const capacity = this.#series.length
    if (needed <= capacity) return at
    const grown = Math.max(needed, Math.min(capacity * 2, this.#rowsMax))
    const [series, old] = [this.#series, this.#rows]
    this.#series = new Uint32Array(grown)
    this.#series.set(series)
    this.#rows = new Float64Array(grown * rowDoubles)
    this.#rows.set(old)
    this.#words = new Uint32Array(this.#rows.buffer)
    this.#floats = new Float32Array(this.#rows.buffer)
    return at
  }

  /** The rows from `first` on as bytes, behind their layout; a view on what is here. */
  packed(first: number): Uint8Array[] {
    const rows = this.#rows.subarray(first * rowDoubles, this.#count * rowDoubles)
    return [bytesOf(Uint32Array.of(rowLayout)), bytesOf(rows)]
  }

  /** Takes back rows that were packed. Throws where they are laid out in another way. */
  unpack(bytes: Uint8Array): void {
    const layout = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
    if (layout !== rowLayout) throw new Error(`the open rows have layout ${layout}`)
    const count = Math.floor((bytes.length - 4) / (8 * rowDoubles))
    const first = this.#grow(count)
    bytesOf(this.#rows).set(bytes.subarray(4), first * rowDoubles * 8)
    for (let row = first; row < first + count; row++) {
      this.#series[row] = this.#words[2 * rowDoubles * row + rowWords.series] as number
    }
  }

  /** Copies rows to the first places of a block. */
  #copyAll(places: Uint32Array, block: SampleBlock): void {
    const [rows, words, floats] = [this.#rows, this.#words, this.#floats]
    const { timestampMs, remainderNs, value, tail, flags, expected, lower, upper } = block
    for (let i = 0; i < places.length; i++) {
      const from = rowDoubles * (places[i] as number)
      remainderNs[i] = words[2 * from + rowWords.remainderNs] as number
      timestampMs[i] = rows[from + rowPlaces.timestampMs] as number
      value[i] = rows[from + rowPlaces.value] as number
      expected[i] = rows[from + rowPlaces.expected] as number
      lower[i] = rows[from + rowPlaces.lower] as number
      upper[i] = rows[from + rowPlaces.upper] as number
      tail[i] = floats[2 * from + rowWords.tail] as number
      flags[i] = words[2 * from + rowWords.flags] as number
    }
  }

  /** The rows of a series in blocks, in the order in which they came. The block is reused. */
  blocksOf(series: number, block: SampleBlock, take: (block: SampleBlock) => void): void {
    const places: number[] = []
    let row = this.#series.indexOf(series)
    while (row >= 0 && row < this.#count) {
      places.push(row)
      row = this.#series.indexOf(series, row + 1)
    }
    this.#inBlocks(Uint32Array.from(places), block, take)
  }

  /** Hands out all rows but those of series 0, in the order of series. The block is reused. */
  seal(take: (series: number, block: SampleBlock) => void): void {
    const rows = this.#bySeries()
    const numbers = this.#series
    const block = emptyBlock()
    for (let start = 0; start < rows.length;) {
      const series = numbers[rows[start] as number] as number
      let end = start + 1
      while (end < rows.length && numbers[rows[end] as number] === series) end++
      if (series !== 0)
        this.#inBlocks(this.#inTime(rows.subarray(start, end)), block, (full) => take(series, full))
      start = end
    }
  }

  #inBlocks(rows: Uint32Array, block: SampleBlock, take: (block: SampleBlock) => void): void {
    for (let start = 0; start < rows.length; start += blockSamplesMax) {
      block.count = Math.min(blockSamplesMax, rows.length - start)
      this.#copyAll(rows.subarray(start, start + block.count), block)
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
    const [fromA, fromB] = [rowDoubles * a, rowDoubles * b]
    const place = rowPlaces.timestampMs
    const byMs = (this.#rows[fromA + place] as number) - (this.#rows[fromB + place] as number)
    if (byMs !== 0) return byMs
    const word = rowWords.remainderNs
    const words = this.#words
    return (words[2 * fromA + word] as number) - (words[2 * fromB + word] as number)
  }

  /** All rows by series, those of a series as they came: a radix sort, mostly of one pass. */
  #bySeries(): Uint32Array {
    const count = this.#count
    const series = this.#series
    let most = 0
    for (let row = 0; row < count; row++) if ((series[row] as number) > most) most = series[row]!
    let rows = new Uint32Array(count)
    for (let row = 0; row < count; row++) rows[row] = row
    let sorted = new Uint32Array(count)
    for (const shift of most < 65_536 ? [0] : [0, 16]) {
      const starts = new Int32Array(65_537)
      for (let i = 0; i < count; i++) starts[(((series[i] as number) >>> shift) & 0xffff) + 1]!++
      for (let i = 1; i < starts.length; i++) starts[i]! += starts[i - 1] as number
      for (let i = 0; i < count; i++) {
        const row = rows[i] as number
        sorted[starts[((series[row] as number) >>> shift) & 0xffff]!++] = row
      }
      ;[rows, sorted] = [sorted, rows]
    }
    return rows
  }

  clear(): void {
    this.#count = 0
  }
}

/** The bytes of an array, as this machine has them (little-endian on all we run on). */
function bytesOf(part: ArrayBufferView): Uint8Array {
  return new Uint8Array(part.buffer, part.byteOffset, part.byteLength)
}
