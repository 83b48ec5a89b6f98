/**
 * What a series has been given, what it has learned and chosen by itself, and why it last alarmed:
 * what `forewarn explain`, the API and the page tell of it.
 */

import type { AlarmState } from '../core/report.ts'
import type { Fact } from '../detectors/detector.ts'
import type { Series } from './series.ts'
import type { SeriesSummary } from './series-summary.ts'

/** The present or last alarm, as far as it is remembered. */
export interface ExplainedAlarm {
  readonly state: AlarmState
  readonly startedMs: number
  /** Of the sample that raised it. */
  readonly value: number
  readonly score: number
  readonly reason: string
}

/** See the head of the file. */
export interface Explanation {
  readonly summary: SeriesSummary
  /** As the rule has it: `none`, or such as `1 per week`. */
  readonly budget: string
  readonly facts: readonly Fact[]
  /** Absent where it never alarmed. */
  readonly lastAlarm?: ExplainedAlarm
}

/** The explanation of a series as it stands. */
export function explanationOf(series: Series): Explanation {
  const { lastAlarm } = series
  return {
    summary: series.summary(),
    budget: series.rule.alarm.budget,
    facts: series.describe(),
    ...(lastAlarm === undefined ? {} : { lastAlarm }),
  }
}
