/** What is told of a series, as lines: what it was given, has learned, chosen, why it alarmed. */

import { durationText } from '../config/quantity.ts'
import type { Explanation } from '../series/explanation.ts'
import type { FiredAlarm } from './replay/report.ts'

/** Alarms of a series that are told, the last ones. */
const alarmsShown = 10

/** A number that JSON could not carry comes as null. */
type FactValue = number | string | null

/** The lines of one series; `alarms` are undefined where past ones are not known. */
export function explanationText(
  { summary, budget, facts, lastAlarm }: Explanation,
  alarms?: readonly FiredAlarm[],
): string {
  const { key, detector, learnedSamples, probationSamples, status, threshold } = summary
  const progress = `learning ${learnedSamples}/${probationSamples}`
  const early = learnedSamples < probationSamples ? `${progress}, only gross changes alarm` : status
  const learning = status === 'probation' ? progress : early
  const known =
    probationSamples === 0 ? learning : `${learning}, probation ${probationSamples} samples`
  const bar = `score ${digits(threshold)}`
  const rows: [string, string][] = [
    ['detector', detector],
    ['status', known],
    ['alarms from', budget === 'none' ? bar : `${bar}, by its budget of ${budget}`],
    ...facts.map(({ name, value, unit }): [string, string] => [name, factText(value, unit)]),
  ]
  if (alarms === undefined && lastAlarm !== undefined) {
    const { state, startedMs, reason } = lastAlarm
    rows.push(['last alarm', `${state}, since ${timeText(startedMs)}: ${reason}`])
  }
  const width = Math.max(...rows.map(([name]) => name.length))
  const lines = rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}\n`).join('')
  return `${key}\n${lines}${alarms === undefined ? '' : alarmsText(alarms)}`
}

function alarmsText(alarms: readonly FiredAlarm[]): string {
  const last = alarms.slice(-alarmsShown).map((alarm) => {
    const { startedMs, value, score, reason } = alarm
    return `    ${timeText(startedMs)}  ${digits(value)}  score ${digits(score)}  ${reason}\n`
  })
  const shown = last.length < alarms.length ? `, the last ${last.length}` : ''
  return `  alarms: ${alarms.length}${shown}\n${last.join('')}`
}

function timeText(ms: number): string {
  return new Date(ms).toISOString()
}

function factText(value: FactValue, unit: 'ms' | 'share' | undefined): string {
  if (typeof value === 'string') return value
  if (value === null) return 'unknown'
  if (unit === 'ms') return value === 0 ? 'none' : durationText(value)
  return unit === 'share' ? `${(100 * value).toFixed(0)} %` : digits(value)
}

/** Six digits that count. */
function digits(value: number): string {
  return String(Number(value.toPrecision(6)))
}
