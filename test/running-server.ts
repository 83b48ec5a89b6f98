/** A real server on a free port over a real dashboard sink, for tests. */

import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Labels } from '../src/core/labels.ts'
import { optionsWithDefaults } from '../src/core/options.ts'
import type { AlarmReport, AlarmState, ScoreReport } from '../src/core/report.ts'
import type { Explanation } from '../src/series/explanation.ts'
import type { SeriesSummary } from '../src/series/series-summary.ts'
import type { SeriesQuery } from '../src/series/catalog.ts'
import { DashboardSink, dashboardOptions } from '../src/sinks/dashboard.ts'
import type { DashboardOptions } from '../src/sinks/dashboard.ts'
import type { ControlDesk } from '../src/server/control.ts'
import type { SeriesDirectory } from '../src/server/series-list.ts'
import { startServer } from '../src/server/server.ts'
import type { RunningServer, ServerParts } from '../src/server/server.ts'
import { alarmReport, scoreReport } from './sample-reports.ts'

/** A judged sample of the series of a name. */
export function sampleOf(name: string, timestampMs: number, value: number): ScoreReport {
  return scoreReport({ labels: Labels.named(name), timestampMs, value })
}

/** A change of the one alarm of the series of a name. */
export function alarmOf(name: string, state: AlarmState, timestampMs: number): AlarmReport {
  return alarmReport(state, { labels: Labels.named(name), alarmId: `${name}@100`, timestampMs })
}

/** A row of a list. */
export function summary(key: string, change: Partial<SeriesSummary> = {}): SeriesSummary {
  return {
    key,
    detector: 'ema',
    status: 'ok',
    alarmState: 'inactive',
    learnedSamples: 20,
    probationSamples: 20,
    lastTimestampMs: 1,
    lastValue: 1,
    score: 0,
    threshold: 0.999,
    ...change,
  }
}

/** A directory that holds what the test puts into it. */
export class HandDirectory implements SeriesDirectory {
  readonly rows = new Map<string, SeriesSummary>()
  /** Every query that it was asked. */
  readonly queries: SeriesQuery[] = []

  constructor(...rows: SeriesSummary[]) {
    for (const row of rows) this.put(row)
  }

  put(row: SeriesSummary): void {
    this.rows.set(row.key, row)
  }

  get size(): number {
    return this.rows.size
  }

  list(query: SeriesQuery): SeriesSummary[] {
    this.queries.push(query)
    const all = [...this.rows.values()].filter((row) => row.key.includes(query.search))
    const wanted = all.filter((row) => query.state === 'all' || row.alarmState === query.state)
    return wanted.slice(0, query.limit)
  }

  has(key: string): boolean {
    return this.rows.has(key)
  }

  explain(key: string): Explanation | undefined {
    const row = this.rows.get(key)
    const facts = [{ name: 'period', value: 86_400_000, unit: 'ms' } as const]
    return row === undefined ? undefined : { summary: row, budget: 'none', facts }
  }

  summaries(keys: readonly string[]): SeriesSummary[] {
    return keys.map((key) => this.rows.get(key)).filter((row) => row !== undefined)
  }
}

/** What the server told telemetry. */
export class HandTelemetry {
  live = 0
  readonly failures: string[] = []
  #drop: (waitedMs: number) => void = () => {}
  /** How long the first client that is cut off had waited. */
  readonly dropped = new Promise<number>((resolve) => (this.#drop = resolve))

  streamClients(live: number): void {
    this.live = live
  }

  streamClientDropped(waitedMs: number): void {
    this.#drop(waitedMs)
  }

  requestFailed(request: string, error: unknown): void {
    this.failures.push(`${request}: ${(error as Error).message}`)
  }
}

/** A desk that takes every word and knows of no alarm. */
export const quietDesk: ControlDesk = {
  say: () => Promise.resolve('taken'),
  silences: () => [],
  alarmState: () => undefined,
}

/** A folder that looks like a built page, and its removal. */
export function builtPage(): { root: string; remove: () => void } {
  const root = mkdtempSync(join(tmpdir(), 'forewarn-page-'))
  mkdirSync(join(root, 'assets'))
  writeFileSync(join(root, 'index.html'), '<!doctype html><title>Forewarn</title>')
  writeFileSync(join(root, 'assets', 'page-12345678.js'), 'export {}')
  return { root, remove: () => rmSync(root, { recursive: true }) }
}

let epochs = 0

/** A sink whose epoch no other one has. */
export function newSink(options: Partial<DashboardOptions> = {}): DashboardSink {
  const startMs = 1_700_000_000_000 + epochs++
  return new DashboardSink(optionsWithDefaults(dashboardOptions, options), { nowMs: () => startMs })
}

/** Starts a server on a free port of the loopback address. */
export function startedServer(parts: Partial<ServerParts> = {}): Promise<RunningServer> {
  return startServer({
    listen: '127.0.0.1:0',
    token: '',
    hosts: [],
    tls: undefined,
    feed: newSink(),
    directory: new HandDirectory(),
    sinks: () => [],
    scrape: () => ({ contentType: 'text/plain', body: '' }),
    ready: () => [],
    configuration: () => ({ loadedMs: 0, lastReload: 'none' }),
    reload: async () => ({ kind: 'failed', error: new Error('there is nothing to load') }),
    pageRoot: '/nonexistent',
    version: '0.0.0-test',
    telemetry: new HandTelemetry(),
    ...parts,
  })
}
