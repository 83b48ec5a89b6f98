/** Reports as rows: which columns, in which order, each kind in a table of its own. */

import { reportId } from '../../core/report.ts'
import type { AlarmReport, ForecastReport, ScoreReport } from '../../core/report.ts'
import type { CopyRows } from './copy-rows.ts'

/** Columns as they are copied, with their types. `place` keeps the order of a batch. */
export const scoreColumns = [
  'time timestamptz',
  'series_id bigint',
  'report_id bigint',
  'value float8',
  'score float8',
  'raw_score float8',
  'expected float8',
  'lower float8',
  'upper float8',
  'status text',
  'alarm_state text',
] as const

export const forecastColumns = [
  'time timestamptz',
  'series_id bigint',
  'report_id bigint',
  'horizon_samples int',
  'predicted_time timestamptz',
  'value float8',
  'lower float8',
  'upper float8',
  'probability float8',
] as const

export const alarmColumns = [
  'place int',
  'time timestamptz',
  'series_id bigint',
  'report_id bigint',
  'alarm_id text',
  'rule text',
  'state text',
  'severity text',
  'started timestamptz',
  'value float8',
  'score float8',
  'expected float8',
  'lower float8',
  'upper float8',
  'reason text',
  'news text',
  'silenced_by text',
  'silenced_until timestamptz',
  'acknowledged_by text',
  'verdict text',
] as const

/** Names alone, for a list in SQL. */
export function columnNames(columns: readonly string[]): string[] {
  return columns.map((column) => column.slice(0, column.indexOf(' ')))
}

export function addScore(report: ScoreReport, seriesId: number, rows: CopyRows): void {
  rows.row(scoreColumns.length)
  rows.time(report.timestampMs, report.remainderNs)
  rows.bigint(seriesId)
  rows.hex64(reportId(report))
  rows.number(report.value)
  rows.number(report.score)
  rows.number(report.rawScore)
  rows.number(report.expected)
  rows.number(report.lower)
  rows.number(report.upper)
  rows.text(report.status)
  rows.text(report.alarmState)
}

export function addForecast(report: ForecastReport, seriesId: number, rows: CopyRows): void {
  rows.row(forecastColumns.length)
  rows.time(report.timestampMs)
  rows.bigint(seriesId)
  rows.hex64(reportId(report))
  rows.int(report.horizonSamples)
  rows.time(report.predictedMs)
  rows.number(report.value)
  rows.number(report.lower)
  rows.number(report.upper)
  rows.number(report.probability)
}

export function addAlarm(report: AlarmReport, seriesId: number, rows: CopyRows): void {
  rows.row(alarmColumns.length)
  rows.int(rows.count)
  rows.time(report.timestampMs)
  rows.bigint(seriesId)
  rows.hex64(reportId(report))
  rows.text(report.alarmId)
  rows.text(report.rule)
  rows.text(report.state)
  rows.text(report.severity)
  rows.time(report.startedMs)
  rows.number(report.value)
  rows.number(report.score)
  rows.number(report.expected)
  rows.number(report.lower)
  rows.number(report.upper)
  rows.text(report.reason)
  rows.text(report.news)
  rows.text(report.silenced?.who)
  if (report.silenced === undefined) rows.nothing()
  else rows.time(report.silenced.untilMs)
  rows.text(report.acknowledged?.who)
  rows.text(report.label?.verdict)
}
