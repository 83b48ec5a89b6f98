/** Time as an argument: the ends are given a clock, the middle is given timestamps. */
export interface Clock {
  /** Unix milliseconds. */
  nowMs(): number
}

/** Waiting as an argument, for the ends that must wait: a test's timers need no time. */
export interface Timers {
  /** Calls back once, `delayMs` from now. What it returns takes the call back. */
  after(delayMs: number, call: () => void): () => void
}
