/**
 * Reports: what sinks receive. Every kind has a stable id, so that a report sent again after a
 * crash is the same report.
 */

import { hash64 } from './hash.ts'
import type { Status } from './assessment.ts'
import type { Labels } from './labels.ts'
import type { Origin } from './observation.ts'
import type { RejectionReason } from './rejection.ts'

/** States of one series' alarm, as in Prometheus. */
export type AlarmState = 'inactive' | 'pending' | 'firing' | 'resolved'

/** How bad; the words of PagerDuty Events v2 without `error`. */
export type Severity = 'info' | 'warning' | 'critical'

/** The silence that keeps an alarm from being told. */
export interface SilenceMark {
  readonly silenceId: string
  readonly who: string
  readonly untilMs: number
}

/** Who has seen an alarm, and when. */
export interface Acknowledgement {
  readonly who: string
  readonly atMs: number
  readonly text: string
}

export type AlarmVerdict = 'true alarm' | 'false alarm'

/** What somebody said an alarm was. */
export interface AlarmLabel extends Acknowledgement {
  readonly verdict: AlarmVerdict
}

/**
 * What is new in an alarm report, where it is not the state.
 *
 *   silenced      a silence began; `silenced` names it
 *   unsilenced    it is over; the state was told before it began
 *   told          it is over, and the state was never told: now it is
 *   acknowledged  somebody has seen it
 *   labelled      somebody said whether it was right
 */
export type AlarmNews = 'silenced' | 'unsilenced' | 'told' | 'acknowledged' | 'labelled'

/** One scored sample. */
export interface ScoreReport {
  readonly kind: 'score'
  readonly labels: Labels
  readonly timestampMs: number
  readonly remainderNs: number
  readonly value: number
  /** Of a group: the values of all of its fields. */
  readonly values?: readonly number[] | undefined
  readonly score: number
  /** The probability of what is to come where the detector foretells. */
  readonly rawScore: number
  readonly foretells?: boolean
  /** The detector's own score, before any score filter: `rawScore` where none stands behind it. */
  readonly detectorScore: number
  /** In [0, 1]: how sure the detector was of `expected`; NaN where it does not say. */
  readonly confidence: number
  /** NaN, all three, where the detector has no opinion. */
  readonly expected: number
  readonly lower: number
  readonly upper: number
  readonly status: Status
  readonly alarmState: AlarmState
  /** Progress of learning; equal once probation is over. */
  readonly learnedSamples: number
  readonly probationSamples: number
  readonly origin: Origin
  readonly index: number
}

/** A change of one series' alarm. */
export interface AlarmReport {
  readonly kind: 'alarm'
  /** Hash of rule, series key and start: the same through the alarm's life. */
  readonly alarmId: string
  readonly rule: string
  readonly labels: Labels
  readonly state: AlarmState
  readonly severity: Severity
  /** Time of the sample or tick that caused the change. */
  readonly timestampMs: number
  /** First anomalous sample of this alarm. */
  readonly startedMs: number
  readonly value: number
  readonly score: number
  readonly expected: number
  readonly lower: number
  readonly upper: number
  /** In words, for people: `412, expected 180 to 260`. */
  readonly reason: string
  /** Absent where the state is what changed. */
  readonly news?: AlarmNews
  /** Set while somebody has silenced it, and where its end is no news because it was never told. */
  readonly silenced?: SilenceMark
  readonly acknowledged?: Acknowledgement
  readonly label?: AlarmLabel
  readonly origin: Origin
  readonly index: number
}

/** A refused sample or line. `labels` is absent where the series is not known. */
export interface RejectionReport {
  readonly kind: 'rejection'
  readonly reason: RejectionReason
  readonly detail: string
  readonly text: string
  readonly labels?: Labels
  readonly timestampMs: number
  readonly origin: Origin
}

/** A predicted value. */
export interface ForecastReport {
  readonly kind: 'forecast'
  readonly labels: Labels
  /** When it was predicted. */
  readonly timestampMs: number
  readonly horizonSamples: number
  /** The moment predicted, from the series' own cadence. */
  readonly predictedMs: number
  readonly value: number
  readonly lower: number
  readonly upper: number
  /** In [0, 1]. */
  readonly probability: number
  /** In [0, 1]: how unforeseen it would be if it came true. Absent where nobody asked for it. */
  readonly rawScore?: number
  readonly origin: Origin
  readonly index: number
}

/**
 * What is said of a breach to come, and what became of it.
 *
 *   told    a breach is likely to begin within the horizon
 *   true    one began in time
 *   false   none did
 *   missed  one began that no warning was told of
 */
export type WarningState = 'told' | 'true' | 'false' | 'missed'

/** How many warnings have come true, have not, and breaches that none was told of. */
export interface WarningTotals {
  readonly true: number
  readonly false: number
  readonly missed: number
}

/** What a warning says. Of a missed breach only the objective, the onset and the totals hold. */
export interface WarningFacts {
  readonly state: WarningState
  /** The objective: this field is to stay under this limit. */
  readonly metric: string
  readonly limit: number
  /** How far ahead it speaks of, by the series' own cadence. */
  readonly horizonMs: number
  /** When it was told; NaN of a missed breach, like all that was said then. */
  readonly toldMs: number
  /** P(a breach begins within the horizon), in [0, 1]. */
  readonly probability: number
  /** The moment at which it was expected to begin. */
  readonly expectedMs: number
  /** The field that leads towards it; empty of a missed breach. */
  readonly leading: string
  /** In (0, 1]: how well the weights behind the probability are known. */
  readonly confidence: number
  /** When the breach began; NaN where none has. */
  readonly onsetMs: number
  /** From the first warning of the run that stood then to the onset; NaN where none was told. */
  readonly leadMs: number
  readonly totals: WarningTotals
}

/** A warning that an objective will break, or what became of it. */
export interface WarningReport extends WarningFacts {
  readonly kind: 'warning'
  /** Hash of rule, series key and when it was told, or of a missed breach's onset. */
  readonly warningId: string
  readonly rule: string
  readonly labels: Labels
  /** Time of the sample that caused it. */
  readonly timestampMs: number
  readonly origin: Origin
  readonly index: number
}

export type Report = ScoreReport | AlarmReport | RejectionReport | ForecastReport | WarningReport
export type ReportKind = Report['kind']

/**
 * The id of a report: hash of series key, sample timestamp, position and kind; an alarm's changes
 * add the state and what is new. 16 hexadecimal digits.
 */
export function reportId(report: Report): string {
  const { origin } = report
  const key = report.labels?.key ?? ''
  const index = report.kind === 'rejection' ? report.text : report.index
  const place = `${origin.partition}\n${origin.offset}\n${index}`
  let kind: string = report.kind
  if (report.kind === 'alarm') kind += '\n' + report.alarmId + '\n' + report.state
  if (report.kind === 'alarm' && report.news !== undefined) kind += '\n' + report.news
  if (report.kind === 'forecast') kind += '\n' + report.horizonSamples
  if (report.kind === 'warning') kind += '\n' + report.warningId + '\n' + report.state
  return hash64(`${key}\n${report.timestampMs}\n${place}\n${kind}`)
}

/**
 * True where an alarm report is to reach people: its state is news to them and nobody has silenced
 * it. Sinks that call people are handed no others; see sinks/delivery.ts.
 */
export function isForPeople({ news, silenced }: AlarmReport): boolean {
  return silenced === undefined && (news === undefined || news === 'told')
}
