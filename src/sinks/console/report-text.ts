/**
 * Reports as lines for people:
 *
 *   2025-03-01T12:00:05Z  firing     warning   cpu{host="a"}  412, expected 180 to 260  since
 *   2025-03-01T12:00:00Z  http://127.0.0.1:8686/#cpu…      (one line, with an address of the page)
 *   2025-03-01T12:03:10Z  firing     warning   cpu{host="a"}  412, expected 180 to 260  silenced
 *   by ann until 2025-03-01T14:00:00Z      (one line: a silenced alarm is shown, dimmed)
 *   2025-03-01T12:00:05Z  anomalous  score 0.9995  cpu{host="a"}  412  expected 180 to 260
 *   2025-03-01T12:00:05Z  rejected   duplicate  cpu{host="a"}  has a sample of this time  cpu 3 17
 *
 * One line each, whatever labels and texts hold: control characters are written as escapes, so no
 * sender can move somebody's cursor.
 */

import { seriesLink } from '../../core/alarm-facts.ts'
import { isForPeople } from '../../core/report.ts'
import { warningInWords } from '../../core/warning-words.ts'
import type {
  AlarmReport,
  ForecastReport,
  RejectionReport,
  Report,
  ScoreReport,
  WarningReport,
} from '../../core/report.ts'

/** Whether lines are coloured, for terminals. */
export type Colouring = 'plain' | 'coloured'

/** SGR codes of ECMA-48 by what they mean here. */
const red = 31
const green = 32
const yellow = 33
const dim = 2

/** Width of the widest word: `anomalous`, `probation`. */
const wordColumns = 9

/** Significant digits of values and scores: what a person reads. */
const digits = 6

/** Largest time that a Date can hold, ECMA-262. */
const timeMsMax = 8.64e15

/** One line without its end. `pageUrl` as in SinkSurroundings. */
export function reportText(report: Report, colouring: Colouring, pageUrl = ''): string {
  const { word, colour, rest } = lineParts(report, pageUrl)
  const time = timeText(report.timestampMs)
  const head = word.padEnd(wordColumns)
  const tail = rest.map(printable).join('  ')
  if (colouring === 'plain') return `${time}  ${head}  ${tail}`
  return `\x1b[${dim}m${time}\x1b[0m  \x1b[${colour}m${head}\x1b[0m  ${tail}`
}

/** A line behind its time: one word that says what it is, and the rest. */
interface LineParts {
  readonly word: string
  readonly colour: number
  readonly rest: readonly string[]
}

function lineParts(report: Report, pageUrl: string): LineParts {
  switch (report.kind) {
    case 'alarm':
      return alarmParts(report, pageUrl)
    case 'score':
      return scoreParts(report)
    case 'forecast':
      return forecastParts(report)
    case 'rejection':
      return rejectionParts(report)
    case 'warning':
      return warningParts(report)
  }
}

function alarmParts(report: AlarmReport, pageUrl: string): LineParts {
  const { state, severity, labels, reason, startedMs, timestampMs } = report
  const colour = state === 'firing' ? red : state === 'pending' ? yellow : green
  const silent = !isForPeople(report)
  const since = startedMs === timestampMs ? [] : [`since ${timeText(startedMs)}`]
  const link = seriesLink(labels, pageUrl)
  const said = [...since, ...saidParts(report), ...(link === '' ? [] : [link])]
  const rest = [severity, labels.key, reason, ...said]
  return { word: state, colour: silent ? dim : colour, rest }
}

/** What people said of an alarm: `silenced by ann until 2025-03-01T14:00:00Z`. */
function saidParts({ news, silenced, acknowledged, label }: AlarmReport): string[] {
  const parts: string[] = []
  if (silenced !== undefined) {
    parts.push(`silenced by ${silenced.who} until ${timeText(silenced.untilMs)}`)
  }
  if (news === 'unsilenced' || news === 'told') parts.push('no longer silenced')
  if (acknowledged !== undefined) parts.push(`acknowledged by ${acknowledged.who}`)
  if (label !== undefined) parts.push(`${label.verdict}, says ${label.who}`)
  return parts
}

function scoreParts(report: ScoreReport): LineParts {
  const { status, learnedSamples, probationSamples, labels, value, score, lower } = report
  const learning = `learning ${learnedSamples}/${probationSamples}`
  const standing = status === 'probation' ? learning : `score ${numberText(score)}`
  const rest = [standing, labels.key, numberText(value)]
  if (status !== 'probation' && learnedSamples < probationSamples) rest.push(learning)
  if (!Number.isNaN(lower)) rest.push(`expected ${bandText(report)}`)
  return { word: status, colour: status === 'anomalous' ? red : dim, rest }
}

function forecastParts(report: ForecastReport): LineParts {
  const { labels, value, predictedMs } = report
  const rest = [labels.key, `${numberText(value)} at ${timeText(predictedMs)}`]
  return { word: 'forecast', colour: dim, rest: [...rest, `likely ${bandText(report)}`] }
}

function warningParts(report: WarningReport): LineParts {
  const { state, labels } = report
  const rest = [state, labels.key, warningInWords(report)]
  return { word: 'warning', colour: state === 'told' ? red : dim, rest }
}

function rejectionParts(report: RejectionReport): LineParts {
  const { reason, labels, origin, detail, text } = report
  const rest = [reason, labels?.key ?? origin.partition, detail, text]
  return { word: 'rejected', colour: yellow, rest }
}

function bandText(band: { lower: number; upper: number }): string {
  return `${numberText(band.lower)} to ${numberText(band.upper)}`
}

function numberText(value: number): string {
  return String(Number(value.toPrecision(digits)))
}

/** RFC 3339 in UTC, without milliseconds where there are none. */
function timeText(timestampMs: number): string {
  if (!(Math.abs(timestampMs) <= timeMsMax)) return String(timestampMs)
  return new Date(timestampMs).toISOString().replace('.000Z', 'Z')
}

/** Control characters as `\\xNN`, as in a rejection's text. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (c) => {
    return '\\x' + c.charCodeAt(0).toString(16).padStart(2, '0')
  })
}
