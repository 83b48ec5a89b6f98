import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { alarmReport, warningReport } from '../../test/sample-reports.ts'
import { VirtualClock } from '../../test/virtual-clock.ts'
import { rejection } from '../core/rejection.ts'
import { SinkError } from '../sinks/sink.ts'
import { Log } from './log.ts'
import type { LogLevel } from './log.ts'
import type { MetricSpec } from './metric.ts'
import { Metrics } from './metrics.ts'
import { addProcessMetrics } from './process-metrics.ts'
import { RecordedTelemetry } from './recorded-telemetry.ts'

function telemetryWith(level: LogLevel = 'debug') {
  const texts: string[] = []
  const clock = new VirtualClock(1_740_830_400_000)
  const stream = { write: (text: string) => texts.push(text) }
  const metrics = new Metrics()
  const log = new Log({ level, style: 'json', clock, stream })
  const telemetry = new RecordedTelemetry({ metrics, log, clock })
  const lines = () => texts.map((text) => JSON.parse(text) as Record<string, unknown>)
  const samples = () =>
    metrics
      .scrape()
      .body.split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
  return { telemetry, clock, lines, samples }
}

/** What happens must leave this line (some of its fields) and these samples. */
function leaves(
  happen: (telemetry: RecordedTelemetry) => void,
  line: Record<string, unknown>,
  ...want: string[]
): void {
  const { telemetry, lines, samples } = telemetryWith()
  happen(telemetry)
  expect(lines()).toHaveLength(1)
  expect(lines()[0]).toMatchObject(line)
  for (const sample of want) expect(samples()).toContain(sample)
}

describe('one call counts and logs', () => {
  test('the life of the program', () => {
    leaves(
      (t) => t.started('http://127.0.0.1:8686', '0.1.0'),
      { level: 'info', msg: 'started', address: 'http://127.0.0.1:8686', version: '0.1.0' },
      'forewarn_build_info{version="0.1.0"} 1',
    )
    leaves(
      (t) => t.reloaded({ series: 3, begun: ['a'], ended: [], tookMs: 5 }),
      { level: 'info', msg: 'the configuration was loaded again', series: 3, begun: ['a'] },
      'forewarn_config_last_reload_successful 1',
      'forewarn_config_last_reload_success_timestamp_seconds 1740830400',
    )
    leaves(
      (t) => t.reloadFailed(new Error('no such key')),
      { level: 'warn', component: 'program' },
      'forewarn_config_last_reload_successful 0',
    )
    leaves((t) => t.stopping('SIGTERM'), { level: 'info', msg: 'stopping', reason: 'SIGTERM' })
    leaves((t) => t.stopped(), { level: 'info', msg: 'stopped' })
  })

  test('what comes in', () => {
    leaves(
      (t) => t.batchTaken('host', { records: 2, observations: 30 }),
      { level: 'debug', component: 'source', source: 'host', records: 2, observations: 30 },
      'forewarn_batches_total{source="host"} 1',
      'forewarn_records_total{source="host"} 2',
      'forewarn_observations_total{source="host"} 30',
    )
    leaves(
      (t) => t.rejected('host', rejection('malformed', 'no value', 'cpu')),
      { level: 'warn', msg: 'refused', reason: 'malformed', detail: 'no value', text: 'cpu' },
      'forewarn_rejections_total{source="host",reason="malformed"} 1',
    )
    leaves(
      (t) => {
        t.recordsUnkeyed('in', 3)
        t.recordsUnkeyed('in', 4)
      },
      { level: 'warn', component: 'source', source: 'in' },
      'forewarn_source_unkeyed_records_total{source="in"} 7',
    )
    leaves(
      (t) => t.sourceFailed('host', new Error('gone'), 500),
      { level: 'warn', msg: 'cannot read, trying again', retryInMs: 500 },
      'forewarn_source_failures_total{source="host"} 1',
    )
    leaves((t) => t.sourceFailed('host', new Error('gone'), 0), { level: 'error' })
    leaves((t) => t.sourceEnded('host'), { level: 'info', msg: 'ended', source: 'host' })
  })

  test('series and alarms', () => {
    leaves(
      (t) => t.seriesEvicted(4),
      { level: 'info', count: 4 },
      'forewarn_series_evicted_total 4',
    )
    leaves((t) => t.seriesLimitReached(100), { level: 'error', limit: 100 })
    leaves(
      (t) => t.alarmChanged(alarmReport('firing')),
      { level: 'info', component: 'alarm', msg: 'firing', series: 'cpu{host="a"}' },
      'forewarn_alarm_changes_total{rule="default",state="firing",severity="warning"} 1',
    )
    leaves((t) => t.alarmChanged(alarmReport('pending')), { level: 'debug', msg: 'pending' })
    leaves((t) => t.alarmChanged(alarmReport('firing', { news: 'silenced' })), {
      level: 'debug',
      msg: 'silenced',
      state: 'firing',
    })
  })

  test('warnings', () => {
    leaves(
      (t) => t.warningChanged(warningReport('told')),
      { level: 'info', component: 'warning', msg: 'told', series: 'shop' },
      'forewarn_warnings_total{rule="shop",metric="mean",state="told"} 1',
    )
    leaves(
      (t) => t.warningChanged(warningReport('true')),
      { level: 'info', msg: 'true', words: 'came true: mean 70 or more, warned 20 s ahead' },
      'forewarn_warnings_total{rule="shop",metric="mean",state="true"} 1',
      'forewarn_warning_lead_seconds_sum{rule="shop",metric="mean"} 20',
    )
  })

  test('what people say', () => {
    const origin = { partition: 'log', offset: 3, receivedMs: 1 }
    leaves(
      (t) =>
        t.wordTaken({
          kind: 'control',
          action: 'acknowledge',
          alarmId: 'a1',
          who: 'ann',
          text: 'on it',
          origin,
        }),
      { level: 'info', component: 'control', msg: 'acknowledge', who: 'ann', text: 'on it' },
      'forewarn_control_records_total{action="acknowledge"} 1',
    )
  })

  test('sinks', () => {
    leaves(
      (t) => t.sinkWrote('page', 5, 20),
      { level: 'debug', sink: 'page', reports: 5, tookMs: 20 },
      'forewarn_sink_reports_total{sink="page"} 5',
      'forewarn_sink_up{sink="page"} 1',
      'forewarn_sink_last_success_timestamp_seconds{sink="page"} 1740830400',
      'forewarn_sink_write_duration_seconds_bucket{sink="page",le="0.02"} 1',
      'forewarn_sink_write_duration_seconds_sum{sink="page"} 0.02',
    )
    leaves(
      (t) => t.sinkFailed('page', new SinkError('gone', { retryable: true }), 500),
      { level: 'warn', msg: 'cannot write, trying again', sink: 'page', retryInMs: 500 },
      'forewarn_sink_failures_total{sink="page"} 1',
      'forewarn_sink_up{sink="page"} 0',
      'forewarn_sink_last_failure_timestamp_seconds{sink="page"} 1740830400',
    )
    leaves(
      (t) => t.sinkDropped('page', 7, 'queue_full'),
      { level: 'error', msg: 'reports given up', reports: 7, reason: 'queue_full' },
      'forewarn_sink_dropped_reports_total{sink="page",reason="queue_full"} 7',
    )
  })

  test('checkpoints', () => {
    leaves(
      (t) => t.checkpointSaved(12, 250),
      { level: 'debug', owners: 12, tookMs: 250 },
      'forewarn_checkpoint_saved_states_total 12',
      'forewarn_checkpoint_duration_seconds_sum 0.25',
    )
    leaves(
      (t) => t.checkpointFailed(new Error('disk full')),
      { level: 'error' },
      'forewarn_checkpoint_failures_total 1',
    )
    leaves(
      (t) => t.restored({ series: 9, outbox: 1, lostLogBytes: 0 }),
      { level: 'info', msg: 'restored', series: 9, outbox: 1 },
      'forewarn_restored_series 9',
    )
    leaves((t) => t.restored({ series: 9, outbox: 1, lostLogBytes: 8 }), { level: 'warn' })
    leaves(
      (t) => t.snapshotRefused('cpu', new Error('cut')),
      { level: 'error', series: 'cpu' },
      'forewarn_snapshots_refused_total 1',
    )
  })

  test('the server', () => {
    leaves(
      (t) => t.streamClientDropped(5000),
      { level: 'warn', waitedMs: 5000 },
      'forewarn_stream_clients_dropped_total 1',
    )
    leaves(
      (t) => t.requestFailed('GET /api', new Error('x')),
      { level: 'error', request: 'GET /api' },
      'forewarn_request_failures_total 1',
    )
  })
})

test('what a source has of its partitions, and what it has not any more', () => {
  const { telemetry, samples } = telemetryWith()
  telemetry.partitionsAssigned('in', ['in/t/0', 'in/t/1'])
  telemetry.partitionBehind('in', 'in/t/0', 12)
  telemetry.partitionBehind('in', 'in/t/1', 0)
  telemetry.partitionBehind('other', 'other/t/1', 3)
  telemetry.partitionsAssigned('in', ['in/t/1'])
  const wanted = /_assignments_|_partitions|_lag_/
  expect(samples().filter((line) => wanted.test(line))).toEqual([
    'forewarn_source_assignments_total{source="in"} 2',
    'forewarn_source_partitions{source="in"} 1',
    'forewarn_source_lag_records{source="in",partition="in/t/1"} 0',
    'forewarn_source_lag_records{source="other",partition="other/t/1"} 3',
  ])
})

test('states that are gone are said loudly', () => {
  const { telemetry, lines, samples } = telemetryWith()
  telemetry.statesMissing('in', 'in/t/0', 12)
  expect(lines()).toMatchObject([{ level: 'error', partition: 'in/t/0', nextOffset: 12 }])
  expect(samples()).toContain('forewarn_source_states_missing_total{source="in"} 1')
})

test('how long the states of a partition took to load', () => {
  const { telemetry, lines, samples } = telemetryWith()
  telemetry.statesLoaded('in/t/1', 100, 250)
  expect(lines()).toMatchObject([{ level: 'info', partition: 'in/t/1', series: 100, tookMs: 250 }])
  expect(samples()).toContain('forewarn_state_load_duration_seconds_sum 0.25')
})

test('levels that only measure leave no line', () => {
  const { telemetry, lines, samples } = telemetryWith()
  telemetry.seriesCount(3, 100)
  telemetry.sinkQueue('page', 7, 50)
  telemetry.streamClients(2, 10)
  expect(lines()).toEqual([])
  expect(samples()).toEqual(
    expect.arrayContaining([
      'forewarn_series 3',
      'forewarn_series_limit 100',
      'forewarn_sink_waiting_reports{sink="page"} 7',
      'forewarn_sink_waiting_reports_limit{sink="page"} 50',
      'forewarn_stream_clients 2',
      'forewarn_stream_clients_limit 10',
    ]),
  )
})

test('a flood of rejections is counted in full and logged as a sample', async () => {
  const { telemetry, clock, lines, samples } = telemetryWith('info')
  for (let i = 0; i < 1000; i++) {
    telemetry.rejected('tcp', rejection('malformed', 'no value', `line ${i}`))
    if (i % 100 === 0) telemetry.rejected('tcp', rejection('too_old', 'old', `line ${i}`))
    await clock.advance(10)
  }
  // Ten seconds in all: one line for each reason, and none more.
  expect(lines().map(({ reason }) => reason)).toEqual(['malformed', 'too_old'])
  expect(samples()).toContain('forewarn_rejections_total{source="tcp",reason="malformed"} 1000')
  expect(samples()).toContain('forewarn_rejections_total{source="tcp",reason="too_old"} 10')
})

/** The table of the reference page. */
function referenceTable(specs: readonly MetricSpec[]): string {
  const rows = specs.map(({ name, kind, labels, about }) => {
    const names = labels.map((label) => `\`${label}\``).join(', ')
    return `| \`${name}\` | ${kind} | ${names} | ${about} |`
  })
  return ['| metric | kind | labels | meaning |', '|---|---|---|---|', ...rows].join('\n')
}

test('the reference page lists every metric as it is declared', () => {
  const page = join(import.meta.dirname, '../../docs/reference/metrics.md')
  const metrics = new Metrics()
  const clock = new VirtualClock()
  const log = new Log({ level: 'silent', style: 'json', clock, stream: { write: () => true } })
  const telemetry = new RecordedTelemetry({ metrics, log, clock })
  telemetry.stopped()
  addProcessMetrics(metrics)()
  const table = referenceTable(metrics.specs())
  const text = readFileSync(page, 'utf8')
  // Also where somebody has lined the columns up.
  const start = text.search(/^\| metric /m)
  if (process.env['UPDATE'] === '1') writeFileSync(page, `${text.slice(0, start)}${table}\n`)
  expect(readFileSync(page, 'utf8').slice(start)).toBe(`${table}\n`)
})
