/**
 * A report as a JSON object, without blanks: what json-lines has on each line and a webhook in its
 * list. Numbers that are unknown are null, because JSON has no NaN.
 */

import type { Labels } from '../../core/labels.ts'
import { reportId } from '../../core/report.ts'
import type {
  AlarmReport,
  ForecastReport,
  RejectionReport,
  Report,
  ScoreReport,
  WarningReport,
} from '../../core/report.ts'

/** See the head of the file. */
export function reportObject(report: Report): string {
  return `{"kind":"${report.kind}","id":"${reportId(report)}",${membersOf(report)}}`
}

function membersOf(report: Report): string {
  if (report.kind === 'score') return scoreMembers(report)
  if (report.kind === 'alarm') return alarmMembers(report)
  if (report.kind === 'warning') return warningMembers(report)
  return report.kind === 'forecast' ? forecastMembers(report) : rejectionMembers(report)
}

function scoreMembers(report: ScoreReport): string {
  return (
    seriesMembers(report.labels) +
    `,"timestamp":${timeText(report.timestampMs, report.remainderNs)}` +
    `,"value":${numberText(report.value)}` +
    valuesMember(report.values) +
    `,"score":${numberText(report.score)},"raw_score":${numberText(report.rawScore)}` +
    bandMembers(report) +
    `,"status":"${report.status}","alarm":"${report.alarmState}"` +
    `,"learned":${report.learnedSamples},"probation":${report.probationSamples}`
  )
}

function alarmMembers(report: AlarmReport): string {
  return (
    `"alarm_id":${JSON.stringify(report.alarmId)},"rule":${JSON.stringify(report.rule)},` +
    seriesMembers(report.labels) +
    `,"state":"${report.state}","severity":"${report.severity}"` +
    `,"timestamp":${report.timestampMs},"started":${report.startedMs}` +
    `,"value":${numberText(report.value)},"score":${numberText(report.score)}` +
    bandMembers(report) +
    `,"reason":${JSON.stringify(report.reason)}` +
    saidMembers(report)
  )
}

/** What people said of an alarm; nothing where nobody did. Times are Unix milliseconds. */
function saidMembers({ news, silenced, acknowledged, label }: AlarmReport): string {
  let members = news === undefined ? '' : `,"news":"${news}"`
  if (silenced !== undefined) {
    const { silenceId, who, untilMs } = silenced
    members += `,"silenced":${JSON.stringify({ id: silenceId, who, until: untilMs })}`
  }
  if (acknowledged !== undefined) {
    const { who, atMs, text } = acknowledged
    members += `,"acknowledged":${JSON.stringify({ who, at: atMs, text })}`
  }
  if (label !== undefined) {
    const { verdict, who, atMs, text } = label
    members += `,"label":${JSON.stringify({ verdict, who, at: atMs, text })}`
  }
  return members
}

function forecastMembers(report: ForecastReport): string {
  return (
    seriesMembers(report.labels) +
    `,"timestamp":${report.timestampMs},"horizon":${report.horizonSamples}` +
    `,"predicted_for":${numberText(report.predictedMs)},"value":${numberText(report.value)}` +
    `,"lower":${numberText(report.lower)},"upper":${numberText(report.upper)}` +
    `,"probability":${numberText(report.probability)}` +
    (report.rawScore === undefined ? '' : `,"raw_score":${numberText(report.rawScore)}`)
  )
}

/** Moments are Unix milliseconds, lengths of time milliseconds. */
function warningMembers(report: WarningReport): string {
  const { totals } = report
  return (
    `"warning_id":${JSON.stringify(report.warningId)},"rule":${JSON.stringify(report.rule)},` +
    seriesMembers(report.labels) +
    `,"state":"${report.state}","timestamp":${report.timestampMs}` +
    `,"metric":${JSON.stringify(report.metric)},"limit":${numberText(report.limit)}` +
    `,"horizon":${numberText(report.horizonMs)},"told":${numberText(report.toldMs)}` +
    `,"probability":${numberText(report.probability)}` +
    `,"expected":${numberText(report.expectedMs)},"leading":${JSON.stringify(report.leading)}` +
    `,"confidence":${numberText(report.confidence)}` +
    `,"onset":${numberText(report.onsetMs)},"lead":${numberText(report.leadMs)}` +
    `,"totals":${JSON.stringify(totals)}`
  )
}

function rejectionMembers(report: RejectionReport): string {
  return (
    (report.labels === undefined ? '' : seriesMembers(report.labels) + ',') +
    `"reason":"${report.reason}","detail":${JSON.stringify(report.detail)}` +
    `,"text":${JSON.stringify(report.text)},"timestamp":${report.timestampMs}` +
    `,"partition":${JSON.stringify(report.origin.partition)},"offset":${report.origin.offset}`
  )
}

/** The values of a group's fields, in the order of its label `__fields__`. */
function valuesMember(values: readonly number[] | undefined): string {
  return values === undefined ? '' : `,"values":[${values.map(numberText).join(',')}]`
}

function bandMembers(band: { expected: number; lower: number; upper: number }): string {
  const { expected, lower, upper } = band
  return (
    `,"expected":${numberText(expected)}` +
    `,"lower":${numberText(lower)},"upper":${numberText(upper)}`
  )
}

/** Which series it is. */
export function seriesMembers(labels: Labels): string {
  let members = ''
  for (const [name, value] of labels.entries()) {
    members += (members === '' ? '' : ',') + `${JSON.stringify(name)}:${JSON.stringify(value)}`
  }
  return `"series":${JSON.stringify(labels.key)},"labels":{${members}}`
}

/** JSON has a negative zero, but no NaN and no infinities. */
function numberText(value: number): string {
  if (!Number.isFinite(value)) return 'null'
  return Object.is(value, -0) ? '-0' : String(value)
}

/** Milliseconds with the rest behind the point; below 1970 the rest counts upwards, as inside. */
export function timeText(timestampMs: number, remainderNs: number): string {
  if (remainderNs === 0) return String(timestampMs)
  const negative = timestampMs < 0
  const ms = negative ? -1 - timestampMs : timestampMs
  const ns = negative ? 1e6 - remainderNs : remainderNs
  const fraction = String(ns).padStart(6, '0').replace(/0+$/, '')
  return `${negative ? '-' : ''}${ms}.${fraction}`
}
