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

/** Length of n in bits; 0 for 0. n in [0, 2^53]. */
export function bitLength(n: number): number {
  return n < word ? 32 - Math.clz32(n) : 64 - Math.clz32(Math.floor(n / word))
}

/** Collects bits, in words of 32. */
export class BitWriter {
  #words = new Uint32Array(4096)
  /** Whole words so far. */
  #length = 0
  /** Bits behind the last whole word, fewer than 32, at the low end. */
  #held = 0
  #heldBits = 0

  /** The low `count` bits of n, which has no others; count at most 53. */
  bits(n: number, count: number): void {
    if (this.#length + 2 > this.#words.length) this.#room(2)
    if (count > 32) {
      this.#put(Math.floor(n / word), count - 32)
      this.#put(n % word, 32)
    } else this.#put(n, count)
  }

  /** At most 32 bits, for which there is room. */
  #put(n: number, count: number): void {
    const bits = this.#heldBits + count
    if (bits < 32) {
      this.#held = (this.#held << count) | n
      this.#heldBits = bits
      return
    }
    const rest = bits - 32
    this.#words[this.#length++] = (this.#held << (count - rest)) | (n >>> rest)
    this.#held = n & ((1 << rest) - 1)
    this.#heldBits = rest
  }

  /** Makes room for so many more words. */
  #room(words: number): void {
    if (this.#length + words <= this.#words.length) return
    const grown = new Uint32Array(Math.max(this.#words.length * 2, this.#length + words))
    grown.set(this.#words)
    this.#words = grown
  }

  /** See the head of the file. */
  golomb(n: number, order: number): void {
    const q = Math.floor(n / 2 ** order) + 1
    const length = bitLength(q)
    this.bits(0, length - 1)
    this.bits(q, length)
    this.bits(n % 2 ** order, order)
  }

  /**
   * The first `count` numbers, each as `golomb` has it; -1 stands for 2^32 - 1, and so on. With
   * m = n + 2^k of b bits a code is b - 1 - k zeros, then m: what follows is that, with the fields
   * of the writer in registers.
   */
  golombs(numbers: Int32Array, count: number, order: number): void {
    if (order > 29) {
      for (let i = 0; i < count; i++) this.golomb((numbers[i] as number) >>> 0, order)
      return
    }
    this.#room(2 * count + 2)
    const words = this.#words
    const unit = 1 << order
    let at = this.#length
    let held = this.#held
    let heldBits = this.#heldBits
    for (let i = 0; i < count; i++) {
      const n = numbers[i] as number
      if (n < 0 || n >= 0x40000000) {
        this.#length = at
        this.#held = held
        this.#heldBits = heldBits
        this.#putLarge(n >>> 0, order)
        at = this.#length
        held = this.#held
        heldBits = this.#heldBits
        continue
      }
      const m = (n + unit) | 0
      const length = 32 - Math.clz32(m)
      let codeBits = 2 * length - 1 - order
      if (codeBits > 32) {
        const bits = heldBits + codeBits - length
        if (bits < 32) {
          held <<= codeBits - length
          heldBits = bits
        } else {
          words[at++] = held << (32 - heldBits)
          held = 0
          heldBits = bits - 32
        }
        codeBits = length
      }
      const bits = heldBits + codeBits
      if (bits < 32) {
        held = (held << codeBits) | m
        heldBits = bits
      } else {
        const rest = bits - 32
        words[at] = (held << (codeBits - rest)) | (m >>> rest)
        at = (at + 1) | 0
        held = m & ((1 << rest) - 1)
        heldBits = rest
      }
    }
    this.#length = at
    this.#held = held
    this.#heldBits = heldBits
  }

  /** As `golomb`, for n below 2^32, where there is room already. */
  #putLarge(n: number, order: number): void {
    const m = n + 2 ** order
    const length = bitLength(m)
    this.#put(0, length - 1 - order)
    if (length > 32) this.#put(1, 1)
    this.#put(m % word, Math.min(32, length))
  }

  /** The bits so far, the last byte filled up; begins anew. A view, valid until the next use. */
  finish(): Uint8Array {
    const bytes = this.#length * 4 + Math.ceil(this.#heldBits / 8)
    this.#room(1)
    if (this.#heldBits > 0) this.#words[this.#length++] = this.#held << (32 - this.#heldBits)
    // Most significant byte first, on a machine that has the least significant one first.
    Buffer.from(this.#words.buffer, 0, this.#length * 4).swap32()
    this.#length = 0
    this.#held = 0
    this.#heldBits = 0
    return new Uint8Array(this.#words.buffer, 0, bytes)
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
