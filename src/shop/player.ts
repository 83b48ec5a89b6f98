/** Plays a record at its own speed or faster: each second is handed over when it is over. */

import type { Clock, Timers } from '../core/clock.ts'
import type { Outlet } from './outlet.ts'
import type { RecordedSecond } from './record-lines.ts'

/** Seconds that are due are handed over together, so often at most and so many at once. */
const everyMs = 20
const secondsAtOnce = 600

/** Returns how many seconds were played, fewer than there are where it was stopped. */
export async function play(
  seconds: Iterable<RecordedSecond>,
  outlet: Outlet,
  world: {
    readonly speed: number
    readonly clock: Clock & Timers
    readonly signal: AbortSignal
  },
): Promise<number> {
  const { speed, clock, signal } = world
  const startMs = clock.nowMs()
  const left = seconds[Symbol.iterator]()
  let played = 0
  let next = left.next()
  while (next.done !== true && !signal.aborted) {
    const due = Math.min(played + secondsAtOnce, ((clock.nowMs() - startMs) / 1000) * speed)
    const batch: RecordedSecond[] = []
    while (next.done !== true && played + batch.length + 1 <= due) {
      batch.push(next.value)
      next = left.next()
    }
    if (batch.length > 0) await outlet.write(batch)
    played += batch.length
    if (next.done !== true && batch.length < secondsAtOnce) await passed(everyMs, clock)
  }
  return played
}

function passed(ms: number, timers: Timers): Promise<void> {
  return new Promise((resolve) => timers.after(ms, resolve))
}
