/**
 * How long to wait before a sink is tried again: exponential back-off with full jitter.
 *
 *   wait_k = uniform(0, min(cap, first · 2ᵏ))        k = failures in a row before this one
 *
 * Full jitter spreads senders that failed together best for the work it costs. What the other side
 * asked to wait is a lower bound, up to a limit: a peer that asks for a day would be a dead one.
 *
 * Source: Brooker 2015, "Exponential Backoff And Jitter", AWS Architecture Blog.
 */

import type { Random } from '../../core/random.ts'

/** Longest wait that a peer is granted; an hour covers the maintenance that answers 503. */
const askedMsMax = 3_600_000

/** See the head of the file. */
export class BackOff {
  readonly #firstMs: number
  readonly #capMs: number
  readonly #random: Random
  #failures = 0

  constructor(options: { firstMs: number; capMs: number }, random: Random) {
    this.#firstMs = options.firstMs
    this.#capMs = options.capMs
    this.#random = random
  }

  /** Milliseconds until the next attempt; `askedMs` is what the other side asked for, or 0. */
  nextMs(askedMs: number): number {
    const mostMs = Math.min(this.#capMs, this.#firstMs * 2 ** this.#failures)
    this.#failures++
    const jitteredMs = Math.round(this.#random.uniform() * mostMs)
    return Math.max(jitteredMs, Math.min(askedMs, askedMsMax))
  }

  /** Whether the last attempt failed. */
  get failing(): boolean {
    return this.#failures > 0
  }

  /** After a success the next failure is the first again. */
  reset(): void {
    this.#failures = 0
  }
}
