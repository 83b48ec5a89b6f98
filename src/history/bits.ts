/**
 * A stream of bits, most significant first, and the codes for whole numbers in it.
 *
 * Exponential Golomb code of order k for n in [0, 2^53): with q = ⌊n / 2^k⌋ + 1 of b bits, b - 1
 * zeros, then q, then the k low bits of n. Small numbers are short, an outlier costs twice its
 * length and not a block.
 *
 * Source: J. Teuhola 1978, "A compression method for clustered bit-vectors", as used in ITU-T
 * H.264, section 9.1 (there of order 0).
 */

import { ForewarnError } from '../core/errors.ts'

const word = 2 ** 32

/** Numbers from here on cannot be coded. */
export const wholeMax = 2 ** 53

/** Length of n in bits; 0 for 0. n in [0, 2^53]. */
export function bitLength(n: number): number {
  return n < word ? 32 - Math.clz32(n) : 64 - Math.clz32(Math.floor(n / word))
}

/** Collects bits. */
export class BitWriter {
  #bytes = new Uint8Array(4096)
  #length = 0
  #held = 0
  #heldBits = 0

  /** The low `count` bits of n, count at most 53. */
  bits(n: number, count: number): void {
    if (count > 24) {
      this.bits(Math.floor(n / 0x1000000), count - 24)
      this.#few(n % 0x1000000, 24)
    } else this.#few(n, count)
  }

  /** At most 24 bits: with the 7 that may be held they fit in a word. */
  #few(n: number, count: number): void {
    if (count === 0) return
    let held = (this.#held << count) | n
    let heldBits = this.#heldBits + count
    if (this.#length + 4 > this.#bytes.length) {
      const grown = new Uint8Array(this.#bytes.length * 2)
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    while (heldBits >= 8) {
      heldBits -= 8
      this.#bytes[this.#length++] = held >>> heldBits
      held &= (1 << heldBits) - 1
    }
    this.#held = held
    this.#heldBits = heldBits
  }

  /** See the head of the file. */
  golomb(n: number, order: number): void {
    if (order <= 24 && n < 0x400000) {
      const q = (n >>> order) + 1
      const length = 31 - Math.clz32(q)
      this.#few(0, length)
      this.#few(q, length + 1)
      if (order > 0) this.#few(n & ((1 << order) - 1), order)
      return
    }
    const q = Math.floor(n / 2 ** order) + 1
    const length = bitLength(q)
    this.bits(0, length - 1)
    this.bits(q, length)
    this.bits(n % 2 ** order, order)
  }

  /** The bits so far, the last byte filled up; begins anew. A view, valid until the next use. */
  finish(): Uint8Array {
    if (this.#heldBits > 0) this.#few(0, 8 - this.#heldBits)
    const whole = this.#bytes.subarray(0, this.#length)
    this.#length = 0
    return whole
  }
}

/** Reads what a BitWriter wrote. Throws ERR_STORE_READ where the bits end too early. */
export class BitReader {
  readonly #bytes: Uint8Array
  #at = 0
  #held = 0
  #heldBits = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  bits(count: number): number {
    if (count <= 24) return this.#few(count)
    const high = this.bits(count - 24)
    return high * 0x1000000 + this.#few(24)
  }

  #few(count: number): number {
    if (count === 0) return 0
    while (this.#heldBits < count) {
      if (this.#at >= this.#bytes.length) throw cut()
      this.#held = (this.#held << 8) | (this.#bytes[this.#at++] as number)
      this.#heldBits += 8
    }
    this.#heldBits -= count
    const value = this.#held >>> this.#heldBits
    this.#held &= (1 << this.#heldBits) - 1
    return value
  }

  golomb(order: number): number {
    let zeros = 0
    while (this.#few(1) === 0) if (++zeros > 53) throw cut()
    const q = 2 ** zeros + this.bits(zeros)
    return (q - 1) * 2 ** order + this.bits(order)
  }
}

function cut(): ForewarnError {
  return new ForewarnError('ERR_STORE_READ', 'cannot read a block of the history: it is damaged')
}
