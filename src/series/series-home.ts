/** What a series asks of whoever holds it. */

import type { Labels } from '../core/labels.ts'
import type { SilenceMark } from '../core/report.ts'

/** What a series asks of the catalog that holds it. */
export interface SeriesHome {
  /** The silence that holds an alarm of these labels back, or undefined. */
  silenceOf(labels: Labels, alarmId: string): SilenceMark | undefined
}
