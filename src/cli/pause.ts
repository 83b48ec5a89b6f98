/** Waiting, that a stop cuts short. */

import type { Timers } from '../core/clock.ts'

/** Resolves after `delayMs`, at once where it is not above 0, or when the signal aborts. */
export function pause(delayMs: number, timers: Timers, signal: AbortSignal): Promise<void> {
  if (delayMs <= 0 || signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const cancel = timers.after(delayMs, resolve)
    signal.addEventListener('abort', () => (cancel(), resolve()), { once: true })
  })
}
