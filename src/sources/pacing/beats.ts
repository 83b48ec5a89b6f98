/**
 * The beat of sources that make their own records: one in `everyMs`, as long as somebody asks.
 *
 *   due    |     |     |     |     |     |
 *   asked  ^   ^      ^           ^   ^           (a late asker finds one beat, not four)
 *   beat   1   2..... 2           3 . 4
 *
 * A beat that nobody was ready for is left out, so a slow pipeline is not met by a burst of old
 * ones. If the clock is set back, beats go on from where it is now.
 */

import type { Clock, Timers } from '../../core/clock.ts'

/** Yields the time of each beat, the first at once, until the signal aborts. */
export async function* beats(
  everyMs: number,
  clock: Clock & Timers,
  signal: AbortSignal,
): AsyncGenerator<number, void, undefined> {
  let dueMs = clock.nowMs()
  while (!signal.aborted) {
    yield clock.nowMs()
    const nowMs = clock.nowMs()
    const lateMs = nowMs - dueMs
    if (lateMs < 0) dueMs = nowMs + everyMs
    else dueMs += everyMs * (Math.floor(lateMs / everyMs) + 1)
    await passed(dueMs - nowMs, clock, signal)
  }
}

/** Resolves after the delay, or at once when the signal aborts. */
export function passed(delayMs: number, timers: Timers, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve()
      return
    }
    const done = (): void => {
      takeBack()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const takeBack = timers.after(delayMs, done)
    signal.addEventListener('abort', done)
  })
}

/**
 * Offsets of records that have no position of their own: the time, so that they grow from one run
 * to the next, or one more than the last where the clock has not moved on.
 */
export class TimeOffsets {
  #last = -Infinity

  next(nowMs: number): number {
    this.#last = Math.max(this.#last + 1, nowMs)
    return this.#last
  }
}
