/**
 * The quota: how many series of a process may be judged by a detector that is heavy.
 *
 *   new series of a rule with a heavy detector ──▶ room under the quota?  yes: it is given it
 *                                                                         no: the light one
 *
 * A series stays with what it was given until it is forgotten, or until the program starts with
 * another quota: then those with the light detector start anew. At ticks, where the quota is full,
 * series with the heavy detector that sent nothing for `quota_idle_after` are forgotten, so that
 * others find room.
 *
 * With worker threads it is kept by the main thread, which sees all series.
 */

import type { Ledger } from '../core/ledger.ts'
import { IdleClock } from './idle-clock.ts'

/** With the detector of its rule, or with the one for those over the quota. */
export type Grade = 'full' | 'light'

/** The key that the clock of the quota is saved under. */
export const quotaClockKey = 'quota-idle-clock'

export interface QuotaOptions {
  readonly quota: number
  readonly quotaIdleAfterMs: number
}

/** How much of it is taken. */
export interface QuotaUse {
  /** 0: there is none. */
  readonly quota: number
  /** Series with a heavy detector. */
  readonly heavy: number
  /** Series that were given the light one instead. */
  readonly over: number
}

/** What a series means for the quota: a rule says so. */
export interface Weight {
  /** Its detector counts. */
  readonly heavy?: boolean
  /** The heavy detector that it would have had. */
  readonly insteadOf?: string
}

/** See the head of the file. */
export class Quota {
  readonly clock: IdleClock
  readonly #quota: number
  #heavy = 0
  #over = 0

  constructor({ quota, quotaIdleAfterMs }: QuotaOptions, ledger: Ledger) {
    this.#quota = quota
    this.clock = new IdleClock(quota === 0 ? 0 : quotaIdleAfterMs, ledger, quotaClockKey)
  }

  get use(): QuotaUse {
    return { quota: this.#quota, heavy: this.#heavy, over: this.#over }
  }

  get full(): boolean {
    return this.#quota > 0 && this.#heavy >= this.#quota
  }

  /** What the next series with a heavy detector is given. */
  get grade(): Grade {
    return this.full ? 'light' : 'full'
  }

  /** A series is there. */
  add({ heavy, insteadOf }: Weight): void {
    if (heavy === true) this.#heavy++
    if (insteadOf !== undefined) this.#over++
  }

  /** It is no more. */
  remove({ heavy, insteadOf }: Weight): void {
    if (heavy === true) this.#heavy--
    if (insteadOf !== undefined) this.#over--
  }

  /** Where a tick is one for making room: heavy series that sent nothing since then are idle. */
  idleBeforeMs(timestampMs: number): number | undefined {
    const beforeMs = this.clock.idleBeforeMs(timestampMs)
    return this.full ? beforeMs : undefined
  }
}
