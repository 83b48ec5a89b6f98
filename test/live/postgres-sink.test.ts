/** The PostgreSQL sink against a real PostgreSQL, which dies in the middle of COPY as well. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Clock } from '../../src/core/clock.ts'
import { Labels } from '../../src/core/labels.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { reportId } from '../../src/core/report.ts'
import type { Report } from '../../src/core/report.ts'
import { Delivery } from '../../src/sinks/delivery.ts'
import { deliveryOptions } from '../../src/sinks/delivery/options.ts'
import { PostgresSink } from '../../src/sinks/postgres.ts'
import { postgresSinkOptions } from '../../src/sinks/postgres/options.ts'
import type { PostgresSinkOptions } from '../../src/sinks/postgres/options.ts'
import { sinkContract } from '../../src/sinks/sink.contract.ts'
import { systemClock } from '../../src/telemetry/system-clock.ts'
import { deadHour } from '../dead-hour.ts'
import { quietTelemetry } from '../quiet-telemetry.ts'
import { alarmReport, forecastReport, noonMs, scoreReport } from '../sample-reports.ts'
import { TcpGate } from '../tcp-gate.ts'
import { PostgresServer, postgresMissing } from './postgres-server.ts'

const missing = postgresMissing()
const patience = new AbortController().signal
const dayMs = 86_400_000

describe.skipIf(missing !== undefined)(`sink postgres${missing ? `: ${missing}` : ''}`, () => {
  let server: PostgresServer
  let opened = 0

  beforeAll(async () => {
    server = await PostgresServer.started()
  })
  afterAll(() => server.stop())

  const made = (given: Partial<PostgresSinkOptions>, clock: Clock = systemClock): PostgresSink => {
    const place = { port: server.port, user: 'postgres', database: 'postgres' }
    const options = optionsWithDefaults(postgresSinkOptions, { ...place, ...given })
    return new PostgresSink(options, clock)
  }
  const freshSchema = (): string => `s${++opened}`
  const count = async (table: string): Promise<number> => {
    const [row] = await server.rows(`select count(*)::int as n from ${table}`)
    return row?.['n'] as number
  }
  const partitions = async (schema: string): Promise<string[]> => {
    const rows = await server.rows(
      `select inhrelid::regclass::text as name from pg_inherits
       where inhparent = '${schema}.scores'::regclass order by 1`,
    )
    return rows.map(({ name }) => String(name))
  }

  sinkContract('postgres, for real', {
    runs: 60,
    open: () => {
      const schema = freshSchema()
      const reading = `select value, 0 as sequence from ${schema}.scores
        union all select value, 0 from ${schema}.forecasts
        union all select value, sequence from ${schema}.alarm_changes order by sequence`
      return Promise.resolve({
        sink: made({ schema }),
        received: async () => {
          const [there] = await server.rows(`select to_regclass('${schema}.scores') as name`)
          if (there?.['name'] === null) return []
          return (await server.rows(reading)).map(({ value }) => String(value))
        },
        breakOtherSide: async () => {
          await server.rows(`create schema ${schema}; create table ${schema}.migrations (x int)`)
        },
      })
    },
  })

  test('dead for an hour of virtual time: every alarm arrives, in order', async () => {
    const schema = freshSchema()
    const gate = await TcpGate.before(server.port)
    const reading = `select reason from ${schema}.alarm_changes order by sequence`
    try {
      await deadHour({
        make: (clock) => made({ schema, port: gate.port, retentionMs: 0 }, clock),
        texts: async () => (await server.rows(reading)).map(({ reason }) => String(reason)),
        shut: () => gate.shut(),
        open: () => gate.open(),
        patienceTurns: 20_000,
      })
    } finally {
      await gate.shut()
    }
  })

  test('every column arrives as it was, series in a table of their own', async () => {
    const schema = freshSchema()
    const sink = made({ schema, retentionMs: 0 })
    const labels = Labels.named('cpu', [
      ['host', 'ä"\\\0'],
      ['__field__', 'user'],
    ])
    const odd = scoreReport({ labels, remainderNs: 123_999, expected: Number.NaN })
    const silenced = { silenceId: 's', who: 'Ada', untilMs: noonMs + 1000 }
    await sink.write(
      [odd, forecastReport(), alarmReport('firing', { labels, silenced, news: 'silenced' })],
      patience,
    )
    await sink.close()
    const [row] = await server.rows(
      `select s.*, to_char(time, 'YYYY-MM-DD HH24:MI:SS.US') as at, key, name, field, labels
       from ${schema}.scores s join ${schema}.series using (series_id)`,
    )
    expect(row).toMatchObject({
      at: '2025-03-01 12:00:00.000123',
      report_id: String(BigInt.asIntN(64, BigInt(`0x${reportId(odd)}`))),
      value: 200,
      score: 0.25,
      raw_score: 0.25,
      expected: null,
      lower: 180,
      upper: 260,
      status: 'ok',
      alarm_state: 'inactive',
      key: labels.key,
      name: 'cpu',
      field: 'user',
      labels: { host: 'ä"\\\u{fffd}' },
    })
    const [alarm] = await server.rows(`select * from ${schema}.alarms`)
    expect(alarm).toMatchObject({
      state: 'firing',
      started: new Date(noonMs - 5000),
      reason: '412, expected 180 to 260; once in 2000 samples',
      silenced_by: 'Ada',
      silenced_until: new Date(noonMs + 1000),
      verdict: null,
    })
    const [forecast] = await server.rows(`select * from ${schema}.forecasts`)
    expect(forecast).toMatchObject({
      horizon_samples: 12,
      predicted_time: new Date(noonMs + 60_000),
      probability: 0.9,
    })
    expect(await count(`${schema}.series`)).toBe(2)
  })

  test('of a batch that is there in part, the rest arrives', async () => {
    const schema = freshSchema()
    const sink = made({ schema })
    const [first, second, third] = [0, 1, 2].map((index) => scoreReport({ index }))
    await sink.write([first as Report], patience)
    await sink.write([first as Report, second as Report, forecastReport()], patience)
    await sink.write([third as Report, forecastReport(), alarmReport('firing')], patience)
    await sink.close()
    expect(await count(`${schema}.scores`)).toBe(3)
    expect(await count(`${schema}.forecasts`)).toBe(1)
    expect(await count(`${schema}.alarm_changes`)).toBe(1)
  })

  test('the view of alarms has the last change of each', async () => {
    const schema = freshSchema()
    const sink = made({ schema })
    const firing = alarmReport('firing', { timestampMs: Date.now() })
    const resolved = alarmReport('resolved', { timestampMs: Date.now() + 1 })
    await sink.write([firing, resolved], patience)
    await sink.write([firing], patience)
    await sink.close()
    const rows = await server.rows(`select state from ${schema}.alarms`)
    expect(rows).toEqual([{ state: 'resolved' }])
    expect(await count(`${schema}.alarm_changes`)).toBe(2)
  })

  test('partitions are made ahead and for what comes late, and dropped by retention', async () => {
    const schema = freshSchema()
    let nowMs = noonMs
    const clock = { nowMs: () => nowMs }
    const sink = made({ schema, retentionMs: 3 * dayMs }, clock)
    const name = (days: number): string => {
      const fromMs = Math.floor(noonMs / dayMs) * dayMs + days * dayMs
      return `${schema}.scores_p${fromMs}_${fromMs + dayMs}`
    }
    const early = scoreReport({ timestampMs: noonMs - 2 * dayMs })
    const never = scoreReport({ timestampMs: -5 })
    await sink.write([early, never, scoreReport()], patience)
    const rest = `${schema}.scores_default`
    expect(await partitions(schema)).toEqual([rest, name(-2), name(0), name(1), name(2)].sort())
    expect(await count(rest)).toBe(1)
    nowMs += 4 * dayMs
    await sink.write([scoreReport({ timestampMs: nowMs })], patience)
    await sink.close()
    const left = [rest, ...[1, 2, 4, 5, 6].map(name)].sort()
    expect(await partitions(schema)).toEqual(left)
    expect(await count(rest)).toBe(0)
    expect(await count(`${schema}.scores`)).toBe(1)
  })

  test('partitions of another width stay, and samples between them find a place', async () => {
    const schema = freshSchema()
    const clock = { nowMs: () => noonMs }
    const wide = made({ schema, retentionMs: 0 }, clock)
    await wide.write([scoreReport()], patience)
    await wide.close()
    const before = await partitions(schema)
    const narrow = made({ schema, retentionMs: 0, partitionMs: 7 * dayMs }, clock)
    await narrow.write([scoreReport({ timestampMs: noonMs + 5 * dayMs })], patience)
    await narrow.close()
    expect(await partitions(schema)).toEqual(expect.arrayContaining(before))
    expect(await count(`${schema}.scores`)).toBe(2)
  })

  test('the role of readers may read everything and write nothing', async () => {
    const schema = freshSchema()
    const sink = made({ schema, readerRole: 'watcher' })
    await sink.write([scoreReport()], patience)
    const as = (statement: string): Promise<unknown> =>
      server.rows(`set role watcher; ${statement}`)
    for (const table of ['scores', 'forecasts', 'series', 'alarms', 'scores_hourly']) {
      await as(`select * from ${schema}.${table}`)
    }
    await expect(as(`delete from ${schema}.scores`)).rejects.toThrow(/permission denied/)
    await expect(as(`create table ${schema}.t (a int)`)).rejects.toThrow(/permission denied/)
    await sink.close()
  })

  test('with migrate: false it needs no right but to read and insert', async () => {
    const schema = freshSchema()
    const maker = made({ schema })
    await maker.write([scoreReport()], patience)
    await maker.close()
    await server.rows(`create role writer login;
      grant usage on schema ${schema} to writer;
      grant select, insert, update on all tables in schema ${schema} to writer`)
    const sink = made({ schema, user: 'writer', migrate: false })
    await sink.write([scoreReport({ index: 1 })], patience)
    await sink.close()
    expect(await count(`${schema}.scores`)).toBe(2)
    await server.rows(`delete from ${schema}.migrations`)
    const late = made({ schema, user: 'writer', migrate: false })
    const refused = late.write([scoreReport()], patience)
    await expect(refused).rejects.toThrow(/of version 0, this program knows 2/)
    await late.close()
  })

  test('what the server refuses by what lies in the batch is final, all else is not', async () => {
    const schema = freshSchema()
    const sink = made({ schema })
    await sink.write([alarmReport('firing')], patience)
    const rule = `alter table ${schema}.alarm_changes add constraint c check (value < 5) not valid`
    await server.rows(rule)
    const again = sink.write([alarmReport('resolved')], patience)
    await expect(again).rejects.toMatchObject({ retryable: false })
    await server.rows(`alter table ${schema}.alarm_changes drop constraint c`)
    await server.rows(`alter table ${schema}.alarm_changes rename to gone`)
    const gone = sink.write([alarmReport('resolved')], patience)
    await expect(gone).rejects.toMatchObject({ retryable: true })
    await server.rows(`alter table ${schema}.gone rename to alarm_changes`)
    await sink.write([alarmReport('resolved')], patience)
    await sink.close()
    expect(await count(`${schema}.alarm_changes`)).toBe(2)
  })

  test('nothing lost, nothing twice, where the server dies in the middle of COPY', async () => {
    const schema = freshSchema()
    const sink = made({ schema, retentionMs: 0 })
    const settings = { batchMax: 40_000, queueLimit: 1_000_000, retryFirstMs: 50, retryCapMs: 200 }
    const delivery = new Delivery({
      name: 'db',
      sink,
      options: optionsWithDefaults(deliveryOptions, settings),
      telemetry: quietTelemetry,
      clock: systemClock,
    })
    const labels = Array.from({ length: 50 }, (_, i) => Labels.named('m', [['n', String(i)]]))
    const reports: Report[] = Array.from({ length: 320_000 }, (_, i) =>
      scoreReport({
        labels: labels[i % 50] as Labels,
        timestampMs: noonMs + i,
        index: i,
        value: i,
      }),
    )
    let deaths = 0
    void delivery.offer(reports)
    for (; deaths < 3; deaths++) {
      const watcher = server.client()
      await vi.waitUntil(
        async () => {
          const [row] = await watcher`select count(*)::int as n from pg_stat_progress_copy
            where tuples_processed > 0`
          return row?.['n'] === 1
        },
        { timeout: 30_000, interval: 1 },
      )
      await server.kill()
      await watcher.end({ timeout: 0 })
      await server.start()
    }
    await delivery.drain(AbortSignal.timeout(100_000))
    const [row] = await server.rows(`select count(*)::int as n, count(distinct report_id)::int as
      ids, sum(value)::text as sum from ${schema}.scores`)
    const n = reports.length
    expect(row).toEqual({ n, ids: n, sum: String((n * (n - 1)) / 2) })
    expect(await count(`${schema}.series`)).toBe(50)
  })

  test('over TLS with a password; without the certificate or with another one not', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'forewarn-tls-'))
    const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
    const files = ['-keyout', keyFile, '-out', certificateFile, '-days', '2']
    const command = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, ...subject]
    execFileSync('openssl', command, { stdio: 'ignore' })
    const tlsCa = readFileSync(certificateFile, 'utf8')
    const key = server.ownFile('key.pem', readFileSync(keyFile, 'utf8'))
    const certificate = server.ownFile('certificate.pem', tlsCa)
    rmSync(folder, { recursive: true })
    await server.rows(`create role sealed superuser login password 'right'`)
    server.set(`ssl = on`, `ssl_key_file = '${key}'`, `ssl_cert_file = '${certificate}'`)
    await server.kill()
    server.admit(
      'hostssl all sealed 127.0.0.1/32 scram-sha-256',
      'host all postgres 127.0.0.1/32 trust',
    )
    await server.start()
    const schema = freshSchema()
    const given = { schema, user: 'sealed', password: 'right', tls: true, tlsCa }
    const write = async (changes: Partial<PostgresSinkOptions>): Promise<void> => {
      const sink = made({ ...given, ...changes })
      await sink.write([scoreReport()], patience).finally(() => sink.close())
    }
    await write({})
    expect(await count(`${schema}.scores`)).toBe(1)
    await expect(write({ password: 'wrong' })).rejects.toThrow(/password authentication failed/)
    await expect(write({ password: 'wrong' })).rejects.not.toThrow(/wrong/)
    await expect(write({ tlsCa: '' })).rejects.toThrow(/self-signed/)
    await expect(write({ tls: false })).rejects.toMatchObject({ retryable: true })
  })
})
