import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Assessment } from '../core/assessment.ts'
import { sampleFlags } from '../core/feed.ts'
import { Labels } from '../core/labels.ts'
import { Random } from '../core/random.ts'
import { alarmText } from '../core/report-text.ts'
import type { AlarmReport } from '../core/report.ts'
import { ScoreRows } from '../core/score-rows.ts'
import { Keeper } from './keeper.ts'
import type { Keeping } from './keeper.ts'

const folder = mkdtempSync(join(tmpdir(), 'forewarn-history-'))
afterAll(() => rmSync(folder, { recursive: true }))

const usual: Keeping = { retentionMs: 86_400_000, diskBytes: 1e9, memoryBytes: 1e7 }
const startMs = 1_700_000_000_000
const all = { fromMs: 0, toMs: 4e12, points: 100_000 }

let files = 0
const newPath = (): string => join(folder, `${files++}.db`)
const opened = (path: string, keeping: Partial<Keeping> = {}): Keeper =>
  new Keeper(path, 'process', { ...usual, ...keeping })

/** One run of a program: numbers of series begin anew with each. */
class Run {
  readonly keeper: Keeper
  readonly #rows: ScoreRows
  readonly #numbers = new Map<string, number>()
  readonly #assessment = new Assessment()
  nowMs = startMs

  constructor(path: string, keeping: Partial<Keeping> = {}) {
    this.keeper = opened(path, keeping)
    this.#rows = new ScoreRows((packet) => this.keeper.take(packet, this.nowMs))
  }

  /** Scores one sample. */
  score(key: string, timestampMs: number, value: number, score = 0.5): void {
    const origin = { partition: 'log', offset: 0, receivedMs: 0 }
    const labels = { key } as Labels
    const sample = { labels, timestampMs, remainderNs: 0, value, origin, index: 0 }
    this.#assessment.score = score
    const flags = sampleFlags(score > 0.999 ? 'anomalous' : 'ok', 'inactive')
    const known = this.#numbers.get(key) ?? 0
    this.#numbers.set(key, this.#rows.take(known, sample, this.#assessment, flags))
  }

  flush(): void {
    this.#rows.flush()
  }

  commit(): void {
    this.flush()
    this.keeper.commit(this.nowMs)
  }

  seal(): void {
    this.flush()
    this.keeper.seal(this.nowMs)
  }

  values(key: string): (number | null)[] | undefined {
    return this.keeper.samples({ ...all, key })?.columns.value
  }
}

function alarm(change: Partial<AlarmReport>): string {
  return alarmText({
    kind: 'alarm',
    alarmId: 'a1',
    rule: '*',
    labels: Labels.named('cpu', [['host', 'a']]),
    state: 'firing',
    severity: 'warning',
    timestampMs: startMs,
    startedMs: startMs,
    value: 9,
    score: 1,
    expected: NaN,
    lower: NaN,
    upper: NaN,
    reason: '9, expected 1 to 2',
    origin: { partition: 'log', offset: 1, receivedMs: 0 },
    index: 0,
    ...change,
  })
}

describe('samples', () => {
  test('come back from open rows, from the journal and from blocks alike', () => {
    const path = newPath()
    const first = new Run(path)
    for (let i = 0; i < 5; i++) first.score('a', startMs + i * 1000, i)
    first.seal()
    for (let i = 5; i < 8; i++) first.score('a', startMs + i * 1000, i)
    first.score('b', startMs, 40)
    first.commit()
    for (let i = 8; i < 10; i++) first.score('a', startMs + i * 1000, i)
    first.flush()
    expect(first.values('a')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    first.keeper.close()
    // What was not committed is gone with the process, and comes again by its sources.
    const second = new Run(path)
    expect(second.values('a')).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(second.values('b')).toEqual([40])
    expect(second.values('c')).toBeUndefined()
    second.keeper.close()
  })

  test('that come again after a crash are there once, whether sealed meanwhile or not', () => {
    const path = newPath()
    const first = new Run(path)
    for (let i = 0; i < 6; i++) first.score('a', startMs + i * 1000, i)
    first.seal()
    for (let i = 6; i < 12; i++) first.score('a', startMs + i * 1000, i)
    first.commit()
    first.keeper.close()
    const second = new Run(path)
    for (let i = 3; i < 15; i++) second.score('a', startMs + i * 1000, i)
    second.flush()
    const want = Array.from({ length: 15 }, (_, i) => i)
    expect(second.values('a')).toEqual(want)
    second.seal()
    expect(second.values('a')).toEqual(want)
    second.keeper.close()
  })

  test('of many series in many seals come back bit for bit', () => {
    const run = new Run(newPath(), { memoryBytes: 69 * 20_000 })
    const random = new Random(1)
    const want = new Map<string, number[]>()
    for (let i = 0; i < 60; i++) {
      for (let series = 0; series < 1500; series++) {
        const value = random.gaussian(0, 1)
        const key = `s${series}`
        if (series % 100 === 7) want.set(key, [...(want.get(key) ?? []), value])
        run.score(key, startMs + i * 1000, value)
      }
    }
    run.commit()
    for (const [key, values] of want) expect(run.values(key)).toEqual(values)
    run.keeper.close()
  })

  test('more than wanted become rows that hide nothing unusual', () => {
    const run = new Run(newPath())
    for (let i = 0; i < 10_000; i++) {
      const odd = i === 4321
      run.score('a', startMs + i * 1000, odd ? 99 : i % 10, odd ? 0.9999 : 0.2)
    }
    run.seal()
    const toMs = startMs + 9_999_000
    const answer = run.keeper.samples({ key: 'a', fromMs: startMs, toMs, points: 50 })
    const { columns, bucketMs } = answer ?? { columns: undefined, bucketMs: 0 }
    expect(columns?.timestampMs).toHaveLength(50)
    expect(bucketMs).toBe(199_981)
    expect(columns?.min.every((min) => min === 0)).toBe(true)
    const at = Math.floor(4_321_000 / bucketMs)
    expect(columns?.max.map((max, i) => (max === 99 ? i : -1)).filter((i) => i >= 0)).toEqual([at])
    expect(columns?.score[at]).toBeCloseTo(0.9999, 5)
    expect(columns?.flags[at]).toBe(sampleFlags('anomalous', 'inactive'))
    // The last sample of a row gives it its time and value.
    expect(columns?.timestampMs.at(-1)).toBe(toMs)
    expect(columns?.value.at(-1)).toBe(9)
    run.keeper.close()
  })

  test('of a part of time are those in it, both ends included', () => {
    const run = new Run(newPath())
    for (let i = 0; i < 9000; i++) run.score('a', startMs + i, i)
    run.seal()
    for (let i = 9000; i < 9010; i++) run.score('a', startMs + i, i)
    run.flush()
    const ask = (from: number, to: number): (number | null)[] | undefined =>
      run.keeper.samples({ key: 'a', fromMs: startMs + from, toMs: startMs + to, points: 5000 })
        ?.columns.value
    expect(ask(2046, 2050)).toEqual([2046, 2047, 2048, 2049, 2050])
    expect(ask(8999, 9001)).toEqual([8999, 9000, 9001])
    expect(ask(0, 0)).toEqual([0])
    expect(ask(9010, 9999)).toEqual([])
    run.keeper.close()
  })
})

describe('retention', () => {
  test('drops what was written too long ago, alarms as well', () => {
    const run = new Run(newPath(), { retentionMs: 10_000 })
    run.score('old', startMs, 1)
    run.keeper.takeAlarm(alarm({}))
    run.commit()
    run.seal()
    run.nowMs += 10_001
    run.score('new', startMs, 2)
    run.keeper.takeAlarm(alarm({ alarmId: 'a2' }))
    run.commit()
    run.seal()
    expect(run.values('old')).toEqual([])
    expect(run.values('new')).toEqual([2])
    const { alarms } = run.keeper.alarms({ fromMs: 0, toMs: 4e12, key: '', limit: 10 })
    expect(alarms.map(({ alarmId }) => alarmId)).toEqual(['a2'])
    run.keeper.close()
  })

  test('keeps the file within its bound, dropping the oldest first', () => {
    const path = newPath()
    const run = new Run(path, { diskBytes: 400_000 })
    const random = new Random(2)
    for (let seal = 0; seal < 20; seal++) {
      for (let i = 0; i < 10_000; i++) run.score(`s${seal}`, startMs + i, random.uniform())
      run.seal()
    }
    expect(run.values('s0')).toEqual([])
    expect(run.values('s19')).toHaveLength(10_000)
    run.keeper.close()
    expect(readFileSync(path).length).toBeLessThan(500_000)
  })

  test('open rows become blocks once they are an hour old', () => {
    const run = new Run(newPath())
    run.score('a', startMs, 1)
    run.commit()
    run.nowMs += 3_600_000
    run.score('a', startMs + 1, 2)
    run.commit()
    run.nowMs += 3_600_000
    run.score('a', startMs + 2, 3)
    run.commit()
    expect(run.values('a')).toEqual([1, 2, 3])
    run.keeper.close()
  })
})

describe('a crash', () => {
  test('in the middle of a write leaves what was committed before, wherever it was cut', () => {
    const path = newPath()
    const run = new Run(path)
    for (let i = 0; i < 200; i++) run.score('a', startMs + i, i)
    run.commit()
    const whole = readFileSync(`${path}.rows-1`).length
    for (let i = 200; i < 400; i++) run.score('a', startMs + i, i)
    run.commit()
    const longer = readFileSync(`${path}.rows-1`).length
    for (const length of [whole, whole + 3, whole + 8, whole + 900, longer - 1, longer]) {
      const torn = newPath()
      copyFileSync(path, torn)
      copyFileSync(`${path}-wal`, `${torn}-wal`)
      copyFileSync(`${path}.rows-1`, `${torn}.rows-1`)
      truncateSync(`${torn}.rows-1`, length)
      const again = new Run(torn)
      expect(again.values('a')).toHaveLength(length === longer ? 400 : 200)
      // What comes after a torn end is read again by the next run.
      again.score('a', startMs + 500, 500)
      again.commit()
      again.keeper.close()
      const third = new Run(torn)
      expect(third.values('a')?.at(-1)).toBe(500)
      third.keeper.close()
    }
    run.keeper.close()
  })

  test('between a seal and the end of its journal leaves each row once', () => {
    const path = newPath()
    const run = new Run(path)
    for (let i = 0; i < 100; i++) run.score('a', startMs + i, i)
    run.commit()
    copyFileSync(`${path}.rows-1`, `${path}.kept`)
    run.seal()
    run.keeper.close()
    copyFileSync(`${path}.kept`, `${path}.rows-1`)
    const again = new Run(path)
    expect(again.values('a')).toHaveLength(100)
    again.seal()
    expect(again.values('a')).toHaveLength(100)
    again.keeper.close()
    expect(existsSync(`${path}.rows-1`)).toBe(false)
  })
})

describe('alarms', () => {
  test('are put together from their changes, told twice or not, newest first', () => {
    const path = newPath()
    const run = new Run(path)
    const told = [
      alarm({ state: 'pending' }),
      alarm({ timestampMs: startMs + 1000 }),
      alarm({ state: 'resolved', timestampMs: startMs + 5000, reason: 'over', value: 1 }),
      alarm({ state: 'inactive', timestampMs: startMs + 6000 }),
    ]
    for (const text of [...told, ...told.slice(1)]) run.keeper.takeAlarm(text)
    run.keeper.takeAlarm(alarm({ alarmId: 'a2', startedMs: startMs + 9000 }))
    run.commit()
    run.keeper.close()
    const again = new Run(path)
    const query = { fromMs: 0, toMs: 4e12, key: '', limit: 10 }
    const { alarms, more } = again.keeper.alarms(query)
    expect(more).toBe(false)
    expect(alarms.map(({ alarmId }) => alarmId)).toEqual(['a2', 'a1'])
    expect(alarms[1]).toMatchObject({
      state: 'resolved',
      firedMs: startMs + 1000,
      endedMs: startMs + 5000,
      reason: '9, expected 1 to 2',
      value: 9,
    })
    const ids = (change: object): string[] =>
      again.keeper.alarms({ ...query, ...change }).alarms.map(({ alarmId }) => alarmId)
    expect(ids({ limit: 1 })).toEqual(['a2'])
    expect(ids({ toMs: startMs + 8999 })).toEqual(['a1'])
    expect(ids({ fromMs: startMs + 5001 })).toEqual(['a2'])
    expect(ids({ key: 'cpu{host="a"}' })).toEqual(['a2', 'a1'])
    expect(ids({ key: 'cpu{host="b"}' })).toEqual([])
    again.keeper.close()
  })
})
