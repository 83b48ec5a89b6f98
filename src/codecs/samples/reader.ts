/**
 * Reads the values of a record of samples; see layout.ts. Whatever the bytes are, a value that is
 * not there or not possible is told by `damage`, and everything read after that means nothing.
 */

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** See the head of the file. Opened anew for each record. */
export class SamplesReader {
  /** What is wrong; empty where nothing is. */
  damage = ''
  #bytes: Uint8Array = new Uint8Array(0)
  #view: DataView = new DataView(new ArrayBuffer(0))
  #at = 0

  open(bytes: Uint8Array): void {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#at = 0
    this.damage = ''
  }

  /** Where the next value begins. */
  get at(): number {
    return this.#at
  }

  get ended(): boolean {
    return this.#at >= this.#bytes.length
  }

  byte(): number {
    const at = this.#take(1)
    return at < 0 ? 0 : (this.#bytes[at] as number)
  }

  number(): number {
    let value = 0
    let scale = 1
    // Eight bytes hold 56 bits: the first that is beyond 2^53 - 1 is found before it is rounded.
    for (let i = 0; i < 8; i++) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value <= Number.MAX_SAFE_INTEGER ? value : this.#damaged('a number')
      scale *= 0x80
    }
    return this.#damaged('a number')
  }

  delta(): number {
    const first = this.byte()
    const low = (first >> 1) & 0x3f
    const size = first < 0x80 ? low : this.number() * 0x40 + low
    if (size > Number.MAX_SAFE_INTEGER) return this.#damaged('a difference')
    return (first & 1) === 0 ? size : -size
  }

  float(): number {
    const at = this.#take(8)
    return at < 0 ? 0 : this.#view.getFloat64(at, true)
  }

  text(): string {
    const length = this.number()
    const start = this.#take(length)
    if (start < 0) return ''
    try {
      return decoder.decode(this.#bytes.subarray(start, start + length))
    } catch {
      this.#damaged('a text')
      return ''
    }
  }

  /** Passes over bytes; where they begin, or -1 where they are not there. */
  skip(length: number): number {
    return this.#take(length)
  }

  #take(length: number): number {
    const start = this.#at
    if (this.damage !== '' || start + length > this.#bytes.length) {
      this.damage ||= 'it ends too early'
      return -1
    }
    this.#at = start + length
    return start
  }

  #damaged(what: string): number {
    this.damage ||= `${what} in it is not one`
    return 0
  }
}
