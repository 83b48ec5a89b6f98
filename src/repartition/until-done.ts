/** Work that is tried again, with pauses that grow, until it succeeds or is not wanted any more. */

import type { Timers } from '../core/clock.ts'

/** First and longest pause before it is tried again. */
const againFirstMs = 100
const againCapMs = 5_000

/** What it is done with. */
export interface Trying {
  readonly signal: AbortSignal
  readonly clock: Timers
  /** Told of each failure, with the pause that follows. */
  readonly failed: (error: unknown, againMs: number) => void
}

/** True once it is done; false where the signal came first. */
export async function untilDone(
  work: () => Promise<void>,
  { signal, clock, failed }: Trying,
): Promise<boolean> {
  for (let againMs = againFirstMs; !signal.aborted; againMs = Math.min(2 * againMs, againCapMs)) {
    try {
      await work()
      return true
    } catch (error) {
      if (signal.aborted) return false
      failed(error, againMs)
    }
    await new Promise<void>((resolve) => {
      const stop = (): void => {
        cancel()
        resolve()
      }
      const cancel = clock.after(againMs, () => {
        signal.removeEventListener('abort', stop)
        resolve()
      })
      signal.addEventListener('abort', stop, { once: true })
    })
  }
  return false
}
