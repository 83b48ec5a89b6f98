/**
 * Faults inside the shop's own process, and the harmless changes that look like them.
 *
 *   cpu      a job that comes back every 100 ms and each time has more to do, on the event loop
 *   memory   small objects that are kept: the heap nears its bound, garbage is collected ever more
 *            often, and at the bound the process dies, as it would in earnest
 */

import { performance } from 'node:perf_hooks'

const jobEveryMs = 100
const bytesAnObject = 100

/** Keeps the event loop busy for a share of the time, in [0, 1]. */
export class BusyWork {
  share = 0

  constructor() {
    this.#next(jobEveryMs)
  }

  #next(afterMs: number): void {
    setTimeout(() => {
      const endMs = performance.now() + this.share * jobEveryMs
      while (performance.now() < endMs) Math.sqrt(endMs)
      this.#next(Math.max(1, (1 - this.share) * jobEveryMs))
    }, afterMs)
  }
}

/** Keeps an amount of memory in small objects. */
export class KeptMemory {
  readonly #kept: { text: string; numbers: number[] }[] = []

  /** About as many bytes from now on. */
  hold(bytes: number): void {
    const count = Math.round(bytes / bytesAnObject)
    if (count < this.#kept.length) this.#kept.length = count
    while (this.#kept.length < count) {
      this.#kept.push({ text: 'kept', numbers: [count, 1, 2, 3] })
    }
  }
}
