/**
 * The body of a request, unpacked, within its bounds: on the bytes that come, on what they unpack
 * to, and on all bodies together.
 *
 * Bodies are unpacked one after the other, so that many small ones that unpack to much cannot each
 * take their whole bound at once.
 */

import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { ByteBudget } from '../intake/byte-budget.ts'
import type { Refusal } from './answers.ts'
import { unpackedSnappy } from './snappy.ts'

const unzip = promisify(gunzip) as (
  bytes: Uint8Array,
  options: { readonly maxOutputLength: number },
) => Promise<Uint8Array>

export interface BodyLimits {
  readonly bodyBytesMax: number
  readonly unpackedBytesMax: number
}

/** What a sender says of its body. */
export interface BodyHead {
  /** Content-Encoding; empty for none. */
  readonly encoding: string
  /** Content-Length; undefined where it is not said. */
  readonly length: number | undefined
}

type Packing = 'none' | 'gzip' | 'snappy'

/** What each Content-Encoding means. */
const packings: Readonly<Record<string, Packing | undefined>> = {
  __proto__: null as never,
  '': 'none',
  identity: 'none',
  gzip: 'gzip',
  'x-gzip': 'gzip',
  snappy: 'snappy',
}

/** Reads bodies. `settle` of a body gives its room back. */
export class BodyReader {
  readonly #limits: BodyLimits
  readonly #budget: ByteBudget
  #unpacking: Promise<unknown> = Promise.resolve()

  constructor(limits: BodyLimits, budget: ByteBudget) {
    this.#limits = limits
    this.#budget = budget
  }

  /** The unpacked bytes with the room that they hold, or why there are none. */
  async read(stream: Readable, head: BodyHead): Promise<HeldBody | Refusal> {
    const { encoding, length } = head
    const packing = packings[encoding]
    if (packing === undefined) {
      return { status: 415, message: `the encoding "${encoding}" is not known; use gzip or snappy` }
    }
    if (length !== undefined && length > this.#limits.bodyBytesMax) return this.#tooLarge()
    const body = new HeldBody(this.#budget)
    const refusal =
      (await this.#collect(stream, body)) ??
      (packing === 'none' ? undefined : await this.#unpack(body, packing))
    if (refusal === undefined) return body
    body.release()
    return refusal
  }

  async #collect(stream: Readable, body: HeldBody): Promise<Refusal | undefined> {
    const chunks: Uint8Array[] = []
    let length = 0
    try {
      // Not destroyed on return: its socket is still needed for the answer.
      for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
        length += (chunk as Uint8Array).length
        if (length > this.#limits.bodyBytesMax) return this.#tooLarge()
        if (!body.hold((chunk as Uint8Array).length)) return noRoom
        chunks.push(chunk as Uint8Array)
      }
    } catch (error) {
      return { status: 400, message: `the body broke off: ${(error as Error).message}` }
    }
    body.bytes = chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks, length)
    return undefined
  }

  /** Unpacks once those before are unpacked. */
  async #unpack(body: HeldBody, packing: Packing): Promise<Refusal | undefined> {
    const before = this.#unpacking
    const unpacking = before.then(() => this.#unpackNow(body, packing))
    this.#unpacking = unpacking
    return await unpacking
  }

  async #unpackNow(body: HeldBody, packing: Packing): Promise<Refusal | undefined> {
    const packedLength = body.bytes.length
    const unpacked = await this.#unpacked(body.bytes, packing)
    if ('status' in unpacked) return unpacked
    body.bytes = unpacked
    const more = unpacked.length - packedLength
    if (more <= 0) return undefined
    return body.hold(more) ? undefined : noRoom
  }

  async #unpacked(bytes: Uint8Array, packing: Packing): Promise<Uint8Array | Refusal> {
    const maxOutputLength = this.#limits.unpackedBytesMax
    const tooLarge = `the body unpacks to over ${maxOutputLength} bytes`
    if (packing === 'snappy') {
      const unpacked = unpackedSnappy(bytes, maxOutputLength)
      if (unpacked === 'too large') return { status: 413, message: tooLarge }
      if (unpacked === 'broken') return { status: 400, message: 'the body is no Snappy block' }
      return unpacked
    }
    try {
      return await unzip(bytes, { maxOutputLength })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
        return { status: 413, message: tooLarge }
      }
      return { status: 400, message: `cannot unpack the body: ${(error as Error).message}` }
    }
  }

  #tooLarge(): Refusal {
    return { status: 413, message: `the body has over ${this.#limits.bodyBytesMax} bytes` }
  }
}

/** Bytes and the room in the budget that they take. */
export class HeldBody {
  readonly #budget: ByteBudget
  #held = 0
  bytes: Uint8Array = new Uint8Array(0)

  constructor(budget: ByteBudget) {
    this.#budget = budget
  }

  /** True if there is room for that much more. */
  hold(bytes: number): boolean {
    if (!this.#budget.take(bytes)) return false
    this.#held += bytes
    return true
  }

  /** Gives all room back. */
  release(): void {
    this.#budget.give(this.#held)
    this.#held = 0
  }
}

/** Nothing can be taken just now. */
export const noRoom: Refusal = {
  status: 503,
  message: 'there is no room for more just now; send it again',
}
