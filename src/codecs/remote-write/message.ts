/**
 * Reads the fields of a protobuf message, one after the other, without a copy.
 *
 *   message = { tag value }     tag = varint of (number << 3 | kind)
 *   kind 0 varint · 1 eight bytes · 2 length and bytes · 5 four bytes
 *
 * A reader is pointed at a range of bytes and walked with `next`; ranges inside are read by other
 * readers. Never throws; what does not follow the wire format ends the walk with
 * `broken`. Linear in the bytes passed; a range is passed without being read.
 *
 * Source: Protocol Buffers, "Encoding".
 */

const more = 0x80
const sevenBits = 0x7f
/** A varint of 64 bits has at most so many bytes. */
const varintBytesMax = 10

/** Kinds of fields that are known. */
export const varint = 0
export const fixed64 = 1
export const lengthDelimited = 2
const fixed32 = 5

/** See the head of the file. */
export class MessageReader {
  bytes: Uint8Array = new Uint8Array(0)
  #view = new DataView(this.bytes.buffer)
  #end = 0
  /** Where the next field begins. */
  at = 0
  /** True where the bytes behind `at` are no fields. */
  broken = false

  /** Of the field that `next` came to. */
  number = 0
  kind = 0
  /** The tag's first byte. */
  fieldStart = 0
  /** The bytes of its value; of kind 2 without their length. */
  start = 0
  end = 0

  /** Points at bytes of which ranges will be read. */
  open(bytes: Uint8Array, view: DataView): void {
    this.bytes = bytes
    this.#view = view
  }

  /** Points at a range of them. */
  range(start: number, end: number): void {
    this.at = start
    this.#end = end
    this.broken = false
  }

  /** Goes to the next field. False at the end, and where it is `broken`. */
  next(): boolean {
    if (this.at >= this.#end) return false
    this.fieldStart = this.at
    const tag = this.#varint()
    this.kind = tag % 8
    this.number = Math.floor(tag / 8)
    this.start = this.at
    if (this.kind === varint) this.#varint()
    else if (this.kind === fixed64) this.at += 8
    else if (this.kind === fixed32) this.at += 4
    else if (this.kind === lengthDelimited) {
      const length = this.#varint()
      this.start = this.at
      this.at += length
    } else this.broken = true
    this.end = this.at
    this.broken ||= this.number === 0 || this.at > this.#end
    return !this.broken
  }

  /** The value of a field of kind 1. */
  float64(): number {
    return this.#view.getFloat64(this.start, true)
  }

  /**
   * The value of a field of kind 0 that is signed (int64), exact where a double can hold it. Read
   * in thirds of 28, 28 and 8 bits, the last of which has the sign.
   */
  int64(): number {
    const low = this.#bits(0, 4)
    const middle = this.#bits(4, 8)
    const high = this.#bits(8, varintBytesMax)
    return ((high << 24) >> 24) * 2 ** 56 + middle * 2 ** 28 + low
  }

  /** Seven bits of each of some bytes of the value. */
  #bits(from: number, to: number): number {
    const end = Math.min(this.end - this.start, to)
    let value = 0
    for (let i = from; i < end; i++) {
      value += ((this.bytes[this.start + i] as number) & sevenBits) * 2 ** (7 * (i - from))
    }
    return value
  }

  /** The varint at a place; `at` is behind it afterwards. For packed fields. */
  varintAt(at: number): number {
    this.at = at
    return this.#varint()
  }

  /**
   * Steps over a varint and returns it unsigned. Behind the end there are no bytes: `undefined & …`
   * is 0, which ends it, and `at` is over the end.
   */
  #varint(): number {
    const { bytes } = this
    let byte = bytes[this.at++] as number
    if (byte < more) return byte
    let value = byte & sevenBits
    let factor = 128
    for (let i = 1; i < varintBytesMax; i++) {
      byte = bytes[this.at++] as number
      value += (byte & sevenBits) * factor
      if (!(byte & more)) return value
      factor *= 128
    }
    this.broken = true
    return 0
  }
}
