/**
 * From pieces of bytes to whole rows: keeps what a piece leaves of its last row for the next one.
 *
 * A row over the limit is handed on as a fault, once, and what follows its line end is read on.
 * Memory is one piece and one row.
 */

import { quotedText } from '../../core/byte-text.ts'
import { Row } from './row.ts'
import type { RowReader, RowTaker } from './row.ts'

/** Longest row. Lines of metrics are short; a longer one is another kind of file. */
const rowBytesMax = 1024 * 1024

const newline = 10
const noBytes = new Uint8Array(0)

/** See the head of the file. */
export class RowFeed {
  readonly #reader: RowReader
  readonly #take: RowTaker
  #rest: Uint8Array = noBytes
  #skipping = false

  constructor(reader: RowReader, take: RowTaker) {
    this.#reader = reader
    this.#take = take
  }

  push(piece: Uint8Array): void {
    let fresh = piece
    if (this.#skipping) {
      const end = fresh.indexOf(newline)
      if (end < 0) return
      fresh = fresh.subarray(end + 1)
      this.#skipping = false
    }
    const bytes = this.#rest.length === 0 ? fresh : joined(this.#rest, fresh)
    const used = this.#reader.read(bytes, false, this.#take)
    this.#rest = bytes.slice(used)
    if (this.#rest.length > rowBytesMax) this.#skipLong()
  }

  /** The end of the input: what is left is the last row. */
  end(): void {
    const rest = this.#rest
    this.#rest = noBytes
    if (rest.length > 0) this.#reader.read(rest, true, this.#take)
  }

  #skipLong(): void {
    const row = new Row()
    row.open(this.#rest)
    const head = quotedText(this.#rest, 0, this.#rest.length)
    row.fault = { reason: 'too_long', detail: `row over ${rowBytesMax} bytes: "${head}"` }
    this.#take(row)
    this.#rest = noBytes
    this.#skipping = true
  }
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const both = new Uint8Array(head.length + tail.length)
  both.set(head)
  both.set(tail, head.length)
  return both
}
