/**
 * What the page knows, as signals.
 *
 *   stream ──▶ latest (plain fields) ──show()──▶ signals ──▶ what is on screen
 *
 * While the page is paused `show` does nothing, so everything on screen stands still while the
 * stream goes on; alarms are never paused.
 */

import { computed, signal } from '@preact/signals'
import type {
  AlarmEntry,
  ForecastColumns,
  ObjectiveEntry,
  RejectionBoard,
  SampleColumns,
} from '../../src/core/feed.ts'
import type { SeriesSummary } from '../../src/series/series-summary.ts'
import type { SinkState } from '../../src/core/sink-state.ts'
import { Sparks } from './sparks.ts'
import type { SeriesRow } from './sparks.ts'
import { appended, noSamples, replaced } from './samples.ts'

/** How the page is connected. */
export type Link = 'connecting' | 'live' | 'lost' | 'signed-out'

/** Which series are listed. */
export type Filter = 'all' | 'firing' | 'learning'

/** The list of series as it is shown. */
export interface SeriesView {
  /** Undefined until the first list came. */
  readonly order: readonly string[] | undefined
  readonly rows: ReadonlyMap<string, SeriesSummary>
  readonly total: number
}

/** A part of time; undefined is all there is, with the newest sample at the right. */
export type Span = { readonly fromMs: number; readonly toMs: number } | undefined

/** Samples on the chart. */
export interface Shown {
  readonly columns: SampleColumns
  /** Time that a row may stand for. */
  readonly bucketMs: number
  /** What is drawn ahead of the newest sample. */
  readonly forecast?: ForecastColumns | undefined
}

/** Past alarms that are listed. */
const pastShown = 200

export const link = signal<Link>('connecting')
/** Counts up to have the page connect anew. */
export const attempts = signal(0)
export const search = signal('')
export const filter = signal<Filter>('all')
/** Key of the series on show; empty for none. */
export const selected = signal('')
export const paused = signal(false)
export const span = signal<Span>(undefined)
/** Only the newest part of this length is shown while no span is chosen; Infinity for all. */
export const windowMs = signal(Infinity)
export const nowMs = signal(Date.now())

export const series = signal<SeriesView>({ order: undefined, rows: new Map(), total: 0 })
export const samples = signal<SampleColumns>(noSamples)
/** What was said of its future after the newest sample. */
export const forecast = signal<ForecastColumns | undefined>(undefined)
/** Time that each of the older samples stands for; 0 where they are all there is. */
export const bucketMs = signal(0)
/** The samples of the chosen part of time, as far as they were asked for. */
export const detail = signal<Shown | undefined>(undefined)
/** Whether the server keeps samples and alarms on disk. */
export const historyKept = signal(false)
/** What is known of the selected series: nothing yet, that it is not there, or its samples. */
export const standing = signal<'asked' | 'unknown' | 'here'>('asked')
/** Samples that came since the page was paused. */
export const waiting = signal(0)
/** Alarms that the stream told of. */
const toldAlarms = signal<ReadonlyMap<string, AlarmEntry>>(new Map())
/** Alarms of the history, which may be of an earlier run. */
const keptAlarms = signal<readonly AlarmEntry[]>([])
export const unlisted = signal(0)
export const rejections = signal<RejectionBoard>({ total: 0, counts: {}, recent: [] })

/** Objectives that warnings are told of. */
export const objectives = signal<readonly ObjectiveEntry[]>([])

/** How each sink stands. */
export const sinks = signal<readonly SinkState[]>([])

export const sparks = new Sparks()

/** All alarms by their ids. One of the history that never ended is up only where its series is. */
export const alarms = computed<ReadonlyMap<string, AlarmEntry>>(() => {
  const all = new Map<string, AlarmEntry>()
  for (const alarm of keptAlarms.value) {
    const state = series.value.rows.get(alarm.key)?.alarmState
    if (alarm.endedMs !== null || state === alarm.state) all.set(alarm.alarmId, alarm)
  }
  for (const [id, alarm] of toldAlarms.value) all.set(id, alarm)
  return all
})

/** What the chart shows: the chosen part of time, else the newest samples. */
export const shown = computed<Shown>(() => {
  const chosen = span.value === undefined ? undefined : detail.value
  const newest = { columns: samples.value, bucketMs: bucketMs.value, forecast: forecast.value }
  return chosen ?? newest
})

/** Alarms that are up, newest first, firing before pending. */
export const activeAlarms = computed(() => {
  const active = [...alarms.value.values()].filter((alarm) => alarm.endedMs === null)
  const rank = (alarm: AlarmEntry): number => (alarm.state === 'firing' ? 0 : 1)
  return active.sort((a, b) => rank(a) - rank(b) || b.startedMs - a.startedMs)
})

/** Alarms that are over, last ended first. */
export const pastAlarms = computed(() => {
  const past = [...alarms.value.values()].filter((alarm) => alarm.state === 'resolved')
  return past.sort((a, b) => (b.endedMs ?? 0) - (a.endedMs ?? 0)).slice(0, pastShown)
})

export const firingCount = computed(() => {
  const listed = activeAlarms.value.filter((alarm) => alarm.state === 'firing').length
  return listed + unlisted.value
})

/** The row of the selected series, where the server sent one. */
export const selectedRow = computed(() => series.value.rows.get(selected.value))

/** Sinks whose last write failed. */
export const failingSinks = computed(() => sinks.value.filter((sink) => sink.failuresInRow > 0))

const latest: {
  series: SeriesView
  samples: SampleColumns
  forecast: ForecastColumns | undefined
} = { series: series.value, samples: noSamples, forecast: undefined }

/** Puts the latest on screen. */
function show(): void {
  if (paused.value) {
    waiting.value = latest.samples.timestampMs.length - samples.value.timestampMs.length
    return
  }
  series.value = latest.series
  samples.value = latest.samples
  forecast.value = latest.forecast
  waiting.value = 0
}

/**
 * What to show somebody who has not chosen: trouble, else the series of the last alarm, else the
 * first one that moves. Empty while there is no list.
 */
export function worthALook(): string {
  const { order = [], rows } = series.value
  const first = order[0]
  if (first === undefined) return ''
  const up = rows.get(first)?.alarmState
  if (up === 'firing' || up === 'pending') return first
  return pastAlarms.value[0]?.key ?? order.find((key) => sparks.moves(key)) ?? first
}

/** Freezes what is on screen, or goes on with what came meanwhile. */
export function togglePause(): void {
  paused.value = !paused.value
  show()
}

/** Rows that changed, and the order where it did. */
export function takeSeries(change: { total: number; order?: string[]; rows: SeriesRow[] }): void {
  const { total, rows } = change
  const order = change.order ?? latest.series.order ?? []
  const kept = new Map(latest.series.rows)
  for (const row of rows) kept.set(row.key, row)
  if (change.order !== undefined) {
    const listed = new Set([...order, selected.value])
    for (const key of kept.keys()) if (!listed.has(key)) kept.delete(key)
    sparks.keep(listed)
  }
  for (const row of rows) sparks.take(row)
  latest.series = { order, rows: kept, total }
  show()
}

export function takeSamples(change: {
  key: string
  reset: boolean
  columns: SampleColumns
  forecast?: ForecastColumns
}): void {
  if (change.key !== selected.value) return
  latest.forecast = change.forecast
  const known = latest.samples
  latest.samples = change.reset ? replaced(known, change.columns) : appended(known, change.columns)
  standing.value = 'here'
  show()
}

export function takeAlarms(change: {
  reset: boolean
  entries: AlarmEntry[]
  unlisted: number
}): void {
  const kept = new Map(change.reset ? [] : toldAlarms.value)
  for (const entry of change.entries) kept.set(entry.alarmId, entry)
  for (const [id, entry] of kept) if (entry.state === 'inactive') kept.delete(id)
  toldAlarms.value = kept
  unlisted.value = change.unlisted
}

/** Alarms of the history. */
export function takeKeptAlarms(kept: readonly AlarmEntry[]): void {
  keptAlarms.value = kept
}

export function takeRejections(all: RejectionBoard): void {
  rejections.value = all
}

export function takeObjectives(change: { objectives: readonly ObjectiveEntry[] }): void {
  objectives.value = change.objectives
}

export function takeSinks(change: { sinks: readonly SinkState[] }): void {
  sinks.value = change.sinks
}

/** Shows another series; its samples are still to come. */
export function select(key: string, shownSpan?: Span): void {
  span.value = shownSpan
  if (key === selected.value) return
  latest.samples = noSamples
  latest.forecast = undefined
  samples.value = noSamples
  forecast.value = undefined
  bucketMs.value = 0
  waiting.value = 0
  standing.value = 'asked'
  selected.value = key
}

/** The history of the selected series, which is shown even while the page is paused. */
export function takeHistory(
  key: string,
  columns: SampleColumns,
  row?: SeriesSummary,
  ahead?: ForecastColumns,
): void {
  if (key !== selected.value) return
  latest.forecast = ahead
  forecast.value = ahead
  latest.samples = replaced(latest.samples, columns)
  samples.value = latest.samples
  standing.value = 'here'
  if (row === undefined || series.value.rows.has(key)) return
  const rows = new Map(latest.series.rows).set(key, row)
  latest.series = { ...latest.series, rows }
  series.value = { ...series.value, rows: new Map(series.value.rows).set(key, row) }
}

/** Samples of the history up to now, which the ones of the stream follow. */
export function takePast(key: string, columns: SampleColumns, rowMs: number): void {
  if (key !== selected.value || columns.timestampMs.length === 0) return
  latest.samples = appended(columns, latest.samples)
  samples.value = latest.samples
  bucketMs.value = rowMs
}
