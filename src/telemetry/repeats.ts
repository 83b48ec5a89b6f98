/**
 * Keeps a log readable: of lines that say the same again and again, one in a while is let through,
 * with the number of those that were not.
 *
 * What "the same" is, the caller says by a key. The number of keys is bounded; at the bound the
 * oldest is forgotten, and at worst a line is let through early.
 */

import type { Clock } from '../core/clock.ts'

/** Keys kept. Each is a source or sink with a reason: hundreds at most in a sane set-up. */
const keysMax = 1000

/** See the head of the file. */
export class Repeats {
  readonly #clock: Clock
  readonly #lines = new Map<string, { sinceMs: number; held: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * How many lines of this key were held back since the last one, if another one may be written
   * now; undefined if this one is held back too.
   */
  next(key: string, everyMs: number): number | undefined {
    const nowMs = this.#clock.nowMs()
    const line = this.#lines.get(key)
    if (line !== undefined && nowMs - line.sinceMs < everyMs && nowMs >= line.sinceMs) {
      line.held++
      return undefined
    }
    this.#lines.delete(key)
    this.#lines.set(key, { sinceMs: nowMs, held: 0 })
    if (this.#lines.size > keysMax) {
      for (const oldest of this.#lines.keys()) {
        this.#lines.delete(oldest)
        break
      }
    }
    return line?.held ?? 0
  }
}
