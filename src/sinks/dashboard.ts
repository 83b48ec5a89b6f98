/**
 * The dashboard sink: keeps what the live page shows, in bounded memory.
 *
 *   score      ─▶ KeptSeries        the last samples of the series that are kept
 *   forecast   ─▶ LastForecast      what was last said of the future of the series that are kept
 *   alarm      ─▶ AlarmLedger       alarms that are up, the last past ones, numbered changes
 *   rejection  ─▶ RejectionLedger   counts by reason, the latest examples
 *   warning    ─▶ ObjectiveLedger   P over time, the last warning, outcomes and lead times
 *
 * It is a sink and a feed: the server reads it, it never calls the server. Every change has the
 * next sequence number, and a reader that was away asks for what came after the number it has. The
 * list of all series is not here but in the catalog, which has them anyway.
 *
 * Memory: series_max × history × 57 bytes (34 MB by default), three times alarms_max alarms, ten
 * examples a reason, a hundred objectives; no more, whatever comes in.
 * Cost: a map look-up a score, and nothing more for a series that is not kept.
 */

import type { Clock } from '../core/clock.ts'
import type {
  AlarmBoard,
  AlarmEntry,
  Feed,
  ForecastColumns,
  ObjectiveEntry,
  RejectionBoard,
  SampleColumns,
} from '../core/feed.ts'
import { sampleFlags } from '../core/feed.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type {
  AlarmReport,
  ForecastReport,
  Report,
  ReportKind,
  ScoreReport,
} from '../core/report.ts'
import { AlarmLedger } from './dashboard/alarm-ledger.ts'
import { KeptSeries } from './dashboard/kept-series.ts'
import { LastForecast } from './dashboard/last-forecast.ts'
import { ObjectiveLedger } from './dashboard/objective-ledger.ts'
import { RejectionLedger } from './dashboard/rejection-ledger.ts'
import type { Sink } from './sink.ts'

/** Options of the dashboard sink. */
export const dashboardOptions = {
  historySamples: {
    kind: 'integer',
    min: 10,
    max: 100_000,
    default: 600,
    about: 'Recent samples kept of a series for its chart: 600 are ten minutes at one a second.',
  },
  seriesMax: {
    kind: 'integer',
    min: 1,
    max: 100_000,
    default: 1_000,
    about:
      'Series whose recent samples are kept, at 57 bytes a sample. Beyond it, the charts of ' +
      'series in alarm and of those looked at are kept first; all series are listed.',
  },
  alarmsMax: {
    kind: 'integer',
    min: 10,
    max: 100_000,
    default: 1_000,
    about: 'Past alarms kept, and at most as many that are up.',
  },
} as const satisfies OptionSpecs

export type DashboardOptions = OptionsOf<typeof dashboardOptions>

/** See the head of the file. */
export class DashboardSink implements Sink, Feed {
  readonly accepts: ReadonlySet<ReportKind> = new Set<ReportKind>([
    'score',
    'alarm',
    'rejection',
    'forecast',
    'warning',
  ])
  readonly epoch: string
  readonly #clock: Clock
  readonly #series: KeptSeries
  readonly #alarms: AlarmLedger
  readonly #rejections = new RejectionLedger()
  readonly #objectives = new ObjectiveLedger()
  #sequence = 0

  constructor(options: DashboardOptions, clock: Clock) {
    this.#clock = clock
    this.epoch = clock.nowMs().toString(36)
    this.#series = new KeptSeries(options)
    this.#alarms = new AlarmLedger(options.alarmsMax)
  }

  get sequence(): number {
    return this.#sequence
  }

  get rejectionSequence(): number {
    return this.#rejections.lastSequence
  }

  /** Bytes of all samples held, for the bound's sake. */
  get heldBytes(): number {
    return this.#series.heldBytes
  }

  async write(reports: readonly Report[]): Promise<void> {
    const nowMs = this.#clock.nowMs()
    for (const report of reports) {
      if (report.kind === 'score') this.#takeScore(report, nowMs)
      else if (report.kind === 'alarm') this.#takeAlarm(report, nowMs)
      else if (report.kind === 'forecast') this.#takeForecast(report)
      else if (report.kind === 'warning') this.#objectives.takeWarning(report, ++this.#sequence)
      else if (report.kind === 'rejection') this.#rejections.take(report, ++this.#sequence)
    }
  }

  #takeScore(report: ScoreReport, nowMs: number): void {
    const { key } = report.labels
    if (report.foretells === true) this.#objectives.takeScore(report, ++this.#sequence)
    let place = this.#series.find(key)
    place ??= this.#series.placeFor(key, 'any', { nowMs, sequence: this.#sequence })
    if (place === undefined) return
    place.updatedMs = nowMs
    place.ring.push(++this.#sequence, report, sampleFlags(report.status, report.alarmState))
  }

  #takeForecast(report: ForecastReport): void {
    const place = this.#series.find(report.labels.key)
    if (place !== undefined) (place.forecast ??= new LastForecast()).take(report)
  }

  #takeAlarm(report: AlarmReport, nowMs: number): void {
    const { key } = report.labels
    const up = report.state === 'firing' || report.state === 'pending'
    if (up) {
      this.#series.placeFor(key, 'alarmed', { nowMs, sequence: this.#sequence })
    } else {
      const place = this.#series.find(key)
      if (place !== undefined) place.alarmed = false
    }
    this.#alarms.take(report, ++this.#sequence)
  }

  async close(): Promise<void> {}

  samples(key: string): SampleColumns {
    return this.#viewed(key).columns()
  }

  samplesAfter(key: string, sequence: number): SampleColumns | undefined {
    return this.#viewed(key).columnsAfter(sequence)
  }

  /** The ring of a series that somebody looks at: it always has a place. */
  #viewed(key: string) {
    const at = { nowMs: this.#clock.nowMs(), sequence: this.#sequence }
    const place = this.#series.placeFor(key, 'viewed', at)
    if (place === undefined) throw new RangeError('a feed keeps at least one series')
    return place.ring
  }

  recentValues(key: string, count: number): (number | null)[] {
    return this.#series.find(key)?.ring.recentValues(count) ?? []
  }

  forecast(key: string): ForecastColumns | undefined {
    const place = this.#series.find(key)
    return place?.forecast?.columns(place.ring.lastMs)
  }

  alarms(): AlarmBoard {
    return this.#alarms.board()
  }

  alarmsAfter(sequence: number): AlarmEntry[] | undefined {
    return this.#alarms.changedAfter(sequence)
  }

  get objectiveSequence(): number {
    return this.#objectives.lastSequence
  }

  objectives(): ObjectiveEntry[] {
    return this.#objectives.entries()
  }

  rejections(): RejectionBoard {
    return this.#rejections.board()
  }
}
