/**
 * What became of the reports of one delivery: counts and last times for the page, and the word to
 * telemetry, from the same call.
 */

import type { Clock } from '../../core/clock.ts'
import type { Telemetry } from '../../telemetry/telemetry.ts'

/** Why reports were given up. */
export type DropReason = 'queue_full' | 'refused' | 'stopped'

/** See the head of the file. */
export class Tally {
  readonly #name: string
  readonly #telemetry: Telemetry
  readonly #clock: Clock
  #written = 0
  #dropped = 0
  #failuresInRow = 0
  #lastSuccessMs: number | null = null
  #lastFailureMs: number | null = null
  #lastError = ''

  constructor(name: string, telemetry: Telemetry, clock: Clock) {
    this.#name = name
    this.#telemetry = telemetry
    this.#clock = clock
  }

  /** The counts and times of a state. */
  get counts() {
    return {
      written: this.#written,
      dropped: this.#dropped,
      failuresInRow: this.#failuresInRow,
      lastSuccessMs: this.#lastSuccessMs,
      lastFailureMs: this.#lastFailureMs,
      lastError: this.#lastError,
    }
  }

  succeeded(reports: number, startMs: number): void {
    const nowMs = this.#clock.nowMs()
    this.#failuresInRow = 0
    this.#lastSuccessMs = nowMs
    this.#written += reports
    this.#telemetry.sinkWrote(this.#name, reports, nowMs - startMs)
  }

  /** `retryInMs` is 0 where it will not be tried again. */
  failed(error: unknown, message: string, retryInMs: number): void {
    this.#failuresInRow++
    this.#lastFailureMs = this.#clock.nowMs()
    this.#lastError = message
    this.#telemetry.sinkFailed(this.#name, error, retryInMs)
  }

  dropped(reports: number, reason: DropReason): void {
    if (reports === 0) return
    this.#dropped += reports
    this.#telemetry.sinkDropped(this.#name, reports, reason)
  }

  queue(waiting: number, limit: number): void {
    this.#telemetry.sinkQueue(this.#name, waiting, limit)
  }
}
