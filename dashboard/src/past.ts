/**
 * The past: what the server keeps on disk, for longer times than the live stream remembers.
 *
 *   series, time shown ──▶ samples of that time ──▶ the chart, which goes on live from there
 *   part of time chosen ─▶ samples of that part ──▶ the chart, until all is shown again
 *
 * A row that stands for many samples becomes two on the chart, the least and the greatest value, so
 * that nothing unusual is lost between them.
 */

import { effect, untracked } from '@preact/signals'
import type { AlarmEntry, SampleColumns } from '../../src/core/feed.ts'
import type { HistoryColumns, SamplesAnswer } from '../../src/core/history.ts'
import * as board from './board.ts'
import { statusFlag } from './samples.ts'

/** Rows asked for: about as many as a wide screen has pixels. */
const points = 1_200

/** Alarms of the last days are listed, however old the server's process is. */
const alarmsMs = 30 * 86_400_000
const alarmsMax = 200

/** Time shown at first. */
const firstWindowMs = 900_000

/** Rows that stand for many samples are asked for anew after this time. */
const renewMs = 60_000

/** Samples as a chart draws them. */
export function drawnRows({ bucketMs, columns }: SamplesAnswer): SampleColumns {
  const { min: _min, max: _max, ...rows } = columns
  if (bucketMs === 0) return rows
  const drawn = Object.fromEntries(Object.keys(rows).map((name) => [name, []]))
  columns.timestampMs.forEach((_timestampMs, i) => drawRow(drawn as never, columns, bucketMs, i))
  return drawn as unknown as SampleColumns
}

function drawRow(drawn: SampleColumns, from: HistoryColumns, bucketMs: number, i: number): void {
  const { min, max, value, expected, timestampMs, score, flags } = from
  const [low, high, last] = [min[i] ?? null, max[i] ?? null, value[i] ?? null]
  const odd = furthest(low, high, expected[i] ?? last)
  const push = (atMs: number, shown: number | null, all: boolean): void => {
    const plain = statusFlag(flags[i] ?? 0) === 2 ? ((flags[i] ?? 0) & ~3) | 1 : (flags[i] ?? 0)
    drawn.timestampMs.push(atMs)
    drawn.value.push(shown)
    drawn.expected.push(expected[i] ?? null)
    drawn.lower.push(from.lower[i] ?? null)
    drawn.upper.push(from.upper[i] ?? null)
    drawn.score.push(all ? (score[i] ?? 0) : 0)
    drawn.flags.push(all ? (flags[i] ?? 0) : plain)
  }
  const atMs = timestampMs[i] ?? 0
  const other = odd === low ? high : low
  if (low !== high) {
    const before = drawn.timestampMs.at(-1) ?? -Infinity
    push(Math.max(atMs - bucketMs / 2, before + 0.5), other, false)
  }
  push(atMs, odd, true)
}

/** Of two values the one that lies further from a third. */
function furthest(low: number | null, high: number | null, from: number | null): number | null {
  if (low === null || high === null || from === null) return high
  return from - low > high - from ? low : high
}

async function answerOf<Answer>(path: string): Promise<Answer | undefined> {
  try {
    const answer = await fetch(path)
    return answer.ok ? ((await answer.json()) as Answer) : undefined
  } catch {
    // The server is away; whoever keeps the connection says so, and this is asked again with it.
    return undefined
  }
}

function samplesPath(key: string, fromMs: number, toMs: number): string {
  const query = new URLSearchParams({
    from: String(Math.floor(fromMs)),
    to: String(Math.ceil(toMs)),
    points: String(points),
  })
  return `api/v1/series/${encodeURIComponent(key)}/samples?${query}`
}

async function loadWindow(key: string, windowMs: number): Promise<void> {
  const toMs = Date.now() + 60_000
  const answer = await answerOf<SamplesAnswer>(samplesPath(key, toMs - windowMs - 60_000, toMs))
  if (answer === undefined || board.windowMs.value !== windowMs) return
  board.takePast(key, drawnRows(answer), answer.bucketMs)
}

async function loadSpan(key: string, span: NonNullable<board.Span>): Promise<void> {
  const answer = await answerOf<SamplesAnswer>(samplesPath(key, span.fromMs, span.toMs))
  if (answer === undefined || board.span.value !== span || board.selected.value !== key) return
  board.detail.value = { columns: drawnRows(answer), bucketMs: answer.bucketMs }
}

async function loadAlarms(): Promise<void> {
  const query = new URLSearchParams({
    from: String(Date.now() - alarmsMs),
    limit: String(alarmsMax),
  })
  const answer = await answerOf<{ alarms: AlarmEntry[] }>(`api/v1/alarms?${query}`)
  if (answer !== undefined) board.takeKeptAlarms(answer.alarms)
}

/** Loads what is looked at. Called once. */
export function startPast(): void {
  effect(() => {
    // All that the stream remembers is less than what is kept: begin with a part of that.
    if (board.historyKept.value && board.windowMs.peek() === Infinity) {
      board.windowMs.value = firstWindowMs
    }
  })
  effect(() => {
    const key = board.selected.value
    const windowMs = board.windowMs.value
    const live = board.link.value === 'live'
    if (!board.historyKept.value || key === '' || !Number.isFinite(windowMs) || !live) return
    untracked(() => void loadWindow(key, windowMs))
  })
  effect(() => {
    const span = board.span.value
    const key = board.selected.value
    board.detail.value = undefined
    if (span !== undefined && board.historyKept.value) untracked(() => void loadSpan(key, span))
  })
  effect(() => {
    if (board.historyKept.value && board.link.value === 'live') untracked(() => void loadAlarms())
  })
  setInterval(() => {
    const stands = board.paused.value || board.span.value !== undefined
    if (board.bucketMs.value === 0 || stands) return
    void loadWindow(board.selected.value, board.windowMs.value)
  }, renewMs)
}
