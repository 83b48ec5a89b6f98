import type { Status } from '../core/assessment.ts'
import type { AlarmState } from '../core/report.ts'

/** What lists show of a series. */
export interface SeriesSummary {
  readonly key: string
  readonly detector: string
  /** The heavy detector that it would have had under the quota. */
  readonly insteadOf?: string
  readonly status: Status
  readonly alarmState: AlarmState
  readonly learnedSamples: number
  readonly probationSamples: number
  readonly lastTimestampMs: number
  readonly lastValue: number
  readonly score: number
  /** Score from which on a sample of it is anomalous. */
  readonly threshold: number
}
