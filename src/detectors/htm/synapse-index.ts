/**
 * Which synapses listen to a cell: the way from a presynaptic cell to the segments that it excites.
 *
 * A cell's entries stand together in one block of a pool, so that walking them is a walk through
 * memory. Blocks have 4, 8, 16, … places; a full one moves to the next size, and freed blocks wait
 * in a list for each size.
 *
 *   column ─▶ family ─▶ 32 cells × (start, length, size) ─▶ pool: slot slot slot ·
 *
 * A slot is the place of a synapse: segment × stride + place in the segment. Columns that nobody
 * listens to and that hold no segment have no family, so an unused column costs four bytes.
 *
 * Cost: O(1) to add, O(entries of the cell) to remove.
 */

const noBlock = 255
const noFamily = -1
const smallestPlaces = 4

/** What this index knows of the cells of a column, by family × cellsPerColumn + cell. */
export class SynapseIndex {
  /** Bits of the cells of a column that somebody listens to. */
  readonly heard: Uint32Array
  /** First family cell of a column, or -1. */
  readonly familyOf: Int32Array
  starts = new Uint32Array(0)
  lengths = new Uint16Array(0)
  pool = new Uint32Array(64)
  /** Segments on each cell. */
  segmentCounts = new Uint8Array(0)
  readonly #cellsPerColumn: number
  #sizes = new Uint8Array(0)
  #familyCells = 0
  #poolEnd = 0
  /** Start of the first free block of each size plus one; its first place says the next. */
  readonly #free = new Uint32Array(20)

  constructor(columnCount: number, cellsPerColumn: number) {
    this.#cellsPerColumn = cellsPerColumn
    this.heard = new Uint32Array(columnCount)
    this.familyOf = new Int32Array(columnCount).fill(noFamily)
  }

  /** Bytes held. */
  get sizeBytes(): number {
    const perCell = this.starts.byteLength + this.lengths.byteLength + 2 * this.#sizes.byteLength
    return perCell + this.pool.byteLength + this.heard.byteLength + this.familyOf.byteLength
  }

  /** Place of a cell (column × 32 + offset) in the per-cell arrays; makes its family if needed. */
  placeOf(cell: number): number {
    const column = cell >>> 5
    if (this.familyOf[column] === noFamily) this.#addFamily(column)
    return this.familyOf[column]! + (cell & 31)
  }

  #addFamily(column: number): void {
    const end = this.#familyCells + this.#cellsPerColumn
    if (end > this.lengths.length) {
      const places = Math.ceil(end * 1.25)
      this.starts = grownWords(this.starts, places)
      this.lengths = grownHalves(this.lengths, places)
      this.#sizes = grownBytes(this.#sizes, places)
      this.segmentCounts = grownBytes(this.segmentCounts, places)
    }
    this.#sizes.fill(noBlock, this.#familyCells, end)
    this.familyOf[column] = this.#familyCells
    this.#familyCells = end
  }

  /** Notes that the synapse at `slot` listens to `cell`. */
  add(cell: number, slot: number): void {
    const place = this.placeOf(cell)
    const length = this.lengths[place]!
    const size = this.#sizes[place]!
    if (size === noBlock) {
      this.starts[place] = this.#takeBlock(0)
      this.#sizes[place] = 0
      this.heard[cell >>> 5] = this.heard[cell >>> 5]! | (1 << (cell & 31))
    } else if (length === smallestPlaces << size) {
      const start = this.starts[place]!
      const larger = this.#takeBlock(size + 1)
      this.pool.copyWithin(larger, start, start + length)
      this.#giveBlock(size, start)
      this.starts[place] = larger
      this.#sizes[place] = size + 1
    }
    this.pool[this.starts[place]! + length] = slot
    this.lengths[place] = length + 1
  }

  /** Forgets that the synapse at `slot` listens to `cell`. */
  remove(cell: number, slot: number): void {
    const place = this.familyOf[cell >>> 5]! + (cell & 31)
    const start = this.starts[place]!
    const last = start + this.lengths[place]! - 1
    let at = start
    while (this.pool[at] !== slot) at++
    this.pool[at] = this.pool[last]!
    this.lengths[place] = last - start
    if (last > start) return
    this.#giveBlock(this.#sizes[place]!, start)
    this.#sizes[place] = noBlock
    this.heard[cell >>> 5] = this.heard[cell >>> 5]! & ~(1 << (cell & 31))
  }

  #takeBlock(size: number): number {
    const free = this.#free[size]!
    if (free > 0) {
      this.#free[size] = this.pool[free - 1]!
      return free - 1
    }
    const start = this.#poolEnd
    this.#poolEnd += smallestPlaces << size
    if (this.#poolEnd > this.pool.length) {
      this.pool = grownWords(this.pool, Math.ceil(this.#poolEnd * 1.25))
    }
    return start
  }

  #giveBlock(size: number, start: number): void {
    this.pool[start] = this.#free[size]!
    this.#free[size] = start + 1
  }
}

/** A longer copy of an array. */
export function grownWords(
  words: Uint32Array<ArrayBuffer>,
  length: number,
): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(length)
  grown.set(words)
  return grown
}

/** A longer copy of an array. */
export function grownHalves(
  halves: Uint16Array<ArrayBuffer>,
  length: number,
): Uint16Array<ArrayBuffer> {
  const grown = new Uint16Array(length)
  grown.set(halves)
  return grown
}

/** A longer copy of an array. */
export function grownBytes(
  bytes: Uint8Array<ArrayBuffer>,
  length: number,
): Uint8Array<ArrayBuffer> {
  const grown = new Uint8Array(length)
  grown.set(bytes)
  return grown
}
