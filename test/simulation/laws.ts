/** The laws that a simulation is held to: what was reported against what should have been. */

import { reportId } from '../../src/core/report.ts'
import type { Report } from '../../src/core/report.ts'
import type { Plan } from './plan.ts'

/** Whether a report is about a series that is fed from the partition that can be asked again. */
function isKept(report: Report): boolean {
  return report.labels?.name.startsWith('kept.') === true
}

/**
 * What a report says, without where it came from: what must be equal in both worlds. A word has a
 * place among the samples of its own partition; where it comes among those of another one is
 * decided by who reads faster, so there the words are left out.
 */
function contentOf(report: Report): string {
  const { origin: _origin, ...whole } = report
  let rest: object = whole
  if (report.kind === 'alarm' && isKept(report)) {
    const { silenced: _s, acknowledged: _a, label: _l, ...alarm } = report
    rest = { ...alarm, origin: 0 }
  }
  const entries = Object.entries({ ...rest, labels: report.labels?.key, index: 0 })
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify(Object.fromEntries(entries), (_key, value) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  )
}

/** What it is about: two reports about the same thing must have one id. */
function subjectOf(report: Report): string {
  const state =
    report.kind === 'alarm' ? `${report.alarmId} ${report.state} ${report.news ?? ''}` : ''
  const warning = report.kind === 'warning' ? `${report.state} ${report.toldMs}` : state
  const about = report.kind === 'score' ? report.remainderNs : warning
  return `${report.kind} ${report.labels?.key} ${report.timestampMs} ${about}`
}

/** What of a plan says which reports are promised. */
type Promises = Pick<Plan, 'dying' | 'waiting'>

/** Reports that are promised: what is sent again is rejected again, so those do not count. */
function promised(reports: readonly Report[], plan: Promises): Report[] {
  return reports.filter((report) => {
    if (report.kind === 'alarm') return report.news === undefined || !isKept(report)
    if (plan.dying && !plan.waiting) return false
    return report.kind !== 'rejection' || isKept(report)
  })
}

/** Breaches of the laws; empty where all hold. */
export function breaches(
  plan: Promises,
  got: readonly Report[],
  wanted: readonly Report[],
): string[] {
  const found: string[] = []
  const gotContents = new Set(promised(got, plan).map(contentOf))
  const wantedContents = new Set(promised(wanted, plan).map(contentOf))
  for (const content of wantedContents) {
    if (!gotContents.has(content)) found.push(`missing: ${content}`)
  }
  for (const content of gotContents) {
    if (!wantedContents.has(content)) found.push(`too much: ${content}`)
  }
  const ids = new Map<string, string>()
  for (const report of promised(got, plan)) {
    if (report.kind === 'rejection') continue
    const subject = subjectOf(report)
    const id = reportId(report)
    const before = ids.get(subject)
    if (before !== undefined && before !== id) found.push(`two ids: ${subject}`)
    ids.set(subject, id)
  }
  return found
}

/**
 * Where rules change on the way there is no undisturbed run to compare with. Then every alarm that
 * began has an end, told once, or is up still; `open` are the ids of those.
 */
export function endlessAlarms(got: readonly Report[], open: ReadonlySet<string>): string[] {
  const found: string[] = []
  const ends = new Map<string, Set<string>>()
  const alarms = got.filter((report) => report.kind === 'alarm' && report.news === undefined)
  for (const report of alarms) {
    if (report.kind !== 'alarm') continue
    const { alarmId, state } = report
    const ids = ends.get(alarmId) ?? new Set()
    ends.set(alarmId, ids)
    if (state === 'resolved' || state === 'inactive') ids.add(reportId(report))
  }
  for (const [alarmId, ids] of ends) {
    if (ids.size > 1) found.push(`ended ${ids.size} times: ${alarmId}`)
    if (ids.size === 0 && !open.has(alarmId)) found.push(`never ended: ${alarmId}`)
  }
  return found
}
