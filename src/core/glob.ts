/**
 * Globs: patterns that match a whole text.
 *
 *   *    any run of characters, also none
 *   ?    one character
 *   \x   the character x itself, also where x is * ? or \
 *
 * A pattern is compiled once to a nondeterministic automaton whose states are the bits of a few
 * machine words. With D = the set of states reached, B[c] = the elements that character c fits and
 * S = the places of stars, one character of text is one step for all states at once:
 *
 *   D' = ((D & B[c]) << 1) | (D & S)
 *
 * Nothing is tried and taken back, so no pattern is slow: `*a*a*a*b` against a long run of `a`
 * costs what any other pattern of its length costs. Regular expressions are not used because an
 * engine that backtracks has no such bound, and patterns come from configuration and API.
 *
 * Source: Baeza-Yates and Gonnet 1992, "A new approach to text searching" (Shift-And); gaps as in
 * Navarro and Raffinot, "Flexible pattern matching in strings", 4.2.
 * Cost: O(text × ⌈pattern / 32⌉) time, no allocation while matching; memory linear in the pattern.
 */

const wordBits = 32
const backslash = 0x5c

/** A compiled glob. */
export class Glob {
  readonly pattern: string
  /** The text itself where the pattern has no wildcard. */
  readonly #literal: string | undefined
  /** Whether the pattern is stars alone. */
  readonly #everything: boolean
  readonly #words: number
  /** Bits of the `?` elements: what a character fits that the pattern does not name. */
  readonly #any: Uint32Array
  /** Bits of the elements that a character fits, `?` included, by code point. */
  readonly #fits = new Map<number, Uint32Array>()
  /** Bits of the states that keep themselves: before element i stands a star. */
  readonly #stars: Uint32Array
  readonly #lastState: number
  /** States reached; scratch. */
  readonly #reached: Uint32Array

  constructor(pattern: string) {
    this.pattern = pattern
    const { elements, starsBefore, text } = parsed(pattern)
    this.#lastState = elements.length
    this.#words = Math.floor(elements.length / wordBits) + 1
    this.#any = new Uint32Array(this.#words)
    this.#stars = new Uint32Array(this.#words)
    this.#reached = new Uint32Array(this.#words)
    for (const state of starsBefore) setBit(this.#stars, state)
    elements.forEach((element, i) => {
      if (element === undefined) setBit(this.#any, i)
    })
    elements.forEach((element, i) => {
      if (element !== undefined) setBit(this.#fitsOf(element), i)
    })
    const wild = starsBefore.size > 0 || elements.includes(undefined)
    this.#literal = wild ? undefined : text
    this.#everything = wild && elements.length === 0
  }

  #fitsOf(codePoint: number): Uint32Array {
    let bits = this.#fits.get(codePoint)
    if (bits === undefined) {
      bits = this.#any.slice()
      this.#fits.set(codePoint, bits)
    }
    return bits
  }

  /** True if the whole text fits the pattern. Case counts. */
  matches(text: string): boolean {
    if (this.#literal !== undefined) return text === this.#literal
    if (this.#everything) return true
    const reached = this.#reached
    reached.fill(0)
    reached[0] = 1
    for (let i = 0; i < text.length; i++) {
      const codePoint = text.codePointAt(i) as number
      if (codePoint > 0xffff) i++
      if (!this.#step(this.#fits.get(codePoint) ?? this.#any)) return false
    }
    return hasBit(reached, this.#lastState)
  }

  /** One character; false if no state is left. Each word needs the one below, so from the top. */
  #step(fits: Uint32Array): boolean {
    const reached = this.#reached
    const stars = this.#stars
    let left = 0
    for (let w = this.#words - 1; w >= 0; w--) {
      const now = reached[w] as number
      const carry = w > 0 ? ((reached[w - 1] as number) & (fits[w - 1] as number)) >>> 31 : 0
      const next = ((now & (fits[w] as number)) << 1) | carry | (now & (stars[w] as number))
      reached[w] = next
      left |= next
    }
    return left !== 0
  }
}

interface ParsedGlob {
  /** One for each single character: its code point, or undefined for `?`. */
  readonly elements: readonly (number | undefined)[]
  /** How many elements stand before each star. */
  readonly starsBefore: ReadonlySet<number>
  /** The characters that stand for themselves, escapes taken out. */
  readonly text: string
}

/** A backslash at the very end stands for itself. */
function parsed(pattern: string): ParsedGlob {
  const elements: (number | undefined)[] = []
  const starsBefore = new Set<number>()
  let text = ''
  let escaped = false
  for (const character of pattern) {
    if (!escaped && character === '\\') escaped = true
    else if (!escaped && character === '*') starsBefore.add(elements.length)
    else if (!escaped && character === '?') elements.push(undefined)
    else {
      elements.push(character.codePointAt(0))
      text += character
      escaped = false
    }
  }
  if (escaped) {
    elements.push(backslash)
    text += '\\'
  }
  return { elements, starsBefore, text }
}

function setBit(bits: Uint32Array, index: number): void {
  const word = Math.floor(index / wordBits)
  bits[word] = ((bits[word] as number) | (1 << (index % wordBits))) >>> 0
}

function hasBit(bits: Uint32Array, index: number): boolean {
  return (((bits[Math.floor(index / wordBits)] as number) >>> (index % wordBits)) & 1) === 1
}
