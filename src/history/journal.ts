/**
 * The journal: open rows as they are, in a file beside the database, so that they outlive the
 * process until a seal has them.
 *
 *   history.db.rows-17   rows of what will be seal 17
 *   entry                bytes: u32 │ crc32 of what follows: u32 │ rows
 *
 * A seal that is in the database makes its file worthless: the next start goes by the number. A
 * last entry without its end (a crash, a full disk) is cut off.
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
  unlinkSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'

const headBytes = 8

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

  /** Entries of an earlier run, oldest first; what was torn behind them is cut off. */
  *entries(): IterableIterator<Uint8Array> {
    if (!existsSync(this.#name())) return
    const bytes = readFileSync(this.#name())
    while (this.#lengthBytes + headBytes <= bytes.length) {
      const start = this.#lengthBytes + headBytes
      const entry = bytes.subarray(start, start + bytes.readUInt32LE(this.#lengthBytes))
      const whole = entry.length === bytes.readUInt32LE(this.#lengthBytes)
      if (!whole || crc32(entry) !== bytes.readUInt32LE(this.#lengthBytes + 4)) break
      this.#lengthBytes = start + entry.length
      yield entry
    }
  }

  /** Appends an entry, all of it or, where this throws, none. */
  append(parts: readonly Uint8Array[]): void {
    const head = Buffer.alloc(headBytes)
    head.writeUInt32LE(parts.reduce((sum, part) => sum + part.length, 0))
    head.writeUInt32LE(
      parts.reduce((sum, part) => crc32(part, sum), 0),
      4,
    )
    // Not 'a': a failed write is cut off and written over.
    const file = (this.#file ??= openSync(this.#name(), existsSync(this.#name()) ? 'r+' : 'w'))
    let at = this.#lengthBytes
    try {
      ftruncateSync(file, at)
      for (const part of [head, ...parts]) {
        for (let written = 0; written < part.length;) {
          written += writeSync(file, part, written, part.length - written, at + written)
        }
        at += part.length
      }
      if (this.#sync === 'full') fdatasyncSync(file)
    } catch (error) {
      ftruncateSync(file, this.#lengthBytes)
      throw error
    }
    this.#lengthBytes = at
  }

  /** The rows so far are in a seal: begins anew, for the next one. */
  next(seal: number): void {
    this.close()
    const old = this.#name()
    this.#seal = seal
    this.#lengthBytes = 0
    if (existsSync(old)) unlinkSync(old)
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }
}
