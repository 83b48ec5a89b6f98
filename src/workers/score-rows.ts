/**
 * Score reports and rejections as rows of doubles.
 *
 *   turn │ code │ score │ raw │ expected │ lower │ upper │ learned │ probation │ own │ confidence │
 *
 * The rest of a report is the sample itself, which the main thread has kept. A sample that waited
 * in a reorder buffer is reported in the turn of a later one: then a second row follows with what
 * it was.
 *
 *   timestampMs │ remainderNs │ value │ offset │ receivedMs │ index │ · │ · │ · │ · │ ·
 *
 *   code   0–15  a score: status + 4 × alarm state
 *         16–31  a score of an earlier sample from the same partition
 *         64–    the rejection of the turn's sample: 64 + reason
 */

import { flagAlarmStates, flagStatuses, sampleFlags } from '../core/feed.ts'
import type { Observation, Origin } from '../core/observation.ts'
import { rejectionReasons } from '../core/rejection.ts'
import type { RejectionReason } from '../core/rejection.ts'
import type { RejectionReport, Report, ScoreReport } from '../core/report.ts'
import { sampleRejection } from '../series/sample-rejection.ts'
import type { Doubles } from './doubles.ts'

/** Doubles of a row. */
export const scoreDoubles = 11

const earlier = 16
const rejected = 64

const reasons = Object.keys(rejectionReasons) as RejectionReason[]
const codeOfReason = new Map(reasons.map((reason, i) => [reason, rejected + i]))

/**
 * Writes a report of the turn's sample as one or two rows; false where it does not fit into rows.
 */
export function writeRow(
  report: Report,
  turn: number,
  observation: Observation,
  rows: Doubles,
): boolean {
  if (report.kind === 'score') return writeScore(report, turn, observation, rows)
  return report.kind === 'rejection' && writeRejection(report, turn, observation, rows)
}

function writeScore(
  report: ScoreReport,
  turn: number,
  observation: Observation,
  rows: Doubles,
): boolean {
  // Neither the values of a group nor that it foretells has a place in a row.
  if (report.values !== undefined || report.foretells === true) return false
  const own = report.origin === observation.origin && report.index === observation.index
  if (!own && report.origin.partition !== observation.origin.partition) return false
  const at = rows.row(own ? scoreDoubles : 2 * scoreDoubles)
  const { values } = rows
  values[at] = turn
  values[at + 1] = sampleFlags(report.status, report.alarmState) + (own ? 0 : earlier)
  values[at + 2] = report.score
  values[at + 3] = report.rawScore
  values[at + 4] = report.expected
  values[at + 5] = report.lower
  values[at + 6] = report.upper
  values[at + 7] = report.learnedSamples
  values[at + 8] = report.probationSamples
  values[at + 9] = report.detectorScore
  values[at + 10] = report.confidence
  if (!own) writeEarlier(report, at + scoreDoubles, values)
  return true
}

function writeEarlier(report: ScoreReport, at: number, values: Float64Array): void {
  values[at] = report.timestampMs
  values[at + 1] = report.remainderNs
  values[at + 2] = report.value
  values[at + 3] = report.origin.offset
  values[at + 4] = report.origin.receivedMs
  values[at + 5] = report.index
}

function writeRejection(
  report: RejectionReport,
  turn: number,
  observation: Observation,
  rows: Doubles,
): boolean {
  const { labels, reason, origin } = report
  const code = codeOfReason.get(reason)
  if (labels === undefined || code === undefined || origin !== observation.origin) return false
  // An earlier sample may have been refused in this turn: only the text tells them apart.
  if (sampleRejection(labels, observation, reason).text !== report.text) return false
  const at = rows.row(scoreDoubles)
  rows.values[at] = turn
  rows.values[at + 1] = code
  return true
}

/** Rows that the report at `at` takes. */
export function rowsOfReport(values: Float64Array, at: number): number {
  const code = values[at + 1] as number
  return code >= earlier && code < rejected ? 2 : 1
}

/** The report of a row, of the sample of its turn. */
export function readRow(values: Float64Array, at: number, observation: Observation): Report {
  const code = values[at + 1] as number
  const { labels } = observation
  if (code >= rejected) {
    return sampleRejection(labels, observation, reasons[code - rejected] as RejectionReason)
  }
  return readScore(values, at, code < earlier ? observation : readEarlier(values, at, observation))
}

function readScore(values: Float64Array, at: number, observation: Observation): ScoreReport {
  const flags = values[at + 1] as number
  return {
    kind: 'score',
    labels: observation.labels,
    timestampMs: observation.timestampMs,
    remainderNs: observation.remainderNs,
    value: observation.value,
    score: values[at + 2] as number,
    rawScore: values[at + 3] as number,
    detectorScore: values[at + 9] as number,
    confidence: values[at + 10] as number,
    expected: values[at + 4] as number,
    lower: values[at + 5] as number,
    upper: values[at + 6] as number,
    status: flagStatuses[flags & 3] as ScoreReport['status'],
    alarmState: flagAlarmStates[(flags >> 2) & 3] as ScoreReport['alarmState'],
    learnedSamples: values[at + 7] as number,
    probationSamples: values[at + 8] as number,
    origin: observation.origin,
    index: observation.index,
  }
}

function readEarlier(values: Float64Array, at: number, turn: Observation): Observation {
  const next = at + scoreDoubles
  const { labels } = turn
  const origin = readOrigin(values, next + 3, turn.origin)
  return {
    labels,
    timestampMs: values[next] as number,
    remainderNs: values[next + 1] as number,
    value: values[next + 2] as number,
    origin,
    index: values[next + 5] as number,
  }
}

function readOrigin(values: Float64Array, at: number, { partition }: Origin): Origin {
  return { partition, offset: values[at] as number, receivedMs: values[at + 1] as number }
}
