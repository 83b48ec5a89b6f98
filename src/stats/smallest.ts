/**
 * The k smallest of many, in order, without sorting the many.
 *
 *   ┌─ kept, in order ─┬─ came since ─┐
 *   │ 1  2  4  7  9    │ 3  8         │   10 is not taken: 9 is the bar
 *   └──────────────────┴──────────────┘
 *
 * What is not below the bar is passed over by one comparison. When as many have come as are kept,
 * they are sorted in and the bar is lowered.
 *
 * Cost: one comparison for most; O(n + k log k log n) for n in any order; room for 2 k.
 */

/** See the head of the file. */
export class Smallest<T> {
  readonly #count: number
  readonly #order: (a: T, b: T) => number
  #kept: T[] = []
  #bar: T | undefined

  /** `order` is negative where `a` comes before `b`, as for sorting. */
  constructor(count: number, order: (a: T, b: T) => number) {
    this.#count = count
    this.#order = order
  }

  offer(one: T): void {
    if (this.#bar !== undefined && this.#order(one, this.#bar) >= 0) return
    this.#kept.push(one)
    if (this.#kept.length >= 2 * this.#count) this.#settle()
  }

  #settle(): void {
    this.#kept.sort(this.#order)
    this.#kept.length = Math.min(this.#kept.length, this.#count)
    if (this.#kept.length === this.#count) this.#bar = this.#kept.at(-1)
  }

  /** The smallest of what was offered, in order. */
  sorted(): T[] {
    this.#settle()
    return [...this.#kept]
  }
}
