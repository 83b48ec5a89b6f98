/** What needs no server; the contract runs on a real one: test/live/postgres-sink.test.ts. */

import { describe, expect, test } from 'vitest'
import { freePort } from '../../test/live/live-program.ts'
import { alarmReport, noonMs } from '../../test/sample-reports.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { PostgresSink } from './postgres.ts'
import { CopyRows } from './postgres/copy-rows.ts'
import { migrations, readerGrants } from './postgres/migrations.ts'
import { checkPostgresSink, postgresSinkOptions } from './postgres/options.ts'
import type { PostgresSinkOptions } from './postgres/options.ts'
import { Partitions, retentionStatements } from './postgres/upkeep.ts'

const dayMs = 86_400_000
const patience = new AbortController().signal
const clock = { nowMs: () => noonMs }

const options = (given: Partial<PostgresSinkOptions> = {}): PostgresSinkOptions =>
  optionsWithDefaults(postgresSinkOptions, given)

test('rows are bytes as COPY takes them in binary', () => {
  const rows = new CopyRows()
  rows.row(8)
  rows.int(-2)
  rows.bigint(-1)
  rows.hex64('ffffffff00000001')
  rows.number(1.5)
  rows.number(Number.NaN)
  rows.time(946_684_800_001, 2_999)
  rows.time(9e15)
  rows.text('a\0é')
  // Lengths and values by hand: 1.5 is 3ff8…; 1 ms and 2 µs are 1002 = 0x3ea; 9e15 ms is
  // beyond what a double holds in microseconds, so by whole numbers.
  const late = ((9_000_000_000_000_000n - 946_684_800_000n) * 1000n).toString(16).padStart(16, '0')
  expect(rows.ended().toString('hex')).toBe(
    Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1').toString('hex') +
      '0000000000000000' +
      '0008' +
      '00000004fffffffe' +
      '00000008ffffffffffffffff' +
      '00000008ffffffff00000001' +
      '000000083ff8000000000000' +
      'ffffffff' +
      '0000000800000000000003ea' +
      `00000008${late}` +
      '0000000661efbfbdc3a9' +
      'ffff',
  )
})

test('many rows do not run over', () => {
  const rows = new CopyRows()
  for (let i = 0; i < 10_000; i++) {
    rows.row(1)
    rows.text('x'.repeat(20))
  }
  expect(rows.ended()).toHaveLength(19 + 10_000 * (2 + 4 + 20) + 2)
})

describe('partitions', () => {
  const partitions = (): Partitions => new Partitions(options({ retentionMs: 2 * dayMs }))
  const today = Math.floor(noonMs / dayMs) * dayMs
  const span = (days: number) => ({
    fromMs: today + days * dayMs,
    toMs: today + (days + 1) * dayMs,
  })

  test('of today and the next two are wanted, and of what a batch holds', () => {
    expect(partitions().missing([noonMs - dayMs], noonMs)).toEqual([0, 1, 2, -1].map(span))
  })

  test('that there are, or that overlap with one of another width, are not', () => {
    const learned = partitions()
    const wide = `scores_p${today}_${today + 2 * dayMs}`
    learned.learn(['scores_default', wide, 'forecasts_p1_2'])
    expect(learned.missing([noonMs], noonMs)).toEqual([span(2)])
  })

  test('are not made for times that cannot be meant', () => {
    expect(partitions().missing([-1, 9e15], noonMs)).toHaveLength(3)
  })

  test('do not grow without limit', () => {
    const times = Array.from({ length: 5_000 }, (_, i) => i * dayMs)
    expect(partitions().missing(times, noonMs)).toHaveLength(2_000)
  })

  test('go once the last of their time is too old', () => {
    const learned = partitions()
    for (const days of [-4, -3, -2, -1]) learned.made(span(days))
    expect(learned.outdated(noonMs)).toEqual([span(-4), span(-3)])
    expect(new Partitions(options({ retentionMs: 0 })).outdated(noonMs)).toEqual([])
  })
})

describe('SQL for TimescaleDB', () => {
  const sql = (edition: 'none' | 'apache' | 'community', given = {}): string =>
    migrations.map((migration) => migration(options(given), edition)).join('\n')

  test('makes hypertables, compression and a continuous aggregate in its Community edition', () => {
    const text = sql('community')
    expect(text).toContain(`create_hypertable('forewarn.scores', 'time'`)
    expect(text).toContain(`add_compression_policy('forewarn.forecasts', interval '604800000 mill`)
    expect(text).toContain(`timescaledb.compress_segmentby = 'series_id'`)
    expect(text).toContain('with (timescaledb.continuous)')
    expect(text).not.toMatch(/partition by (range|list|hash)/)
  })

  test('keeps to hypertables in its Apache edition, and where compression is off', () => {
    const text = sql('apache')
    expect(text).toContain('create_hypertable')
    expect(text).not.toMatch(/timescaledb\.|policy/)
    expect(sql('community', { compressAfterMs: 0 })).not.toContain('add_compression_policy')
  })

  test('has none of it without the extension', () => {
    expect(sql('none')).not.toMatch(/hypertable|timescaledb|time_bucket/)
  })

  test('drops old chunks where partitions are dropped elsewhere', () => {
    const text = retentionStatements(options(), { nowMs: noonMs, isPlain: false })
    expect(text).toContain(`drop_chunks('forewarn.scores', '2024-12-01T12:00:00.000Z'`)
    const never = options({ retentionMs: 0 })
    expect(retentionStatements(never, { nowMs: noonMs, isPlain: true })).toBe('')
  })
})

test('a role of readers only where one is named', () => {
  expect(readerGrants(options())).toBe('')
  expect(readerGrants(options({ readerRole: 'grafana' }))).toContain('create role grafana nologin')
})

test('names that would have to be quoted are faults of the configuration', () => {
  const f = (given: Partial<PostgresSinkOptions>, want: RegExp): void => {
    expect(() => checkPostgresSink(options(given))).toThrow(want)
  }
  f({ schema: 'a; drop' }, /^schema: expected a name/)
  f({ schema: 'pg_x' }, /^schema/)
  f({ schema: 'x'.repeat(64) }, /^schema/)
  f({ readerRole: "a'b" }, /^reader_role/)
  f({ host: '' }, /^host/)
  f({ tls: true, tlsKey: 'k' }, /^tls_key/)
})

test('nobody there: tried again, and the message says where and not the password', async () => {
  const port = await freePort()
  const sink = new PostgresSink(options({ port, password: 'hidden' }), clock)
  const write = sink.write([alarmReport('firing')], patience)
  await expect(write).rejects.toMatchObject({ retryable: true })
  await expect(write).rejects.toThrow(
    new RegExp(`^cannot write to PostgreSQL at 127.0.0.1:${port}/forewarn: .*ECONNREFUSED`),
  )
  await expect(write).rejects.not.toThrow(/hidden/)
  await sink.close()
})
