/** A growing buffer of bytes, to be cleared and filled again. */

const startBytes = 256

/** See the head of the file. */
export class ByteBuffer {
  /** Only the first `length` bytes hold. Replaced by a larger one as it grows. */
  bytes = new Uint8Array(startBytes)
  length = 0

  clear(): void {
    this.length = 0
  }

  push(byte: number): void {
    this.#reserve(1)
    this.bytes[this.length++] = byte
  }

  /** Appends a range of other bytes. */
  append(bytes: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start)
    let length = this.length
    for (let i = start; i < end; i++) this.bytes[length++] = bytes[i] as number
    this.length = length
  }

  #reserve(count: number): void {
    const needed = this.length + count
    if (needed <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(needed, 2 * this.bytes.length))
    grown.set(this.bytes)
    this.bytes = grown
  }
}
