import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { quietTelemetry } from '../../test/quiet-telemetry.ts'
import { Assessment } from '../core/assessment.ts'
import { Labels } from '../core/labels.ts'
import { optionsWithDefaults } from '../core/options.ts'
import type { AlarmReport } from '../core/report.ts'
import { ScoreRows, packetRowsMax } from '../core/score-rows.ts'
import { History } from './history.ts'
import { historyOptions } from './options.ts'

const folder = mkdtempSync(join(tmpdir(), 'forewarn-history-'))
afterAll(() => rmSync(folder, { recursive: true }))

const startMs = 1_700_000_000_000
const clock = { nowMs: () => startMs }
const options = optionsWithDefaults(historyOptions)
const all = { fromMs: 0, toMs: 4e12, points: 100_000 }
const never = new AbortController().signal

function opened(name: string, telemetry = quietTelemetry): Promise<History> {
  const path = join(folder, name, 'history.db')
  return History.open({ path, options, sync: 'process', telemetry, clock })
}

/** Scores samples of a series, from a second on, with their second as value. */
function score(rows: ScoreRows, key: string, from: number, count: number): void {
  const labels = { key } as Labels
  const assessment = new Assessment()
  const origin = { partition: 'log', offset: 0, receivedMs: 0 }
  let number = 0
  for (let i = from; i < from + count; i++) {
    const sample = { labels, timestampMs: startMs + i * 1000, remainderNs: 0, value: i, origin }
    number = rows.take(number, { ...sample, index: 0 }, assessment, 1)
  }
}

async function values(history: History, key: string): Promise<(number | null)[] | undefined> {
  return (await history.samples({ ...all, key }))?.columns.value
}

const seconds = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

describe('the history', () => {
  test('has at once what was scored, and after a kill what was marked', async () => {
    const history = await opened('kill')
    score(history.rows, 'a', 0, 100)
    expect(await values(history, 'a')).toEqual(seconds(100))
    score(history.rows, 'a', 100, 50)
    history.mark()
    await history.settled(never)
    score(history.rows, 'a', 150, 50)
    // What a kill leaves: the files as they are now.
    cpSync(join(folder, 'kill'), join(folder, 'killed'), { recursive: true })
    await history.close()
    const again = await opened('killed')
    expect(await values(again, 'a')).toEqual(seconds(150))
    score(again.rows, 'a', 120, 80)
    expect(await values(again, 'a')).toEqual(seconds(200))
    await again.close()
  })

  test('makes the pipeline wait while too much is under way, and takes all of it', async () => {
    const history = await opened('much')
    const count = packetRowsMax * 40
    score(history.rows, 'a', 0, count)
    await history.offer([])
    expect(history.offer([])).toBeUndefined()
    const query = { key: 'a', fromMs: startMs, toMs: startMs + count * 1000, points: 10 }
    const answer = await history.samples(query)
    expect(answer?.columns.max.at(-1)).toBe(count - 1)
    expect(answer?.columns.min[0]).toBe(0)
    await history.close()
  })

  test('takes rows of several threads, each with numbers of its own', async () => {
    const history = await opened('threads')
    const feeders = [1, 2].map((feeder) => {
      return new ScoreRows((packet) => history.take(packet), feeder)
    })
    feeders.forEach((rows, i) => score(rows, `series ${i}`, 0, 10 + i))
    for (const rows of feeders) rows.flush()
    expect(await values(history, 'series 0')).toEqual(seconds(10))
    expect(await values(history, 'series 1')).toEqual(seconds(11))
    await history.close()
  })

  test('keeps alarms', async () => {
    const history = await opened('alarms')
    const report: AlarmReport = {
      kind: 'alarm',
      alarmId: 'a1',
      rule: '*',
      labels: Labels.named('cpu', []),
      state: 'firing',
      severity: 'critical',
      timestampMs: startMs,
      startedMs: startMs,
      value: 9,
      score: 1,
      expected: 1,
      lower: 0,
      upper: 2,
      reason: '9, expected 0 to 2',
      origin: { partition: 'log', offset: 0, receivedMs: 0 },
      index: 0,
    }
    history.offer([report])
    history.mark()
    await history.settled(never)
    const { alarms } = await history.alarms({ fromMs: 0, toMs: 4e12, key: '', limit: 5 })
    expect(alarms).toMatchObject([{ alarmId: 'a1', key: 'cpu', endedMs: null, expected: 1 }])
    await history.close()
  })

  test('puts a damaged file aside and begins anew, loudly', async () => {
    const first = await opened('damaged')
    score(first.rows, 'a', 0, 10)
    await first.close()
    const path = join(folder, 'damaged', 'history.db')
    writeFileSync(path, 'not a database at all, but long enough to be looked at'.repeat(100))
    const put: string[] = []
    const storePutAside = (aside: string): void => void put.push(aside)
    const again = await opened('damaged', { ...quietTelemetry, storePutAside })
    expect(put).toEqual([`${path}.damaged-${startMs}`])
    expect(await values(again, 'a')).toBeUndefined()
    await again.close()
  })

  test('that another process has open is refused', async () => {
    const first = await opened('twice')
    await expect(opened('twice')).rejects.toMatchObject({ code: 'ERR_STORE_READ' })
    await first.close()
  })

  test('that has ended loses what comes, and says how much', async () => {
    const lost: number[] = []
    const sinkDropped = (_sink: string, rows: number): void => void lost.push(rows)
    const history = await opened('ended', { ...quietTelemetry, sinkDropped })
    await history.close()
    score(history.rows, 'a', 0, 7)
    history.mark()
    await history.settled(never)
    expect(lost).toEqual([7])
    expect(history.ready).toBe(false)
    await expect(history.samples({ ...all, key: 'a' })).rejects.toThrow(/cannot read the history/)
  })
})
