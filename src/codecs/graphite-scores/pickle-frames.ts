/**
 * Frames of Carbon's pickle receiver: four bytes of length, the greatest first, then a pickle.
 *
 *   PROTO 2 · EMPTY_LIST · MARK
 *     ( BINUNICODE path · BINFLOAT timestamp · BINFLOAT value · TUPLE2 · TUPLE2 ) …
 *   APPENDS · STOP
 *
 * Source: https://graphite.readthedocs.io/en/latest/feeding-carbon.html#the-pickle-protocol;
 * opcodes as in Python's Lib/pickletools.py.
 */

const head = [0x80, 2, 0x5d, 0x28] as const
const binUnicode = 0x58
const binFloat = 0x47
const tuple2 = 0x86
const tail = [0x65, 0x2e] as const

/** Half of what Carbon takes in one frame (1 MiB). */
const frameBytesMax = 524_288
const lengthBytes = 4
/** Opcodes, length of the path and both doubles of one number. */
const numberBytes = 25

/** See the head of the file. */
export class PickleFrames {
  #bytes = new Uint8Array(65_536)
  #view = new DataView(this.#bytes.buffer)
  #length = 0
  /** Where the open frame begins; -1 while none is open. */
  #frameStart = -1

  /** A path, or a part of it, as `add` takes it. */
  path(text: string): Uint8Array {
    return new TextEncoder().encode(text)
  }

  /** One number at a time, of a path in two parts. */
  add(prefix: Uint8Array, path: Uint8Array, value: number, timestampMs: number): void {
    const length = prefix.length + path.length
    this.#reserve(length + numberBytes + lengthBytes + head.length)
    if (this.#frameStart < 0) this.#open()
    this.#put(binUnicode)
    this.#view.setUint32(this.#length, length, true)
    this.#bytes.set(prefix, this.#length + lengthBytes)
    this.#bytes.set(path, this.#length + lengthBytes + prefix.length)
    this.#length += lengthBytes + length
    this.#float(timestampMs / 1000)
    this.#float(value)
    this.#put(tuple2, tuple2)
    if (this.#length - this.#frameStart >= frameBytesMax) this.#close()
  }

  /** All frames since the last time. */
  bytes(): Uint8Array {
    if (this.#frameStart >= 0) this.#close()
    const bytes = this.#bytes.slice(0, this.#length)
    this.#length = 0
    return bytes
  }

  #open(): void {
    this.#frameStart = this.#length
    this.#length += lengthBytes
    this.#put(...head)
  }

  #close(): void {
    this.#reserve(tail.length)
    this.#put(...tail)
    this.#view.setUint32(this.#frameStart, this.#length - this.#frameStart - lengthBytes)
    this.#frameStart = -1
  }

  #float(value: number): void {
    this.#bytes[this.#length] = binFloat
    this.#view.setFloat64(this.#length + 1, value)
    this.#length += 9
  }

  #put(...bytes: readonly number[]): void {
    for (const byte of bytes) this.#bytes[this.#length++] = byte
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more))
    grown.set(this.#bytes)
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}
