/**
 * Judges rows: each by the series that it belongs to, as the running program would.
 *
 *   row ─▶ series of its labels (gate ─▶ detector ─▶ alarm) ─▶ verdict
 *
 * What differs from a live run: rows have no receive time, so the gate takes the time of the replay
 * for it, and a row of the far future cannot blind its series. Made-up rows may well be of times to
 * come, though: a file that begins in the future is taken as it is, and so is a series that grows
 * into it step by step. There is no clock either: an alarm whose series goes silent resolves before
 * the next row of that series, as ticks would do it live.
 */

import { budgetRate } from '../../alarm/budget-rate.ts'
import type { AlarmRule } from '../../alarm/rule.ts'
import { Assessment } from '../../core/assessment.ts'
import type { Status } from '../../core/assessment.ts'
import type { Labels } from '../../core/labels.ts'
import type { Origin } from '../../core/observation.ts'
import { optionsWithDefaults } from '../../core/options.ts'
import type { RejectionReason } from '../../core/rejection.ts'
import type { AlarmReport, AlarmState, Report } from '../../core/report.ts'
import type { Detector } from '../../detectors/detector.ts'
import { gateOptions } from '../../series/gate.ts'
import { Series } from '../../series/series.ts'
import type { SeriesRule } from '../../series/series.ts'
import type { Row } from './row.ts'

/** One series of the replay. */
export interface ReplayedSeries {
  /** As it is written. */
  readonly text: string
  readonly series: Series
  /** Time of its last judged row, and the longest step between two of them. */
  lastMs: number
  stepMs: number
}

/** What became of a row. Reused: it holds until the next row. */
export interface Verdict {
  status: Status
  /** Why it was refused; empty where it was not. */
  reason: RejectionReason | ''
  detail: string
  /** All four unknown (NaN) where the row was refused. */
  score: number
  expected: number
  lower: number
  upper: number
  alarmState: AlarmState
  /** The time that the row was judged at; NaN where it has none. */
  timestampMs: number
  series: ReplayedSeries | undefined
  /** The series as it is written, where the row tells it; empty where not. */
  seriesText: string
  /** Changes of alarms, those included that silence before the row caused. */
  readonly alarms: AlarmReport[]
}

/** What a judge is made with. */
export interface JudgeParts {
  readonly detectorName: string
  /** Makes the detector of a series. */
  readonly detector: (labels: Labels) => Detector
  readonly alarm: AlarmRule
  /** Taken for the time of receipt. */
  readonly nowMs: number
  /** Rows of further series are refused. */
  readonly seriesMax: number
}

/** Rows without a timestamp are this far apart. */
const cadenceMs = 1000

/** A step into the future may be so much longer than any before: a gap, but not a wrong unit. */
const stepFactor = 10

/** See the head of the file. */
export class Judge {
  readonly verdict: Verdict = {
    status: 'rejected',
    reason: '',
    detail: '',
    score: NaN,
    expected: NaN,
    lower: NaN,
    upper: NaN,
    alarmState: 'inactive',
    timestampMs: NaN,
    series: undefined,
    seriesText: '',
    alarms: [],
  }
  readonly #parts: JudgeParts
  readonly #rule: SeriesRule
  readonly #leadMs: number
  readonly #byKey = new Map<string, ReplayedSeries>()
  /** By reference, since readers hand out the same labels again. */
  readonly #byLabels = new WeakMap<Labels, ReplayedSeries>()
  readonly #reports: Report[] = []
  #lastLabels: Labels | undefined
  #lastSeries: ReplayedSeries | undefined
  #files = 0
  /** Origin of rows that the gate measures by the clock. */
  #origin: Origin = { partition: 'replay', offset: 0, receivedMs: 0 }
  #future: 'judged' | 'taken' = 'judged'
  #index = 0

  constructor(parts: JudgeParts) {
    this.#parts = parts
    const gate = optionsWithDefaults(gateOptions)
    this.#leadMs = gate.acceptedLeadMs
    this.#rule = {
      name: 'replay',
      detector: parts.detectorName,
      alarm: parts.alarm,
      budget: budgetRate(parts.alarm.budget),
      gate,
      assessment: new Assessment(),
      reportScores: true,
      stateVersion: 0,
      stateDigest: 0,
    }
  }

  /** Series seen so far. */
  get seriesCount(): number {
    return this.#byKey.size
  }

  /** All of them, in the order in which they came. */
  get series(): readonly ReplayedSeries[] {
    return [...this.#byKey.values()]
  }

  /** Begins with another file; `taken` where it is one of times to come. */
  open(future: 'judged' | 'taken'): void {
    this.#files++
    this.#index = 0
    this.#future = future
    this.#origin = { partition: 'replay', offset: this.#files, receivedMs: this.#parts.nowMs }
  }

  /** Judges the next row; the answer is in `verdict`. */
  take(row: Row): Verdict {
    const { verdict } = this
    this.#index++
    verdict.alarms.length = 0
    verdict.series = undefined
    verdict.timestampMs = row.timestampMs
    verdict.seriesText = ''
    if (row.fault === undefined) this.#judge(row)
    else {
      if (row.labels !== undefined) verdict.seriesText = seriesText(row.labels)
      this.#refuse(row.fault.reason, row.fault.detail)
    }
    return verdict
  }

  #refuse(reason: RejectionReason, detail: string): void {
    const { verdict } = this
    verdict.status = 'rejected'
    verdict.reason = reason
    verdict.detail = detail
    verdict.score = verdict.expected = verdict.lower = verdict.upper = NaN
    verdict.alarmState = 'inactive'
  }

  #judge(row: Row): void {
    const { labels, remainderNs, value } = row
    const replayed = labels === undefined ? undefined : this.#seriesOf(labels)
    if (labels === undefined || replayed === undefined) {
      this.#refuse('series_limit', `already at the limit of ${this.#parts.seriesMax} series`)
      return
    }
    const { verdict } = this
    const untimed = Number.isNaN(row.timestampMs)
    const timestampMs = untimed ? this.#index * cadenceMs : row.timestampMs
    verdict.series = replayed
    verdict.seriesText = replayed.text
    verdict.timestampMs = timestampMs
    const reports = this.#reports
    reports.length = 0
    const origin = this.#originOf(replayed, timestampMs)
    if (replayed.series.awake) this.#passSilence(replayed, timestampMs, origin)
    const index = this.#index
    replayed.series.update({ labels, timestampMs, remainderNs, value, origin, index }, reports)
    for (const report of reports) this.#note(report)
    if (verdict.status === 'rejected') return
    const stepMs = timestampMs - replayed.lastMs
    if (stepMs > replayed.stepMs && stepMs < Infinity) replayed.stepMs = stepMs
    replayed.lastMs = timestampMs
  }

  /**
   * A row counts as received at its own time, as it was when it was recorded: so silence is what it
   * was then. Only one of the far future, that does not go on from the rows before it, is measured
   * by the clock, and refused.
   */
  #originOf(replayed: ReplayedSeries, timestampMs: number): Origin {
    const past = timestampMs <= this.#parts.nowMs + this.#leadMs
    const near = timestampMs - replayed.lastMs <= stepFactor * replayed.stepMs
    if (this.#future === 'judged' && !past && !near) return this.#origin
    return { partition: 'replay', offset: this.#files, receivedMs: timestampMs }
  }

  /** What a tick would have done when the series had been silent for long. */
  #passSilence(replayed: ReplayedSeries, timestampMs: number, origin: Origin): void {
    const { absentMs } = this.#parts.alarm
    const silentMs = replayed.lastMs + absentMs
    const accepted = timestampMs - origin.receivedMs <= this.#leadMs
    if (accepted && absentMs > 0 && timestampMs > silentMs) {
      replayed.series.tick(silentMs, origin, this.#reports)
    }
  }

  #note(report: Report): void {
    const { verdict } = this
    if (report.kind === 'score') {
      verdict.status = report.status
      verdict.reason = ''
      verdict.detail = ''
      verdict.score = report.score
      verdict.expected = report.expected
      verdict.lower = report.lower
      verdict.upper = report.upper
      verdict.alarmState = report.alarmState
    } else if (report.kind === 'rejection') this.#refuse(report.reason, report.detail)
    else if (report.kind === 'alarm') verdict.alarms.push(report)
  }

  #seriesOf(labels: Labels): ReplayedSeries | undefined {
    if (labels === this.#lastLabels) return this.#lastSeries
    let found = this.#byLabels.get(labels) ?? this.#byKey.get(labels.key)
    if (found === undefined) {
      if (this.#byKey.size >= this.#parts.seriesMax) return undefined
      const series = new Series(labels, this.#rule, this.#parts.detector(labels))
      found = { text: seriesText(labels), series, lastMs: -Infinity, stepMs: 0 }
      this.#byKey.set(labels.key, found)
    }
    this.#byLabels.set(labels, found)
    this.#lastLabels = labels
    this.#lastSeries = found
    return found
  }
}

/** The bare name where there is nothing else, so that it stands as in the input; or the key. */
function seriesText(labels: Labels): string {
  return labels.pairs.length === 2 && labels.name !== '' ? labels.name : labels.key
}
