/**
 * The Prometheus sink: the last score of each series and the alarms that fire, as gauges among the
 * program's own metrics, bounded in number.
 *
 *   forewarn_series_score{series="cpu{host=\"a\"}"}     and _value, _expected, _lower, _upper
 *   forewarn_firing_alarm_value{alarm_id=…,rule=…,series=…,severity=…}   while it fires
 *   forewarn_series_left_out_scores_total               scores of series beyond the bound
 *
 * A series that had no score for a while is shown no more, so that a gauge never says what is long
 * over, and its place is free. Where all places are taken new series are left out and counted.
 */

import type { Clock } from '../core/clock.ts'
import type { AnyOptions, OptionSpecs, OptionsOf } from '../core/options.ts'
import type { AlarmReport, Report, ReportKind, ScoreReport } from '../core/report.ts'
import type { Family, MetricCell } from '../telemetry/metric.ts'
import type { Sink, SinkRow, SinkSurroundings } from './sink.ts'

/** Options of the Prometheus sink. */
export const prometheusOptions = {
  seriesMax: {
    kind: 'integer',
    min: 1,
    max: 100_000,
    default: 1_000,
    about: 'At most this many series, and as many firing alarms, are shown.',
  },
  idleAfterMs: {
    kind: 'duration',
    min: 1_000,
    max: 7 * 86_400_000,
    default: 900_000,
    about: 'A series without a score for this long is shown no more.',
  },
} as const satisfies OptionSpecs

export type PrometheusOptions = OptionsOf<typeof prometheusOptions>

interface Shown {
  readonly report: ScoreReport
  readonly atMs: number
}

const scoreNumbers = {
  score: 'How unusual the last sample of a series was, 0 to 1.',
  value: 'The last sample of a series.',
  expected: 'What was expected of the last sample of a series.',
  lower: 'Lower end of what was expected of the last sample of a series.',
  upper: 'Upper end of what was expected of the last sample of a series.',
} as const

/** See the head of the file. */
export class PrometheusSink implements Sink {
  readonly accepts: ReadonlySet<ReportKind> = new Set(['alarm', 'score'])
  readonly #options: PrometheusOptions
  readonly #clock: Clock
  /** By series key, the one that was silent longest first. */
  readonly #series = new Map<string, Shown>()
  /** By alarm id, in the order of their last change. */
  readonly #firing = new Map<string, AlarmReport>()
  #leftOut = 0

  constructor(options: PrometheusOptions, clock: Clock) {
    this.#options = options
    this.#clock = clock
  }

  write(reports: readonly Report[]): Promise<void> {
    const nowMs = this.#clock.nowMs()
    for (const report of reports) {
      if (report.kind === 'score') this.#score(report, nowMs)
      else if (report.kind === 'alarm') this.#alarm(report)
    }
    return Promise.resolve()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  /** What a scrape shows of it. */
  families(): readonly Family[] {
    const nowMs = this.#clock.nowMs()
    while (this.#dropIdle(nowMs));
    const scores = Object.entries(scoreNumbers).map(([name, about]) => {
      const cells = [...this.#series].map(([key, { report }]) => {
        return cell([key], report[name as keyof typeof scoreNumbers])
      })
      return gauge(`forewarn_series_${name}`, about, ['series'], cells)
    })
    const firing = [...this.#firing.values()].map(({ alarmId, rule, labels, severity, value }) =>
      cell([alarmId, rule, labels.key, severity], value),
    )
    const names = ['alarm_id', 'rule', 'series', 'severity']
    const about = 'Value of a firing alarm when it last changed.'
    const leftOut: Family = {
      spec: {
        name: 'forewarn_series_left_out_scores_total',
        kind: 'counter',
        about: 'Scores of series that are not shown, as there are too many.',
        labels: [],
        bounds: [],
      },
      cells: () => [cell([], this.#leftOut)],
    }
    return [...scores, gauge('forewarn_firing_alarm_value', about, names, firing), leftOut]
  }

  #score(report: ScoreReport, nowMs: number): void {
    const { key } = report.labels
    const isFull = !this.#series.has(key) && this.#series.size >= this.#options.seriesMax
    if (isFull && !this.#dropIdle(nowMs)) {
      this.#leftOut++
      return
    }
    this.#series.delete(key)
    this.#series.set(key, { report, atMs: nowMs })
  }

  #alarm(alarm: AlarmReport): void {
    this.#firing.delete(alarm.alarmId)
    if (alarm.state !== 'firing') return
    this.#firing.set(alarm.alarmId, alarm)
    if (this.#firing.size <= this.#options.seriesMax) return
    const [oldest] = this.#firing.keys()
    if (oldest !== undefined) this.#firing.delete(oldest)
  }

  /** True where the series that was silent longest was silent for too long, and is gone now. */
  #dropIdle(nowMs: number): boolean {
    const [first] = this.#series
    if (first === undefined || nowMs - first[1].atMs < this.#options.idleAfterMs) return false
    return this.#series.delete(first[0])
  }
}

function gauge(
  name: string,
  about: string,
  labels: readonly string[],
  cells: readonly MetricCell[],
): Family {
  const known = cells.filter(({ value }) => !Number.isNaN(value))
  return { spec: { name, kind: 'gauge', about, labels, bounds: [] }, cells: () => known }
}

function cell(labelValues: readonly string[], value: number): MetricCell {
  return { labelValues, value, bucketCounts: [] }
}

/** The row of the Prometheus sink. */
export const prometheusSink = {
  about: 'Shows the last scores and the firing alarms among the program’s metrics.',
  options: prometheusOptions,
  create: (options: AnyOptions, { clock }: SinkSurroundings) =>
    new PrometheusSink(options as PrometheusOptions, clock),
} satisfies SinkRow
