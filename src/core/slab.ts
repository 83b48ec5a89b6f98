/**
 * Room for many small copies of bytes in few large buffers.
 *
 * Thousands of buffers of their own cost the collector more than what is in them; views on a shared
 * one cost little. A slab is let go as a whole: whoever keeps one of the views for long keeps all.
 */

/** Bytes of a buffer; a copy that is larger has one of its own. */
const slabBytes = 1_048_576

/** See the head of the file. */
export class Slab {
  #bytes = new Uint8Array(0)
  #used = 0

  /** A copy, which stays as it is. */
  copy(bytes: Uint8Array): Uint8Array {
    if (bytes.length > slabBytes) return bytes.slice()
    if (this.#used + bytes.length > this.#bytes.length) {
      this.#bytes = new Uint8Array(slabBytes)
      this.#used = 0
    }
    const start = this.#used
    this.#used = start + bytes.length
    this.#bytes.set(bytes, start)
    return this.#bytes.subarray(start, this.#used)
  }
}
