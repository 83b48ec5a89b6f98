/**
 * Whole numbers in as few bytes as they need, for snapshots: seven bits a byte, lowest first, the
 * eighth set where more follow (LEB128, as in protocol buffers).
 */

import { ForewarnError } from '../../core/errors.ts'

/** Collects numbers into one growing buffer. */
export class CompactWriter {
  #bytes = new Uint8Array(4096)
  #length = 0

  /** A whole number in [0, 2³²). */
  number(value: number): void {
    if (this.#length + 5 > this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#bytes.length)
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    let rest = value
    for (; rest > 127; rest >>>= 7) this.#bytes[this.#length++] = rest | 128
    this.#bytes[this.#length++] = rest
  }

  /** A view on what was written, valid until the next number. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }
}

/** Reads numbers in the order in which they were written. */
export class CompactReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  number(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.#at >= this.#bytes.length) throw damaged()
      const byte = this.#bytes[this.#at++]!
      value |= (byte & 127) << shift
      if (byte < 128) return value >>> 0
    }
    throw damaged()
  }

  /** A number that may not reach `bound`; ERR_SNAPSHOT_DAMAGED where it does. */
  below(bound: number): number {
    const value = this.number()
    if (value >= bound) throw damaged()
    return value
  }
}

function damaged(): ForewarnError {
  return new ForewarnError(
    'ERR_SNAPSHOT_DAMAGED',
    'cannot read the snapshot: a number is not sound',
  )
}
