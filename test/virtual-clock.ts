/**
 * A clock whose time passes only when it is told to, so that a test of an hour takes no time.
 */

import type { Clock, Timers } from '../src/core/clock.ts'

interface Waiting {
  readonly dueMs: number
  readonly call: () => void
}

/** See the head of the file. Starts at 0 unless told otherwise. */
export class VirtualClock implements Clock, Timers {
  #nowMs: number
  #waiting: Waiting[] = []

  constructor(startMs = 0) {
    this.#nowMs = startMs
  }

  nowMs(): number {
    return this.#nowMs
  }

  /** Calls that wait for their time. */
  get timerCount(): number {
    return this.#waiting.length
  }

  after(delayMs: number, call: () => void): () => void {
    const entry = { dueMs: this.#nowMs + delayMs, call }
    this.#waiting.push(entry)
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== entry)
    }
  }

  /** Lets time pass: every call due until then is made at its time, in order. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs
    await settled()
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      this.#waiting = this.#waiting.filter((other) => other !== next)
      this.#nowMs = Math.max(this.#nowMs, next.dueMs)
      next.call()
      await settled()
    }
    this.#nowMs = untilMs
  }

  #next(untilMs: number): Waiting | undefined {
    let first: Waiting | undefined
    for (const entry of this.#waiting) {
      if (entry.dueMs <= untilMs && (first === undefined || entry.dueMs < first.dueMs)) {
        first = entry
      }
    }
    return first
  }
}

/** Resolves once everything that can go on without time has gone on. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
