/**
 * Many small counters in few words: bit-sliced counting.
 *
 * Bit c of plane p is bit p of counter c. Adding a row of 2048 bits to 2048 counters is then a
 * ripple of carries through a handful of planes, 32 counters at a time, and finding the k largest
 * counters is a walk from the highest plane down.
 *
 *   plane 0   0 1 1 0 …     counter 1 = 1·1 + 2·0 + 4·1 = 5
 *   plane 1   0 0 1 1 …
 *   plane 2   1 1 0 0 …
 *
 * Source: the carry-save idea of Harley and Seal (Warren, Hacker's Delight, 5-1), applied per lane.
 * Cost: adding a row touches each of its words once and, on average, two planes.
 */

/** How many bits of a word are set. */
export function bitCount(word: number): number {
  let w = word - ((word >>> 1) & 0x55555555)
  w = (w & 0x33333333) + ((w >>> 2) & 0x33333333)
  return Math.imul((w + (w >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** Counters for `words` × 32 lanes, each counting to 2^planes - 1. */
export class BitPlanes {
  readonly words: number
  readonly planes: number
  /** Plane p occupies [p × words, (p + 1) × words). */
  readonly bits: Uint32Array
  readonly #chosen: Uint32Array
  readonly #tied: Uint32Array

  constructor(words: number, countMax: number) {
    this.words = words
    this.planes = 32 - Math.clz32(countMax)
    this.bits = new Uint32Array(words * this.planes)
    this.#chosen = new Uint32Array(words)
    this.#tied = new Uint32Array(words)
  }

  clear(): void {
    this.bits.fill(0)
  }

  /** Adds one to the counters whose bit is set in the row starting at `start`. */
  addRow(rows: Uint32Array, start: number): void {
    const { words, bits } = this
    for (let w = 0; w < words; w++) {
      let carry = rows[start + w]!
      for (let at = w; carry !== 0; at += words) {
        const plane = bits[at]!
        bits[at] = plane ^ carry
        carry &= plane
      }
    }
  }

  /** Takes one from the counters whose bit is set; none of them may be zero. */
  subtractRow(rows: Uint32Array, start: number): void {
    const { words, bits } = this
    for (let w = 0; w < words; w++) {
      let borrow = rows[start + w]!
      for (let at = w; borrow !== 0; at += words) {
        const plane = bits[at]!
        bits[at] = plane ^ borrow
        borrow &= ~plane
      }
    }
  }

  /** Adds one to a single counter. */
  increment(lane: number): void {
    let carry = 1 << (lane & 31)
    for (let at = lane >>> 5; carry !== 0; at += this.words) {
      const plane = this.bits[at]!
      this.bits[at] = plane ^ carry
      carry &= plane
    }
  }

  /** Takes one from a single counter, which may not be zero. */
  decrement(lane: number): void {
    let borrow = 1 << (lane & 31)
    for (let at = lane >>> 5; borrow !== 0; at += this.words) {
      const plane = this.bits[at]!
      this.bits[at] = plane ^ borrow
      borrow &= ~plane
    }
  }

  /** The count of one lane. */
  count(lane: number): number {
    let count = 0
    for (let p = 0; p < this.planes; p++) {
      count |= ((this.bits[p * this.words + (lane >>> 5)]! >>> (lane & 31)) & 1) << p
    }
    return count
  }

  /** Writes the count of every lane; counts over 255 do not fit. */
  writeCounts(into: Uint8Array): void {
    for (let lane = 0; lane < into.length; lane++) into[lane] = this.count(lane)
  }

  /** Sets the bit of every lane that counts at least one. */
  writeNonZero(into: Uint32Array): void {
    const { words, planes, bits } = this
    for (let w = 0; w < words; w++) {
      let any = 0
      for (let p = 0; p < planes; p++) any |= bits[p * words + w]!
      into[w] = any
    }
  }

  /**
   * Writes the `k` lanes with the largest counts, in ascending order; among equal counts at the
   * edge the lower lane wins. `into` has at least k places.
   */
  writeLargest(k: number, into: Uint16Array): void {
    const { words, bits } = this
    const chosen = this.#chosen
    const tied = this.#tied
    chosen.fill(0)
    tied.fill(0xffffffff)
    let chosenCount = 0
    for (let start = (this.planes - 1) * words; start >= 0; start -= words) {
      let high = 0
      for (let w = 0; w < words; w++) high += bitCount(tied[w]! & bits[start + w]!)
      if (chosenCount + high > k) {
        for (let w = 0; w < words; w++) tied[w] = tied[w]! & bits[start + w]!
        continue
      }
      chosenCount += high
      for (let w = 0; w < words; w++) {
        const plane = bits[start + w]!
        chosen[w] = chosen[w]! | (tied[w]! & plane)
        tied[w] = tied[w]! & ~plane
      }
    }
    this.#writeLanes(k, chosenCount, into)
  }

  /** The chosen lanes and, from the lowest on, as many of the tied ones as are missing. */
  #writeLanes(k: number, chosenCount: number, into: Uint16Array): void {
    let missing = k - chosenCount
    let at = 0
    for (let w = 0; w < this.words; w++) {
      let tied = missing > 0 ? this.#tied[w]! : 0
      while (bitCount(tied) > missing) tied &= ~(0x80000000 >>> Math.clz32(tied))
      missing -= bitCount(tied)
      let word = this.#chosen[w]! | tied
      while (word !== 0) {
        into[at++] = w * 32 + 31 - Math.clz32(word & -word)
        word &= word - 1
      }
    }
  }
}
