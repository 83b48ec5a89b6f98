/** Which series are listed, and in which order: firing first, then pending, then by key. */

import type { AlarmState } from '../core/report.ts'
import type { Series } from './series.ts'
import type { SeriesSummary } from './series-summary.ts'

/** Whether a series is one of those asked for. */
export function matchesState(series: Series, state: 'all' | 'learning' | AlarmState): boolean {
  if (state === 'all') return true
  if (state === 'learning') return series.status === 'probation'
  return series.alarmState === state
}

/** The order of lists, of series. */
export function byUrgency(a: Series, b: Series): number {
  return urgency(a) - urgency(b) || (a.labels.key < b.labels.key ? -1 : 1)
}

/** The order of lists: firing first, then pending, then by key. */
export function summaryOrder(a: SeriesSummary, b: SeriesSummary): number {
  return urgency(a) - urgency(b) || (a.key < b.key ? -1 : 1)
}

function urgency({ alarmState }: { readonly alarmState: AlarmState }): number {
  if (alarmState === 'firing') return 0
  return alarmState === 'pending' ? 1 : 2
}
