/** Orders: of series in lists, firing first, then pending, then by key; of reports, by series. */

import type { AlarmState, Report } from '../core/report.ts'
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

/** Puts the reports from `first` on into the order of their series; those of one stay in order. */
export function sortBySeries(reports: Report[], first: number): void {
  if (reports.length - first < 2) return
  const sorted = reports.splice(first).sort((a, b) => {
    const [keyA, keyB] = [a.labels?.key ?? '', b.labels?.key ?? '']
    return keyA < keyB ? -1 : keyA > keyB ? 1 : 0
  })
  for (const report of sorted) reports.push(report)
}
