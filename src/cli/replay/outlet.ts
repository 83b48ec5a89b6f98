/**
 * Where rows go: a file or stdout, written while the next rows are worked out.
 *
 * Two buffers take turns: one is filled while the other is written. When both are full the replay
 * waits, so memory does not grow where the other side is slow.
 */

import { createWriteStream } from 'node:fs'
import type { WriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import { ForewarnError } from '../../core/errors.ts'
import { OutputBytes } from './output-bytes.ts'

/** Bytes of a buffer that is due to be written. */
const fullBytes = 256 * 1024

/** See the head of the file. */
export class RowOutlet {
  readonly #stream: Writable
  readonly #name: string
  /** Present where the stream is a file of our own, to be ended by us. */
  readonly #file: WriteStream | undefined
  #filling = new OutputBytes(2 * fullBytes)
  #other = new OutputBytes(2 * fullBytes)
  #underWay: Promise<void> = Promise.resolve()
  #error: Error | undefined
  readonly #fail = (error: Error): void => {
    this.#error ??= error
  }

  /** Writes to a path, or to the stream where the path is `-`. */
  constructor(path: string, stdout: Writable) {
    this.#name = path === '-' ? 'stdout' : path
    this.#file = path === '-' ? undefined : createWriteStream(path)
    this.#stream = this.#file ?? stdout
    this.#stream.on('error', this.#fail)
  }

  /** The buffer to write rows into. */
  get bytes(): OutputBytes {
    return this.#filling
  }

  /** Hands on what is due. Resolves once there is room again. */
  async flush(least = fullBytes): Promise<void> {
    if (this.#filling.length < least) return
    await this.#underWay
    const full = this.#filling
    this.#filling = this.#other
    this.#filling.clear()
    this.#other = full
    this.#underWay = this.#written(full.written)
    // Its failure is thrown by whoever waits for it next.
    this.#underWay.catch(this.#fail)
  }

  #written(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#error !== undefined) {
        reject(unwritable(this.#name, this.#error))
        return
      }
      this.#stream.write(bytes, (cause) => {
        if (cause === undefined || cause === null) resolve()
        else reject(unwritable(this.#name, cause))
      })
    })
  }

  /** Writes the rest and ends the file. */
  async end(): Promise<void> {
    await this.flush(1)
    await this.#underWay
    const file = this.#file
    if (file !== undefined) await new Promise<void>((resolve) => file.end(resolve))
    this.#stream.off('error', this.#fail)
    if (this.#error !== undefined) throw unwritable(this.#name, this.#error)
  }
}

function unwritable(name: string, cause: Error): ForewarnError {
  if (cause instanceof ForewarnError) return cause
  const message = `cannot write to ${name}: ${cause.message}`
  return new ForewarnError('ERR_SINK_WRITE', message, { cause })
}
