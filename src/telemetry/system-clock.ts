/** The machine's clock and timers. Made here and handed on; nothing else reads them. */

import type { Clock, Timers } from '../core/clock.ts'

/** The longest delay that setTimeout takes; a longer one would fire at once. */
const delayMsMax = 2 ** 31 - 1

/** The real clock. Its timers keep the process alive until they fire or are taken back. */
export const systemClock: Clock & Timers = {
  nowMs: () => Date.now(),
  after(delayMs, call) {
    const timer = setTimeout(call, Math.min(delayMs, delayMsMax))
    return () => clearTimeout(timer)
  },
}
