/**
 * Rows as PostgreSQL's COPY takes them in binary.
 *
 *   signature (11 bytes) · flags int32 · extension length int32
 *   row:   columns int16 · { length int32 (-1: null) · bytes }…
 *   end:   -1 int16
 *
 * Everything is big-endian. A time is microseconds since 2000-01-01 as int64.
 * Source: https://www.postgresql.org/docs/15/sql-copy.html, "Binary Format".
 *
 * Binary, because neither side has to print or read numbers then.
 */

const signature = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
/** 2000-01-01T00:00:00Z. */
const epochMs = 946_684_800_000
const twoTo32 = 2 ** 32
/** Longest text that is kept of anything, in UTF-16 units; labels and reasons are far shorter. */
const textMax = 10_000

/** See the head of the file. Bytes of one COPY; not used again after `ended`. */
export class CopyRows {
  #bytes = Buffer.allocUnsafe(64 * 1024)
  #length = signature.copy(this.#bytes)
  /** Rows so far. */
  count = 0

  row(columns: number): void {
    this.#room(2)
    this.#length = this.#bytes.writeInt16BE(columns, this.#length)
    this.count++
  }

  nothing(): void {
    this.#room(4)
    this.#length = this.#bytes.writeInt32BE(-1, this.#length)
  }

  /** A whole number in int4. */
  int(value: number): void {
    this.#room(8)
    this.#bytes.writeInt32BE(4, this.#length)
    this.#length = this.#bytes.writeInt32BE(value, this.#length + 4)
  }

  /** A whole number below 2⁵³ in int8. */
  bigint(value: number): void {
    this.#room(12)
    const at = this.#bytes.writeInt32BE(8, this.#length)
    this.#bytes.writeInt32BE(Math.floor(value / twoTo32), at)
    this.#length = this.#bytes.writeUInt32BE(((value % twoTo32) + twoTo32) % twoTo32, at + 4)
  }

  /** 16 hexadecimal digits as the int8 of the same bits. */
  hex64(digits: string): void {
    this.#room(12)
    const at = this.#bytes.writeInt32BE(8, this.#length)
    this.#bytes.writeUInt32BE(Number.parseInt(digits.slice(0, 8), 16), at)
    this.#length = this.#bytes.writeUInt32BE(Number.parseInt(digits.slice(8), 16), at + 4)
  }

  /** float8; NaN is null. */
  number(value: number): void {
    if (Number.isNaN(value)) {
      this.nothing()
      return
    }
    this.#room(12)
    const at = this.#bytes.writeInt32BE(8, this.#length)
    this.#length = this.#bytes.writeDoubleBE(value, at)
  }

  /** timestamptz; `remainderNs` below a microsecond is cut. */
  time(timestampMs: number, remainderNs = 0): void {
    const micros = (timestampMs - epochMs) * 1000 + Math.floor(remainderNs / 1000)
    if (Number.isSafeInteger(micros)) {
      this.bigint(micros)
      return
    }
    // Beyond the year 2285.
    this.#room(12)
    const at = this.#bytes.writeInt32BE(8, this.#length)
    this.#length = this.#bytes.writeBigInt64BE(BigInt(timestampMs - epochMs) * 1000n, at)
  }

  /** Text; undefined is null. PostgreSQL's texts have no NUL. */
  text(value: string | undefined): void {
    if (value === undefined) {
      this.nothing()
      return
    }
    const text = textOf(value)
    this.#room(4 + text.length * 3)
    const written = this.#bytes.write(text, this.#length + 4, 'utf8')
    this.#bytes.writeInt32BE(written, this.#length)
    this.#length += 4 + written
  }

  /** All bytes, with the end. */
  ended(): Buffer {
    this.#room(2)
    this.#length = this.#bytes.writeInt16BE(-1, this.#length)
    return this.#bytes.subarray(0, this.#length)
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + bytes))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }
}

/** A text as PostgreSQL can hold it: without NUL, halves of characters, and overlong ends. */
export function textOf(value: string): string {
  const short = value.length > textMax ? value.slice(0, textMax) : value
  return short.includes('\0') ? short.replaceAll('\0', '\u{fffd}') : short
}
