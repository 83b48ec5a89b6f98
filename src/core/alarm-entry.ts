/**
 * One alarm from its first change to its last, put together from the reports of its changes.
 *
 * An entry keeps the words and numbers of the sample that raised it: the sample that resolves an
 * alarm is a quiet one, and says nothing about why. What people say of an alarm changes the marks
 * alone.
 */

import { knownOrNull } from './feed.ts'
import type { AlarmEntry } from './feed.ts'
import type { AlarmReport } from './report.ts'

/** What a report makes of an alarm; `known` is its entry so far. */
export function changedEntry(known: AlarmEntry | undefined, report: AlarmReport): AlarmEntry {
  const { state, timestampMs } = report
  const over = state === 'resolved' || state === 'inactive'
  const said = {
    silenced: report.silenced ?? null,
    acknowledged: report.acknowledged ?? null,
    label: report.label ?? null,
  }
  if (report.news !== undefined && known !== undefined) return { ...known, ...said }
  if (over && known !== undefined) return { ...known, ...said, state, endedMs: timestampMs }
  let firedMs = known?.firedMs ?? null
  if (state === 'firing') firedMs ??= timestampMs
  if (state === 'resolved') firedMs ??= report.startedMs
  return {
    alarmId: report.alarmId,
    rule: report.rule,
    key: report.labels.key,
    state,
    severity: report.severity,
    startedMs: report.startedMs,
    firedMs,
    endedMs: over ? timestampMs : null,
    value: knownOrNull(report.value),
    score: report.score,
    expected: knownOrNull(report.expected),
    lower: knownOrNull(report.lower),
    upper: knownOrNull(report.upper),
    reason: report.reason,
    ...said,
  }
}
