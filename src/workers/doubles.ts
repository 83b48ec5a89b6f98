/**
 * Rows of doubles in one growing buffer: what samples and scores travel in between threads.
 *
 * Every number of a sample or score is exact as a double: times and offsets are whole numbers below
 * 2⁵³. The buffer is handed over, not copied; whoever has it back uses it again.
 */

/** See the head of the file. */
export class Doubles {
  #values: Float64Array<ArrayBuffer>
  /** Doubles written. */
  #length = 0

  /** Begins with an empty buffer, or with the buffer of another one, that is used no more. */
  constructor(values: Float64Array<ArrayBuffer> = new Float64Array(0)) {
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
  get values(): Float64Array<ArrayBuffer> {
    return this.#values
  }

  #grow(): void {
    const grown = new Float64Array(Math.max(doublesMin, this.#length * 2))
    grown.set(this.#values)
    this.#values = grown
  }
}

/** 32 KiB: some hundred samples. */
const doublesMin = 4096
