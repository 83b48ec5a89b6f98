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

/**
 * The four columns score, expected, lower and upper, with commas between them; what is not finite
 * is left empty.
 *
 * Four numbers in one call of JSON.stringify take half of the time of four calls of String. Where
 * the band stays and the score alone changes, the band's text is kept.
 */
export class JudgedColumns {
  readonly #score = new DoubleColumn()
  readonly #four = [NaN, NaN, NaN, NaN]
  /** Text of the band; undefined where it was last written together with the score. */
  #band: string | undefined = ',,'

  /** Writes four numbers; room must have been reserved. */
  write(numbers: JudgedNumbers, output: OutputBytes): void {
    const { score, expected, lower, upper } = numbers
    const four = this.#four
    const same =
      Object.is(expected, four[1]) && Object.is(lower, four[2]) && Object.is(upper, four[3])
    if (same) {
      if (score - score === 0) this.#score.write(score, output)
      this.#band ??= joined(four.slice(1))
      output.byte(comma)
      output.ascii(this.#band)
      return
    }
    four[0] = score
    four[1] = expected
    four[2] = lower
    four[3] = upper
    this.#band = undefined
    output.ascii(joined(four))
  }
}

/** What a judged row says in numbers. */
export interface JudgedNumbers {
  readonly score: number
  readonly expected: number
  readonly lower: number
  readonly upper: number
}

const comma = 44

function joined(numbers: readonly number[]): string {
  const text = JSON.stringify(numbers)
  return text.includes('n') ? text.slice(1, -1).replaceAll('null', '') : text.slice(1, -1)
}
