/**
 * The gate: the only place that refuses a sample of a known series.
 *
 *   value      not finite, or beyond ±1e150                       not_finite, out_of_bounds
 *   time       further ahead of its receive time than accepted    too_far_ahead
 *              further behind it than accepted                    too_old
 *   order      the same time as the last one                      duplicate
 *              before the last one                                out_of_order
 *
 * With a reorder window W, samples wait in a small buffer until one comes that is W newer; they
 * leave in the order of their timestamps. Without one (the default) nothing waits.
 *
 * The check against the receive time comes before the order check, so that one timestamp of the
 * far future cannot make everything after it "out of order".
 */

import type { Observation } from '../core/observation.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { RejectionReason } from '../core/rejection.ts'

const dayMs = 86_400_000

/** Where squares and sums of squares are still finite: √(1.8e308) with room for a million terms. */
export const valueAbsMax = 1e150

/** Options of the gate; the same for all series. */
export const gateOptions = {
  reorderWindowMs: {
    kind: 'duration',
    min: 0,
    max: dayMs,
    default: 0,
    about:
      'Samples wait this long (in their own time) for older ones to arrive. 0: nothing waits, ' +
      'and what comes late is refused.',
  },
  reorderSamplesMax: {
    kind: 'integer',
    min: 1,
    max: 10_000,
    default: 256,
    about: 'At most this many samples of a series wait; beyond it the oldest goes on.',
  },
  acceptedAgeMs: {
    kind: 'duration',
    min: 0,
    max: 3650 * dayMs,
    default: 0,
    about: 'Samples older than this when they arrive are refused. 0: any age is accepted.',
  },
  acceptedLeadMs: {
    kind: 'duration',
    min: 0,
    max: 3650 * dayMs,
    default: 600_000,
    about: 'Samples further in the future than this when they arrive are refused.',
  },
} as const satisfies OptionSpecs

export type GateOptions = OptionsOf<typeof gateOptions>

/** Why the value or the time alone is refused, or undefined. */
export function unfit(observation: Observation, options: GateOptions): RejectionReason | undefined {
  const { value, timestampMs } = observation
  if (!(Math.abs(value) <= valueAbsMax)) {
    return Number.isFinite(value) ? 'out_of_bounds' : 'not_finite'
  }
  const leadMs = timestampMs - observation.origin.receivedMs
  if (leadMs > options.acceptedLeadMs) return 'too_far_ahead'
  if (options.acceptedAgeMs > 0 && -leadMs > options.acceptedAgeMs) return 'too_old'
  return undefined
}

/** Samples that wait for older ones, in the order of their timestamps. */
export class ReorderBuffer {
  /** Sorted by time; equal times in the order of arrival. */
  readonly #waiting: Observation[] = []
  #newestMs = -Infinity

  get waiting(): number {
    return this.#waiting.length
  }

  /** Takes a copy of one in; from the back, as most come almost in order. */
  push(observation: Observation): void {
    const waiting = this.#waiting
    let at = waiting.length
    while (at > 0 && later(waiting[at - 1] as Observation, observation)) at--
    waiting.splice(at, 0, { ...observation })
    if (observation.timestampMs > this.#newestMs) this.#newestMs = observation.timestampMs
  }

  /** The next one whose time has come, or undefined. */
  due(options: GateOptions): Observation | undefined {
    const first = this.#waiting[0]
    if (first === undefined) return undefined
    const waited = this.#newestMs - first.timestampMs >= options.reorderWindowMs
    return waited || this.#waiting.length > options.reorderSamplesMax
      ? this.#waiting.shift()
      : undefined
  }

  /** Those that have waited the window by the clock of a tick, one after the other. */
  *allOverdue(tickMs: number, { reorderWindowMs }: GateOptions): Generator<Observation> {
    for (;;) {
      const first = this.#waiting[0]
      if (first === undefined || tickMs - first.origin.receivedMs < reorderWindowMs) return
      this.#waiting.shift()
      yield first
    }
  }

  /** What waits, oldest first; for snapshots. */
  entries(): readonly Observation[] {
    return this.#waiting
  }
}

/** True if `a` is of a later time than `b`, to the nanosecond. */
export function later(a: Observation, b: Observation): boolean {
  return (
    a.timestampMs > b.timestampMs ||
    (a.timestampMs === b.timestampMs && a.remainderNs > b.remainderNs)
  )
}
