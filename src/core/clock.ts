/** Time as an argument: the ends are given a clock, the middle is given timestamps. */
export interface Clock {
  /** Unix milliseconds. */
  nowMs(): number
}
