/**
 * Regular expressions over the start of a name, of a kind that can be said with globs.
 *
 *   pattern = sequence { "|" sequence }
 *   sequence = [ "^" ] { one [ "*" | "+" | "?" ] } [ "$" ]
 *   one = "." | "\" mark | plain character | "(" pattern ")"
 *
 * As Python's re.match has it, the start is anchored and the end is not. A quantifier stands behind
 * `.` alone (`?` also behind anything else); `^` and `$` stand at the ends of the whole. What else
 * regular expressions have is refused, so no pattern is slow: see core/glob.ts.
 *
 *   web\..*        ▶  web.*
 *   ^(a|b)\.cpu$   ▶  a.cpu, b.cpu
 */

import { ForewarnError } from '../../core/errors.ts'

/** A pattern that says more than this in globs is refused. */
const globsMax = 64

/** Globs that together match the names that the pattern does. Throws ERR_CONFIG_INVALID. */
export function globsOfNameStart(pattern: string): string[] {
  return new NameStart(pattern).globs()
}

/** Marks the end of a name while globs are put together. */
const end = '\u0000'

class NameStart {
  readonly #pattern: string
  readonly #characters: readonly string[]
  #at = 0

  constructor(pattern: string) {
    this.#pattern = pattern
    this.#characters = [...pattern]
  }

  globs(): string[] {
    const globs = this.#alternatives(0)
    if (this.#at < this.#characters.length) throw this.#fault('a ) without its (')
    return globs.map((glob) => (glob.endsWith(end) ? glob.slice(0, -1) : `${glob}*`))
  }

  #alternatives(depth: number): string[] {
    const globs = this.#sequence(depth)
    while (this.#take('|')) globs.push(...this.#sequence(depth))
    return this.#bounded(globs)
  }

  #sequence(depth: number): string[] {
    let globs = ['']
    if (depth === 0) this.#take('^')
    for (;;) {
      const next = this.#characters[this.#at]
      if (next === undefined || next === '|' || next === ')') return globs
      if (globs.some((glob) => glob.endsWith(end))) throw this.#fault('something behind $')
      const ones = this.#quantified(this.#one(depth))
      globs = this.#bounded(globs.flatMap((glob) => ones.map((one) => glob + one)))
    }
  }

  /** What one element matches. */
  #one(depth: number): string[] {
    const next = this.#characters[this.#at++] as string
    if (next === '.') return ['?']
    if (next === '(') return this.#group(depth)
    if (next === '$' && depth === 0) return [end]
    if (next === '\\') {
      const mark = this.#characters[this.#at++] ?? ''
      if (!/^[^A-Za-z0-9\u0000]$/u.test(mark)) throw this.#fault(`\\${mark}`)
      return [plain(mark)]
    }
    if (/[\^$*+?[\]{}\u0000]/.test(next)) throw this.#fault(next)
    return [plain(next)]
  }

  #group(depth: number): string[] {
    // Python's (?:…) groups and nothing more.
    if (this.#take('?') && !this.#take(':')) throw this.#fault('(?')
    const globs = this.#alternatives(depth + 1)
    if (!this.#take(')')) throw this.#fault('a ( without its )')
    return globs
  }

  #quantified(ones: string[]): string[] {
    if (this.#take('?')) return [...ones, '']
    const any = ones.length === 1 && ones[0] === '?'
    const quantifier = this.#characters[this.#at]
    if (quantifier !== '*' && quantifier !== '+') return ones
    if (!any) throw this.#fault(`${quantifier} behind anything but .`)
    this.#at++
    // How greedy it is matters to what is captured, and nothing is.
    this.#take('?')
    return [quantifier === '*' ? '*' : '?*']
  }

  #take(character: string): boolean {
    const found = this.#characters[this.#at] === character
    if (found) this.#at++
    return found
  }

  #bounded(globs: string[]): string[] {
    if (globs.length > globsMax) throw this.#fault(`more than ${globsMax} alternatives`)
    return globs
  }

  #fault(what: string): ForewarnError {
    const message =
      `name_start: expected characters, \\., ., .*, .+, ?, (a|b), ^ and $ as far as they can be ` +
      `globs, found ${what} in "${this.#pattern}"`
    return new ForewarnError('ERR_CONFIG_INVALID', message)
  }
}

/** A character as a glob has it. */
function plain(character: string): string {
  return /[*?\\]/.test(character) ? `\\${character}` : character
}
