/**
 * What the score history answers, as plain JSON-ready values, and the interface through which the
 * server asks it.
 */

import type { AlarmEntry, SampleColumns } from './feed.ts'

/** A part of the history of one series. */
export interface SamplesQuery {
  readonly key: string
  /** Unix milliseconds, both included. */
  readonly fromMs: number
  readonly toMs: number
  /** Rows wanted at most; where there are more samples each row stands for several. */
  readonly points: number
}

/**
 * Samples, or what stands for several: `value`, band and time of the last one, the greatest score,
 * the worst status and alarm state; so that nothing unusual vanishes.
 */
export interface HistoryColumns extends SampleColumns {
  readonly min: (number | null)[]
  readonly max: (number | null)[]
}

/** What a samples query is answered. */
export interface SamplesAnswer {
  /** Time that one row stands for; 0 where each is one sample. */
  readonly bucketMs: number
  /** True where the range has more samples than are looked at; the oldest are left out. */
  readonly cut: boolean
  readonly columns: HistoryColumns
}

/** Alarms that were up in a part of time. */
export interface AlarmsQuery {
  readonly fromMs: number
  readonly toMs: number
  /** Of this series only; empty for all. */
  readonly key: string
  readonly limit: number
}

/** What an alarms query is answered: newest first, and whether there are more than the limit. */
export interface AlarmsAnswer {
  readonly alarms: AlarmEntry[]
  readonly more: boolean
}

/** What the server asks. Throws ERR_STORE_READ where the history cannot be read. */
export interface HistoryReader {
  /** False while as many questions wait as may. */
  readonly ready: boolean
  /** Undefined where nothing is known of the series. */
  samples(query: SamplesQuery): Promise<SamplesAnswer | undefined>
  alarms(query: AlarmsQuery): Promise<AlarmsAnswer>
}
