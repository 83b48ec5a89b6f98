import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { quietTelemetry } from '../../test/quiet-telemetry.ts'
import {
  HandDirectory,
  alarmOf,
  newSink,
  startedServer,
  summary,
} from '../../test/running-server.ts'
import { Assessment } from '../core/assessment.ts'
import type { Labels } from '../core/labels.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { History } from '../history/history.ts'
import { historyOptions } from '../history/options.ts'
import type { RunningServer } from './server.ts'

const odd = 'disk:used{path="/var/lib/ü",note="50 % \\"full\\""}'
const folder = mkdtempSync(join(tmpdir(), 'forewarn-history-api-'))
const nowMs = Date.now()
const feed = newSink()
let history: History
let running: RunningServer

/** Scores a sample a second up to now; a great value ten minutes ago. */
function score(key: string, count: number): void {
  const assessment = new Assessment()
  let number = 0
  for (let i = count - 1; i >= 0; i--) {
    const value = i === 600 ? 1000 : i % 7
    assessment.score = i === 600 ? 0.9999 : 0.1
    const origin = { partition: 'log', offset: 0, receivedMs: 0 }
    const sample = { labels: { key } as Labels, remainderNs: 0, value, origin, index: 0 }
    const timestampMs = nowMs - i * 1000
    number = history.rows.take(number, { ...sample, timestampMs }, assessment, 1)
  }
}

beforeAll(async () => {
  history = await History.open({
    path: join(folder, 'history.db'),
    options: optionsWithDefaults(historyOptions),
    sync: 'process',
    telemetry: quietTelemetry,
    clock: { nowMs: () => nowMs },
  })
  score('a', 5000)
  score(odd, 20)
  history.offer([alarmOf('a', 'firing', nowMs - 600_000), alarmOf('b', 'firing', nowMs - 1000)])
  history.mark()
  await history.settled(new AbortController().signal)
  const directory = new HandDirectory(summary('a'), summary('fresh'))
  running = await startedServer({ history, feed, directory })
})
afterAll(async () => {
  await running.close()
  await history.close()
  rmSync(folder, { recursive: true })
})

interface Body {
  readonly [name: string]: unknown
  readonly columns: { readonly [name: string]: number[] }
  readonly alarms: { readonly key: string }[]
}

async function asked(path: string): Promise<{ status: number; body: Body }> {
  const answer = await fetch(running.address + path)
  return { status: answer.status, body: (await answer.json()) as Body }
}

const samples = (key: string, query = ''): Promise<{ status: number; body: Body }> =>
  asked(`/api/v1/series/${encodeURIComponent(key)}/samples${query}`)

describe('samples of a series', () => {
  test('are those of the last quarter of an hour, where nothing else is said', async () => {
    const { status, body } = await samples('a', `?to=${nowMs}&points=5000`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ key: 'a', fromMs: nowMs - 900_000, toMs: nowMs, bucketMs: 0 })
    expect(body.columns['value']).toHaveLength(901)
    expect(body.columns['timestampMs']?.at(-1)).toBe(nowMs)
  })

  test('are as few rows as asked for, and what is odd is in them', async () => {
    const { body } = await samples('a', `?from=${nowMs - 4_999_000}&to=${nowMs}&points=20`)
    expect(body.columns['timestampMs']).toHaveLength(20)
    expect(Math.max(...(body.columns['max'] ?? []))).toBe(1000)
    expect(Math.max(...(body.columns['score'] ?? []))).toBeCloseTo(0.9999, 5)
    expect(body['bucketMs']).toBe(249_951)
  })

  test('are found by any key', async () => {
    const { status, body } = await samples(odd)
    expect(status).toBe(200)
    expect(body.columns['value']).toHaveLength(20)
  })

  test('of a series that has none yet are none; one that does not exist is not found', async () => {
    const fresh = await samples('fresh')
    expect([fresh.status, fresh.body.columns['value']]).toEqual([200, []])
    expect((await samples('nowhere')).status).toBe(404)
  })

  test('are refused where a parameter is out of range', async () => {
    const refused = async (query: string): Promise<void> => {
      const answer = await fetch(`${running.address}/api/v1/series/a/samples${query}`)
      expect([query, answer.status]).toEqual([query, 400])
      expect(answer.headers.get('content-type')).toContain('application/problem+json')
    }
    await refused('?points=5001')
    await refused('?points=1')
    await refused('?from=yesterday')
    await refused('?from=1e400')
    await refused(`?from=${nowMs}&to=${nowMs - 1}`)
  })
})

describe('alarms', () => {
  test('without a range are those of the page', async () => {
    const { body } = await asked('/api/v1/alarms')
    expect(body).toMatchObject({ active: [], past: [] })
  })

  test('of a range are those of the history, of one series or of all', async () => {
    const keys = async (query: string): Promise<string[]> =>
      (await asked(`/api/v1/alarms?${query}`)).body.alarms.map(({ key }) => key)
    expect(await keys(`from=0&to=${nowMs}`)).toEqual(['b', 'a'].sort())
    expect(await keys(`from=0&to=${nowMs}&series=b`)).toEqual(['b'])
    expect(await keys('from=-10&to=0')).toEqual([])
    expect((await asked(`/api/v1/alarms?from=0&to=${nowMs}&limit=1`)).body['more']).toBe(true)
    expect((await asked('/api/v1/alarms?from=0&limit=1001')).status).toBe(400)
  })
})

test('without a history its questions are answered by saying so', async () => {
  const without = await startedServer({ feed })
  for (const path of ['/api/v1/series/a/samples', '/api/v1/alarms?from=0']) {
    const answer = await fetch(without.address + path)
    expect(answer.status).toBe(404)
    expect(((await answer.json()) as { detail: string }).detail).toContain('no history is kept')
  }
  await without.close()
})

test('too many questions at once are put off', async () => {
  const busy = await startedServer({
    feed,
    history: {
      ready: false,
      samples: () => Promise.reject(new Error('asked')),
      alarms: () => Promise.reject(new Error('asked')),
    },
  })
  const answer = await fetch(`${busy.address}/api/v1/series/a/samples`)
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
  await busy.close()
})
