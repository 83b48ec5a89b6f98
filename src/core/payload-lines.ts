/**
 * The lines of a payload, one after the other, as ranges of its bytes.
 *
 * A line ends with a line feed, before which carriage returns do not count, or with the payload.
 * Empty lines are passed over. A line over the limit is passed over too and said as a rejection.
 */

import { lineEnd } from './byte-text.ts'
import type { Decoded } from './decoded.ts'
import type { SizeOption } from './options.ts'

const carriageReturn = 13

/** The option on the longest line, for decoders of lines. */
export const lineBytesOption = {
  kind: 'size',
  min: 256,
  max: 64 * 1024 * 1024,
  default: 64 * 1024,
  about: 'Longer lines are refused whole.',
} as const satisfies SizeOption

/** See the head of the file. */
export class PayloadLines {
  /** First byte of the line. */
  start = 0
  /** One past its last byte. */
  end = 0
  /** Where the line after it starts. A decoder that knows where may go on from another place. */
  next = 0
  readonly lineBytesMax: number

  constructor(lineBytesMax: number) {
    this.lineBytesMax = lineBytesMax
  }

  /** Goes to the start of a payload, or to a later place in it. */
  open(start = 0): void {
    this.next = start
  }

  /** Goes to the next line of the payload; false where there is none. */
  advance(decoded: Decoded): boolean {
    const bytes = decoded.bytes
    while (this.next < bytes.length) {
      const start = this.next
      let end = lineEnd(bytes, start)
      this.next = end + 1
      while (end > start && bytes[end - 1] === carriageReturn) end--
      if (end === start) continue
      if (end - start <= this.lineBytesMax) {
        this.start = start
        this.end = end
        return true
      }
      decoded.refuse('too_long', `line over ${this.lineBytesMax} bytes`, start, end)
    }
    return false
  }
}
