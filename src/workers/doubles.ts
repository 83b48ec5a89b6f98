/**
 * Rows of doubles in one growing buffer that two threads share: what samples and scores travel in.
 *
 * Every number of a sample or score is exact as a double: times and offsets are whole numbers below
 * 2⁵³. One side writes, says in a message how much, and does not touch the buffer again until the
 * other one has answered; so no atomic operations are needed. The buffers stay with both sides:
 * handing them over each time made either side collect garbage twice as often.
 */

/** A buffer that both sides see. */
export type SharedDoubles = Float64Array<SharedArrayBuffer>

/** See the head of the file. */
export class Doubles {
  #values: SharedDoubles
  /** Doubles written. */
  #length = 0

  /** Begins to write at the start of a buffer, or of a new one. */
  constructor(values: SharedDoubles = sharedDoubles(doublesMin)) {
    this.#values = values
  }

  get length(): number {
    return this.#length
  }

  /** Room for a row of `count` doubles: where it begins. To be filled through `values`. */
  row(count: number): number {
    const start = this.#length
    this.#length = start + count
    if (this.#length > this.#values.length) this.#grow()
    return start
  }

  /** The buffer, valid until the next row; longer than what was written. */
  get values(): SharedDoubles {
    return this.#values
  }

  #grow(): void {
    const grown = sharedDoubles(this.#length * 2)
    grown.set(this.#values)
    this.#values = grown
  }
}

/** 32 KiB: some hundred samples. */
const doublesMin = 4096

function sharedDoubles(count: number): SharedDoubles {
  return new Float64Array(new SharedArrayBuffer(count * Float64Array.BYTES_PER_ELEMENT))
}
