/**
 * Text as bytes, written from front to end: numbers, prepared pieces and text.
 *
 * Numbers are what costs when scores are written: String(0.8414709848078965) takes 150 ns and makes
 * a string that is turned into bytes afterwards. Here they are written where they belong by a small
 * WebAssembly program (kernels/number-text), digit for digit as String does. The buffer is that
 * program's memory; it grows as needed and is used again after `clear`.
 *
 * Cost: bench/speed/encoders.ts.
 */

import { kernelBytes } from './number-kernel-bytes.ts'
import { nanosecondsText } from './timestamp-text.ts'

/** The part of WebAssembly used here, which the language's own library does not describe. */
interface Assembly {
  readonly Memory: new (pages: { initial: number }) => Memory
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (program: object, imports: object) => { readonly exports: unknown }
}

interface Memory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

interface Program {
  writeNumber(value: number, start: number): number
  writePadded(value: number, start: number, width: number): number
}

declare const WebAssembly: Assembly

const pageBytes = 65_536
/** Where text may begin: the program's tables stand before it. */
const textAt = 16_384
/** Addresses of the tables, as in kernels/number-text. */
const powersAt = 64
const pairsAt = 9_984
const wholePowersAt = 10_184
/** Powers of ten that doubles need. */
const powerMin = -292
const powerMax = 324

/** More than any number takes: a sign, 17 digits, a point, zeros, an exponent; a timestamp. */
const numberBytesMax = 32
/** Up to here byte after byte takes less time than the call that copies many: 5 to 40 ns each. */
const shortBytesMax = 32
/** No character takes more in UTF-8. */
const characterBytesMax = 3
const nsDigits = 6
const asciiMax = 127

const utf8 = new TextEncoder()
const hexDigits = utf8.encode('0123456789abcdef')
let program: object | undefined
let tables: Uint8Array | undefined

/** See the head of the file. */
export class TextBytes {
  readonly #memory: Memory
  readonly #program: Program
  #bytes: Uint8Array
  #at = textAt
  /** The last time that was written, and its digits. */
  #lastMs = NaN
  #lastRemainderNs = 0
  readonly #lastTime = new Uint8Array(numberBytesMax)
  #lastTimeBytes = 0

  constructor() {
    program ??= new WebAssembly.Module(kernelBytes())
    tables ??= tableBytes()
    this.#memory = new WebAssembly.Memory({ initial: 1 })
    const abort = (): never => {
      throw new Error('the number kernel is broken')
    }
    const imports = { env: { memory: this.#memory, abort } }
    this.#program = new WebAssembly.Instance(program, imports).exports as Program
    this.#bytes = new Uint8Array(this.#memory.buffer)
    this.#bytes.set(tables)
  }

  /** How many bytes were written since it was cleared. */
  get length(): number {
    return this.#at - textAt
  }

  /** Forgets everything. */
  clear(): void {
    this.#at = textAt
  }

  /** A copy of what was written. */
  copy(): Uint8Array {
    return this.#bytes.slice(textAt, this.#at)
  }

  /** One byte. */
  byte(byte: number): void {
    if (this.#at === this.#bytes.length) this.#grow(1)
    this.#bytes[this.#at++] = byte
  }

  /** Prepared bytes. */
  append(bytes: Uint8Array): void {
    const { length } = bytes
    const at = this.#at
    if (at + length > this.#bytes.length) this.#grow(length)
    this.#at = at + length
    if (length > shortBytesMax) {
      this.#bytes.set(bytes, at)
      return
    }
    const here = this.#bytes
    for (let i = 0; i < length; i++) here[at + i] = bytes[i]!
  }

  /** Text, as UTF-8. */
  text(text: string): void {
    if (this.#at + text.length * characterBytesMax > this.#bytes.length) {
      this.#grow(text.length * characterBytesMax)
    }
    const bytes = this.#bytes
    let at = this.#at
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code > asciiMax) {
        this.#at += utf8.encodeInto(text, bytes.subarray(this.#at)).written
        return
      }
      bytes[at++] = code
    }
    this.#at = at
  }

  /** A finite number as `String` writes it; so minus zero is 0. */
  number(value: number): void {
    if (this.#at + numberBytesMax > this.#bytes.length) this.#grow(numberBytesMax)
    this.#at = this.#program.writeNumber(value, this.#at)
  }

  /** A time in nanoseconds, of whole milliseconds and what is below them. */
  nanoseconds(ms: number, remainderNs: number): void {
    if (this.#at + numberBytesMax > this.#bytes.length) this.#grow(numberBytesMax)
    // Samples of one line, and of many, have the same time.
    if (ms === this.#lastMs && remainderNs === this.#lastRemainderNs) {
      const [bytes, last, from] = [this.#bytes, this.#lastTime, this.#at]
      const length = this.#lastTimeBytes
      for (let i = 0; i < length; i++) bytes[from + i] = last[i]!
      this.#at = from + length
      return
    }
    if (ms <= 0) {
      this.text(nanosecondsText(ms, remainderNs))
      return
    }
    const from = this.#at
    const at = this.#program.writeNumber(ms, from)
    this.#at = this.#program.writePadded(remainderNs, at, nsDigits)
    this.#lastMs = ms
    this.#lastRemainderNs = remainderNs
    this.#lastTimeBytes = this.#at - from
    this.#lastTime.set(this.#bytes.subarray(from, this.#at))
  }

  /** A number in [0, 2³²) as eight hexadecimal digits. */
  hex(value: number): void {
    if (this.#at + 8 > this.#bytes.length) this.#grow(8)
    const at = this.#at
    for (let i = 0; i < 8; i++) this.#bytes[at + i] = hexDigits[(value >>> (28 - 4 * i)) & 15]!
    this.#at = at + 8
  }

  #grow(count: number): void {
    const pages = Math.ceil(Math.max(count, this.#bytes.length) / pageBytes)
    this.#memory.grow(pages)
    this.#bytes = new Uint8Array(this.#memory.buffer)
  }
}

/** A piece of text as bytes, for `append`. */
export function asciiBytes(text: string): Uint8Array {
  return utf8.encode(text)
}

/** The first bytes of the memory: see kernels/number-text. */
function tableBytes(): Uint8Array {
  const bytes = new Uint8Array(textAt)
  const view = new DataView(bytes.buffer)
  const word = (1n << 64n) - 1n
  for (let k = powerMin; k <= powerMax; k++) {
    const power = normalizedPower(k)
    const at = powersAt + (k - powerMin) * 16
    view.setBigUint64(at, power & word, true)
    view.setBigUint64(at + 8, power >> 64n, true)
  }
  for (let i = 0; i < 100; i++) utf8.encodeInto(String(i).padStart(2, '0'), pairAt(bytes, i))
  for (let k = 0; k < 20; k++) view.setBigUint64(wholePowersAt + k * 8, 10n ** BigInt(k), true)
  return bytes
}

function pairAt(bytes: Uint8Array, i: number): Uint8Array {
  return bytes.subarray(pairsAt + 2 * i, pairsAt + 2 * i + 2)
}

/** 10^k times the power of two that makes it 128 bits long, rounded up. */
function normalizedPower(k: number): bigint {
  if (k >= 0) {
    const power = 10n ** BigInt(k)
    const surplus = BigInt(power.toString(2).length - 128)
    if (surplus <= 0n) return power << -surplus
    return (power + (1n << surplus) - 1n) >> surplus
  }
  const divisor = 10n ** BigInt(-k)
  const bits = BigInt(divisor.toString(2).length)
  // 2^(bits + 127) / divisor lies between 2^127 and 2^128: no power of ten is one of two.
  const dividend = 1n << (bits + 127n)
  return (dividend + divisor - 1n) / divisor
}
