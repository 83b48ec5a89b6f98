/**
 * The feed: what the live page is shown, as plain JSON-ready values, and the interface through
 * which the server reads it.
 *
 * The dashboard sink fills a feed, the server reads it, the page draws it; this file is the one
 * place where the three agree. The server pulls: a reader that comes back later, or slower, asks
 * for what happened after the sequence number that it has seen, so a slow page holds nothing up and
 * no reader has a queue of its own.
 *
 *   sink ──write──▶ │ … 41 42 43 │ ◀──after(41)── server ──▶ page
 *                    sequence
 *
 * Numbers that are unknown (NaN inside) are null here, because JSON has no NaN.
 */

import type { Status } from './assessment.ts'
import type { RejectionReason } from './rejection.ts'
import type {
  Acknowledgement,
  AlarmLabel,
  AlarmState,
  Severity,
  SilenceMark,
  WarningTotals,
} from './report.ts'

/** Recent samples of one series as columns of equal length, oldest first. */
export interface SampleColumns {
  readonly timestampMs: number[]
  readonly value: (number | null)[]
  readonly expected: (number | null)[]
  readonly lower: (number | null)[]
  readonly upper: (number | null)[]
  readonly score: number[]
  /** `sampleFlags` of each sample. */
  readonly flags: number[]
}

/** Statuses and alarm states in the order in which flags number them. */
export const flagStatuses = [
  'probation',
  'ok',
  'anomalous',
  'rejected',
] as const satisfies readonly Status[]
export const flagAlarmStates = [
  'inactive',
  'pending',
  'firing',
  'resolved',
] as const satisfies readonly AlarmState[]

/** Status in bits 0 and 1, alarm state in bits 2 and 3. */
export function sampleFlags(status: Status, alarmState: AlarmState): number {
  // Once a sample: the two states of almost every one are found by one comparison each.
  const low = status === 'ok' ? 1 : flagStatuses.indexOf(status)
  return alarmState === 'inactive' ? low : low | (flagAlarmStates.indexOf(alarmState) << 2)
}

/** NaN and infinities are "unknown" to JSON. */
export function knownOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

/** What was said of a series' future after its last sample, nearest first. */
export interface ForecastColumns {
  /** Moments predicted. */
  readonly timestampMs: number[]
  readonly value: (number | null)[]
  readonly lower: (number | null)[]
  readonly upper: (number | null)[]
}

/** One alarm, from its first change to its last. */
export interface AlarmEntry {
  readonly alarmId: string
  readonly rule: string
  readonly key: string
  readonly state: AlarmState
  readonly severity: Severity
  /** First anomalous sample. */
  readonly startedMs: number
  /** When it became firing; null while it is only pending. */
  readonly firedMs: number | null
  /** When it resolved, or when a pending one came to nothing; null while it is up. */
  readonly endedMs: number | null
  /** The sample that the reason speaks of. */
  readonly value: number | null
  readonly score: number
  readonly expected: number | null
  readonly lower: number | null
  readonly upper: number | null
  /** Why it was raised, in words. */
  readonly reason: string
  /** The silence that holds it back; null while nobody has silenced it. */
  readonly silenced: SilenceMark | null
  readonly acknowledged: Acknowledgement | null
  readonly label: AlarmLabel | null
}

/** Alarms that are up, and those that are over; each newest first. */
export interface AlarmBoard {
  readonly active: AlarmEntry[]
  readonly past: AlarmEntry[]
  /** Alarms that are up beyond those that are kept. */
  readonly unlisted: number
}

/** One refused sample or line. */
export interface RejectionEntry {
  readonly reason: RejectionReason
  readonly detail: string
  readonly text: string
  /** The series, where it is known. */
  readonly key: string | null
  /** Partition of the source that it came by. */
  readonly partition: string
  readonly receivedMs: number
}

/** What was refused since the start: counts by reason and the latest examples, newest first. */
export interface RejectionBoard {
  readonly total: number
  readonly counts: Partial<Record<RejectionReason, number>>
  readonly recent: RejectionEntry[]
}

/** What is said of one objective: how probable a breach is, and what warnings of it were worth. */
export interface ObjectiveEntry {
  readonly key: string
  /** The last samples, oldest first: P(a breach begins within the horizon), 1 while one lasts. */
  readonly timestampMs: number[]
  readonly probability: number[]
  /** The last warning that was told; null before the first. */
  readonly warning: WarningEntry | null
  /** Of warnings whose outcome is known, and of breaches that none was told of. */
  readonly totals: WarningTotals
  /** How long before the breach warnings that came true were told, oldest first; the last ones. */
  readonly leadMs: number[]
}

/** One warning. */
export interface WarningEntry {
  readonly warningId: string
  readonly metric: string
  readonly limit: number
  readonly horizonMs: number
  readonly toldMs: number
  readonly probability: number
  readonly expectedMs: number
  readonly leading: string
  readonly confidence: number
  /** told until it is known what became of it. */
  readonly state: 'told' | 'true' | 'false'
}

/** What the server asks. Everything is synchronous and returns copies. */
export interface Feed {
  /** Another one after each start: sequence numbers of another epoch mean nothing here. */
  readonly epoch: string
  /** Number of the last change; 0 before the first. */
  readonly sequence: number
  /** Number of the last rejection, so that a reader sees whether there are new ones. */
  readonly rejectionSequence: number
  /**
   * All kept samples of a series. Asking marks the series as looked at: from then on its samples
   * are kept even where more series come in than are kept.
   */
  samples(key: string): SampleColumns
  /** The samples after a sequence number; undefined where some of them are no longer kept. */
  samplesAfter(key: string, sequence: number): SampleColumns | undefined
  /** The last kept values of a series, oldest first; does not mark it as looked at. */
  recentValues(key: string, count: number): (number | null)[]
  /** What was last forecast of a series; undefined where nothing is known after its last sample. */
  forecast(key: string): ForecastColumns | undefined
  alarms(): AlarmBoard
  /** Alarms changed after a sequence number, oldest change first; undefined where too old. */
  alarmsAfter(sequence: number): AlarmEntry[] | undefined
  rejections(): RejectionBoard
  /** Number of the last sample or warning of an objective. */
  readonly objectiveSequence: number
  /** All objectives that warnings are told of, by key. */
  objectives(): ObjectiveEntry[]
}
