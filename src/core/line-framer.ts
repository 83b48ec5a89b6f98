/**
 * Whole lines out of a stream of chunks.
 *
 *   chunk      "a 1\nb 2\nc"      " 3\nd 4\n"
 *   payload    "a 1\nb 2\n"   "c 3\nd 4\n"
 *
 * Streams (TCP, files, pipes) cut lines anywhere; decoders want whole ones. The framer hands out
 * the part of what it has up to the last line end and keeps the rest. A line over the limit is cut
 * out, said once as a rejection, and what follows it is read on.
 *
 * Cost: each byte is copied at most twice; memory is one line of at most `lineBytesMax`.
 */

import { rejection } from './rejection.ts'
import type { Rejection } from './rejection.ts'

const newline = 10
const nothing = new Uint8Array(0)

/** Bytes of the head of a dropped line that are kept for its rejection. */
const quotedBytes = 200

export class LineFramer {
  readonly #lineBytesMax: number
  #rest: Uint8Array = nothing
  #dropping = false

  constructor(lineBytesMax: number) {
    this.#lineBytesMax = lineBytesMax
  }

  /**
   * Takes a chunk; returns the whole lines so far, ended by a line end, or an empty array. The
   * bytes are the caller's to keep.
   */
  push(chunk: Uint8Array, rejections: Rejection[]): Uint8Array {
    let fresh = chunk
    if (this.#dropping) {
      const end = fresh.indexOf(newline)
      if (end < 0) return nothing
      fresh = fresh.subarray(end + 1)
      this.#dropping = false
    }
    const last = fresh.lastIndexOf(newline)
    const whole = last < 0 ? nothing : joined(this.#rest, fresh.subarray(0, last + 1))
    const rest = last < 0 ? joined(this.#rest, fresh) : fresh.slice(last + 1)
    if (rest.length > this.#lineBytesMax) {
      rejections.push(tooLong(rest, this.#lineBytesMax))
      this.#dropping = true
      this.#rest = nothing
    } else {
      this.#rest = rest
    }
    return whole
  }

  /** The unended last line, at the end of the stream. */
  flush(): Uint8Array {
    const rest = this.#rest
    this.#rest = nothing
    this.#dropping = false
    return rest
  }
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  if (tail.length === 0) return head
  const both = new Uint8Array(head.length + tail.length)
  both.set(head)
  both.set(tail, head.length)
  return both
}

function tooLong(bytes: Uint8Array, limit: number): Rejection {
  const head = new TextDecoder().decode(bytes.subarray(0, quotedBytes))
  return rejection('too_long', `line over ${limit} bytes`, head)
}
