/**
 * Pages: blocks of many series behind one another, as they are stored.
 *
 *   for each block   series, less that of the block before: varint │ bytes: varint │ block
 */

import { ForewarnError } from '../core/errors.ts'
import type { Page } from './database.ts'

/** Size at which a page is closed: large enough that a row's head and last page are nothing. */
const pageBytes = 65_536

/** Collects blocks in the order of their series. */
export class PageWriter {
  readonly #put: (page: Page) => void
  #parts: Uint8Array[] = []
  #length = 0
  #firstSeries = 0
  #lastSeries = 0

  constructor(put: (page: Page) => void) {
    this.#put = put
  }

  /** Takes a copy of a block. */
  add(series: number, block: Uint8Array): void {
    if (this.#length === 0) {
      this.#firstSeries = series
      this.#lastSeries = series
    }
    const head: number[] = []
    pushVarint(head, series - this.#lastSeries)
    pushVarint(head, block.length)
    this.#parts.push(Uint8Array.from(head), block.slice())
    this.#length += head.length + block.length
    this.#lastSeries = series
    if (this.#length >= pageBytes) this.close()
  }

  /** Puts what is left. */
  close(): void {
    if (this.#length === 0) return
    this.#put({
      firstSeries: this.#firstSeries,
      lastSeries: this.#lastSeries,
      blocks: Buffer.concat(this.#parts),
    })
    this.#parts = []
    this.#length = 0
  }
}

function pushVarint(bytes: number[], n: number): void {
  let rest = n
  for (; rest >= 128; rest >>>= 7) bytes.push((rest & 127) | 128)
  bytes.push(rest)
}

/** The blocks of one series in a page, in order. Throws ERR_STORE_READ where it is damaged. */
export function* blocksOf(series: number, page: Page): IterableIterator<Uint8Array> {
  const { blocks } = page
  let at = 0
  const varint = (): number => {
    let n = 0
    for (let shift = 0; ; shift += 7) {
      const byte = blocks[at++]
      if (byte === undefined || shift > 28) throw damaged()
      n |= (byte & 127) << shift
      if (byte < 128) return n >>> 0
    }
  }
  let current = page.firstSeries
  while (at < blocks.length) {
    current += varint()
    const length = varint()
    const end = at + length
    if (end > blocks.length) throw damaged()
    if (current > series) return
    if (current === series) yield blocks.subarray(at, end)
    at = end
  }
}

function damaged(): ForewarnError {
  return new ForewarnError('ERR_STORE_READ', 'cannot read a page of the history: it is damaged')
}
