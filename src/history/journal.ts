/**
 * The journal: open rows as they are, in a file beside the database, so that they outlive the
 * process until a seal has them.
 *
 *   history.db.rows-17   rows of what will be seal 17
 *   entry                bytes of rows: u32 │ crc32 of what follows: u32 │ seal: u32 │ rows
 *
 * A seal that is in the database makes its entries worthless: the file is written over from its
 * start, under the name of the next seal, since to give its room back and take it again costs as
 * much as to write. What lies behind the last entry is of another seal, or torn (a crash, a full
 * disk), and ends the reading.
 *
 * A file instead of a table because it is a quarter of the cost: a table is written twice.
 */

import {
  closeSync,
  existsSync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'

const headBytes = 12

/** See the head of the file. */
export class Journal {
  readonly #path: string
  readonly #sync: 'process' | 'full'
  #seal: number
  #file: number | undefined
  #lengthBytes = 0

  /** The journal of a seal to come, of the database at `path`; those of other seals are deleted. */
  constructor(path: string, seal: number, sync: 'process' | 'full') {
    this.#path = path
    this.#sync = sync
    this.#seal = seal
    const own = basename(this.#name())
    for (const name of readdirSync(dirname(path))) {
      if (name.startsWith(`${basename(path)}.rows-`) && name !== own) {
        unlinkSync(join(dirname(path), name))
      }
    }
  }

  #name(): string {
    return `${this.#path}.rows-${this.#seal}`
  }

  /** Entries of an earlier run, oldest first; what is behind them will be written over. */
  *entries(): IterableIterator<Uint8Array> {
    if (!existsSync(this.#name())) return
    const bytes = readFileSync(this.#name())
    while (this.#lengthBytes + headBytes <= bytes.length) {
      const start = this.#lengthBytes + headBytes
      const entry = bytes.subarray(start, start + bytes.readUInt32LE(this.#lengthBytes))
      const whole = entry.length === bytes.readUInt32LE(this.#lengthBytes)
      const checked = bytes.subarray(start - 4, start + entry.length)
      if (!whole || crc32(checked) !== bytes.readUInt32LE(this.#lengthBytes + 4)) break
      if (bytes.readUInt32LE(start - 4) !== this.#seal) break
      this.#lengthBytes = start + entry.length
      yield entry
    }
  }

  /** Appends an entry, all of it or, where this throws, none. */
  append(parts: readonly Uint8Array[]): void {
    const head = Buffer.alloc(headBytes)
    head.writeUInt32LE(this.#seal, 8)
    const checked = [head.subarray(8), ...parts]
    const checksum = checked.reduce((sum, part) => crc32(part, sum), 0)
    head.writeUInt32LE(checksum, 4)
    head.writeUInt32LE(parts.reduce((sum, part) => sum + part.length, 0))
    const file = this.#opened()
    let at = this.#lengthBytes
    for (const part of [head, ...parts]) {
      for (let written = 0; written < part.length;) {
        written += writeSync(file, part, written, part.length - written, at + written)
      }
      at += part.length
    }
    if (this.#sync === 'full') fdatasyncSync(file)
    // One that failed is written over by the next.
    this.#lengthBytes = at
  }

  /** Not 'a': it is written at places. */
  #opened(): number {
    const name = this.#name()
    return (this.#file ??= openSync(name, existsSync(name) ? 'r+' : 'w'))
  }

  /** The rows so far are in a seal, or given up: begins anew, for the next one. */
  next(seal: number): void {
    const old = this.#name()
    const same = seal === this.#seal
    this.#seal = seal
    this.#lengthBytes = 0
    if (!existsSync(old)) return
    if (same) ftruncateSync(this.#opened(), 0)
    else renameSync(old, this.#name())
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }
}
