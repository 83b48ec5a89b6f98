/**
 * What has arrived and was not asked for yet: the place between a listener, which is told things,
 * and a source, which is asked.
 *
 *   listener ──add──▶ [a b c] ──groups──▶ source      all that is there, at once
 */

/** See the head of the file. Has no bound of its own: see ByteBudget. */
export class Arrivals<Item> {
  #items: Item[] = []
  #wake: (() => void) | undefined

  add(item: Item): void {
    this.#items.push(item)
    this.#wake?.()
  }

  /** Takes one back that still waits; nothing where it was taken. Linear in those that wait. */
  remove(item: Item): void {
    const at = this.#items.indexOf(item)
    if (at >= 0) this.#items.splice(at, 1)
  }

  /** Takes all that wait, perhaps none. */
  take(): Item[] {
    const items = this.#items
    this.#items = []
    return items
  }

  /** Yields what has arrived, as soon as there is anything, until the signal aborts. */
  async *groups(signal: AbortSignal): AsyncGenerator<Item[], void, undefined> {
    const wake = (): void => this.#wake?.()
    signal.addEventListener('abort', wake)
    try {
      while (!signal.aborted) {
        if (this.#items.length > 0) yield this.take()
        else await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    } finally {
      signal.removeEventListener('abort', wake)
      this.#wake = undefined
    }
  }

  /** Yields the same one by one. What is not asked for any more goes on waiting. */
  async *each(signal: AbortSignal): AsyncGenerator<Item, void, undefined> {
    let group: Item[] = []
    try {
      for await (group of this.groups(signal)) {
        while (group.length > 0) yield group.shift() as Item
      }
    } finally {
      this.#items.unshift(...group)
    }
  }
}
