/**
 * What the report page of a replay shows, gathered while rows go by, in bounded memory.
 *
 *   spans of each series      400,000 in all: the more series, the coarser each
 *   alarms that fired         the first 1,000, each with its reason and its end
 *   counts                    of rows, statuses and refusals by reason
 *
 * Of more than 1,000 series those are kept that had an alarm: a series that fires takes the place
 * of one that never did, and is drawn from there on.
 */

import type { AlarmReport, Severity } from '../../core/report.ts'
import { Decimation } from './decimation.ts'
import type { SampleState, Span } from './decimation.ts'
import type { ReplayedSeries, Verdict } from './judge.ts'
import type { Row } from './row.ts'

/** Series whose spans are kept, and spans in all: 32 MB. */
const seriesMax = 1000
const spansMax = 400_000
/** Spans of one series: twice the pixels of a wide screen. */
const seriesSpansMax = 4096
const alarmsMax = 1000

/** An alarm that fired. */
export interface FiredAlarm {
  readonly series: string
  readonly severity: Severity
  readonly startedMs: number
  readonly value: number
  readonly score: number
  readonly reason: string
  /** When it resolved; NaN while it fires. */
  endedMs: number
}

/** One series as it is drawn. */
export interface DrawnSeries {
  readonly text: string
  readonly spans: readonly Span[]
  readonly rows: number
  readonly alarms: number
  readonly scoreMax: number
}

interface KeptSeries {
  readonly text: string
  readonly decimation: Decimation
  rows: number
  alarms: number
  scoreMax: number
}

/** See the head of the file. */
export class ReplayReport {
  readonly #kept = new Map<ReplayedSeries, KeptSeries>()
  readonly #open = new Map<string, FiredAlarm>()
  readonly #alarms: FiredAlarm[] = []
  #alarmCount = 0

  /** Alarms that fired, in the order in which they did; the first of them. */
  get alarms(): readonly FiredAlarm[] {
    return this.#alarms
  }

  /** Alarms that fired, all of them. */
  get alarmCount(): number {
    return this.#alarmCount
  }

  take(row: Row, verdict: Verdict): void {
    for (const alarm of verdict.alarms) this.#alarm(alarm, verdict)
    const { series, status } = verdict
    if (series === undefined || status === 'rejected') return
    const kept = this.#kept.get(series) ?? this.#newcomer(series)
    if (kept === undefined) return
    const { timestampMs, lower, upper, score, alarmState } = verdict
    const state: SampleState = alarmState === 'firing' ? 'firing' : status
    kept.rows++
    kept.scoreMax = Math.max(kept.scoreMax, score)
    kept.decimation.push({ timestampMs, value: row.value, lower, upper, score, state })
  }

  /** A series that was not seen yet, if there is room for it. */
  #newcomer(series: ReplayedSeries): KeptSeries | undefined {
    if (this.#kept.size >= seriesMax) return undefined
    const spans = spansOf(this.#kept.size + 1)
    if (spans < spansOf(this.#kept.size)) {
      for (const { decimation } of this.#kept.values()) decimation.limit(spans)
    }
    return this.#keep(series, spans)
  }

  #keep(series: ReplayedSeries, spans: number): KeptSeries {
    const decimation = new Decimation(spans)
    const kept = { text: series.text, decimation, rows: 0, alarms: 0, scoreMax: 0 }
    this.#kept.set(series, kept)
    return kept
  }

  #alarm(alarm: AlarmReport, { series }: Verdict): void {
    if (alarm.state === 'resolved') {
      const open = this.#open.get(alarm.alarmId)
      if (open !== undefined) open.endedMs = alarm.timestampMs
      this.#open.delete(alarm.alarmId)
    }
    if (alarm.state !== 'firing' || series === undefined) return
    this.#alarmCount++
    const kept = this.#kept.get(series) ?? this.#newcomer(series) ?? this.#replaced(series)
    if (kept !== undefined) kept.alarms++
    if (this.#alarms.length >= alarmsMax) return
    const { severity, startedMs, value, score, reason } = alarm
    const fired = { series: series.text, severity, startedMs, value, score, reason, endedMs: NaN }
    this.#alarms.push(fired)
    this.#open.set(alarm.alarmId, fired)
  }

  /** The place of a series that had no alarm, for one that has. */
  #replaced(series: ReplayedSeries): KeptSeries | undefined {
    for (const [other, { alarms }] of this.#kept) {
      if (alarms > 0) continue
      this.#kept.delete(other)
      return this.#keep(series, spansOf(seriesMax))
    }
    return undefined
  }

  /**
   * The series to draw, at most so many and with at most so many spans in all: those with most
   * alarms first, then those with the highest score. Called once, at the end.
   */
  series(limits: { seriesMax: number; spansMax: number }): DrawnSeries[] {
    const ranked = [...this.#kept.values()]
      .sort((a, b) => b.alarms - a.alarms || b.scoreMax - a.scoreMax)
      .slice(0, limits.seriesMax)
    const spans = Math.floor(limits.spansMax / Math.max(1, ranked.length) / 2) * 2
    return ranked.map(({ text, decimation, rows, alarms, scoreMax }) => {
      decimation.limit(spans)
      return { text, spans: decimation.spans(), rows, alarms, scoreMax }
    })
  }
}

/** Spans that each of so many series may have; even. Lowered only when their number doubles. */
function spansOf(series: number): number {
  const rounded = 2 ** Math.ceil(Math.log2(Math.max(1, series)))
  return Math.min(seriesSpansMax, Math.floor(spansMax / rounded / 2) * 2)
}
