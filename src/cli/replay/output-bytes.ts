/**
 * A growing run of output bytes, and numbers written into it.
 *
 * Rows are written as bytes, since most of a row is copied from the input's bytes. A double is
 * written by the shortest text that reads back as the same double. That text costs more than
 * anything else in a row, and in many columns it is the same as in the row before, so each column
 * keeps its last one.
 */

/** Room for one row: four doubles of at most 24 characters, the words, and some. */
const rowRoomBytes = 256

/** Up to here a loop is faster than a call; measured on numbers of 17 digits. */
const shortText = 20

const encoder = new TextEncoder()

/** See the head of the file. */
export class OutputBytes {
  #bytes: Buffer
  #length = 0

  constructor(sizeBytes: number) {
    this.#bytes = Buffer.alloc(sizeBytes)
  }

  get length(): number {
    return this.#length
  }

  /** What was written; a view that holds until `clear` or the next write. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  clear(): void {
    this.#length = 0
  }

  /** Sees to it that so much can be written without growing. */
  reserve(roomBytes: number): void {
    const needed = this.#length + roomBytes + rowRoomBytes
    if (needed <= this.#bytes.length) return
    const grown = Buffer.alloc(Math.max(needed, this.#bytes.length * 2))
    grown.set(this.written)
    this.#bytes = grown
  }

  /** One byte; room must have been reserved. */
  byte(value: number): void {
    this.#bytes[this.#length++] = value
  }

  /** Bytes of a range; room must have been reserved. Short ranges: a loop beats `set`. */
  range(bytes: Uint8Array, start: number, end: number): void {
    const target = this.#bytes
    let at = this.#length
    for (let i = start; i < end; i++) target[at++] = bytes[i] as number
    this.#length = at
  }

  /** ASCII text; room must have been reserved. */
  ascii(text: string): void {
    const at = this.#length
    if (text.length > shortText) this.#bytes.write(text, at, 'latin1')
    else for (let i = 0; i < text.length; i++) this.#bytes[at + i] = text.charCodeAt(i)
    this.#length = at + text.length
  }

  /** Any text, as UTF-8. */
  text(text: string): void {
    this.reserve(text.length * 3)
    this.#length += encoder.encodeInto(text, this.#bytes.subarray(this.#length)).written
  }
}

/** One column of doubles. */
export class DoubleColumn {
  #last = NaN
  #text = ''

  /** Writes a finite number; room must have been reserved. */
  write(value: number, output: OutputBytes): void {
    if (value !== this.#last) {
      this.#last = value
      this.#text = String(value)
    }
    output.ascii(this.#text)
  }
}

/** Three columns of doubles with commas between them; what is not finite is left empty. */
export class DoubleColumns {
  readonly #last = [NaN, NaN, NaN]
  #text = ',,'

  /** Writes three numbers; room must have been reserved. */
  write(a: number, b: number, c: number, output: OutputBytes): void {
    const last = this.#last
    if (!Object.is(a, last[0]) || !Object.is(b, last[1]) || !Object.is(c, last[2])) {
      last[0] = a
      last[1] = b
      last[2] = c
      // Three numbers in one call take two thirds of the time of three calls.
      const text = JSON.stringify(last)
      this.#text = text.includes('n') ? text.slice(1, -1).replaceAll('null', '') : text.slice(1, -1)
    }
    output.ascii(this.#text)
  }
}
