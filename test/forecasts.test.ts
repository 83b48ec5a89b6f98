/**
 * Forecasts are reports: the same for any number of threads, the same from a saved state, made only
 * where somebody wants them, and byte for byte those of `golden/forecasts-of-a-wave`, which
 * `UPDATE=1` writes anew.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { JsonLinesEncoder } from '../src/codecs/json-lines.ts'
import { loadConfig } from '../src/config/load.ts'
import { scoringOf } from '../src/config/shards.ts'
import { tables } from '../src/config/tables.ts'
import { Ledger } from '../src/core/ledger.ts'
import type { SavedOwner } from '../src/core/ledger.ts'
import { Labels } from '../src/core/labels.ts'
import { Random } from '../src/core/random.ts'
import type { Report } from '../src/core/report.ts'
import type { Scoring } from '../src/series/scoring.ts'
import { systemClock } from '../src/telemetry/system-clock.ts'

const golden = new URL('golden/forecasts-of-a-wave/expected.jsonl', import.meta.url)
const rule =
  'detectors: [{ match: "*", detector: htm, probation: 60, horizons: [1, 2, 3], ' +
  'futures: reported, columns: 128, active_columns: 8 }]'

function scoring(workers: number, text: string, reportForecasts: boolean): Scoring {
  const file = { name: 'f.yaml', text: `${text}\nsources: { a: { type: stdin } }\n` }
  const config = { ...loadConfig({ file, environment: {}, sets: [] }, tables), workers }
  const around = { tables, transforms: [], ledger: new Ledger(), tracking: 'on' } as const
  const wanted = { reportScores: false, reportForecasts, history: undefined }
  return scoringOf(config, { ...around, clock: systemClock, ...wanted })
}

const labels = ['a', 'b', 'c'].map((host) => Labels.named('load', [['host', host]]))
const startMs = 1_700_000_000_000

/** Two samples a minute of three hosts; now and then one is missing, once there is a long gap. */
function feed({ judge, reports, recordTaken, flush }: Bound, from: number, to: number): void {
  for (let step = from; step < to; step++) {
    const random = new Random(step + 1)
    const timestampMs = startMs + step * 30_000 + (step > 100 ? 7_200_000 : 0)
    labels.forEach((each, index) => {
      if (random.uniform() < 0.03) return
      const value = Math.round(10 * Math.sin((step + index * 7) / 6)) + index
      const origin = { partition: 'p', offset: step, receivedMs: timestampMs }
      judge.update({ labels: each, timestampMs, remainderNs: 0, value, origin, index }, reports())
    })
    recordTaken('a')
    if (step % 10 === 0) flush()
  }
  flush()
}

/** A scoring with its methods bound, since its report array is another one after each flush. */
interface Bound {
  readonly judge: Scoring['judge']
  readonly reports: () => Report[]
  readonly recordTaken: (input: string) => void
  readonly flush: () => void
}

async function run(
  part: { workers: number; from: number; to: number; reportForecasts?: boolean; text?: string },
  saved: readonly SavedOwner[] = [],
): Promise<{ lines: string[]; states: readonly SavedOwner[] }> {
  const { workers, from, to, reportForecasts = true, text = rule } = part
  const made = scoring(workers, text, reportForecasts)
  const all: Report[] = []
  made.begin(
    ({ reports }) => all.push(...reports),
    (error) => expect.unreachable(String(error)),
  )
  await made.restore(saved, (key, error) => expect.unreachable(`${key}: ${String(error)}`))
  const { judge } = made
  const bound = {
    judge,
    reports: () => made.reports,
    recordTaken: (input: string) => made.recordTaken(input),
    flush: () => made.flush(),
  }
  feed(bound, from, to)
  await made.offered()
  await made.cut(() => undefined)
  const states = (await made.copies()).saved
  await made.close()
  const encoder = new JsonLinesEncoder()
  const bytes = encoder.encode(all.filter(({ kind }) => kind === 'forecast'))
  return { lines: new TextDecoder().decode(bytes).split('\n').slice(0, -1), states }
}

describe('forecasts', () => {
  test('are reports with value, band, probability and the moment by the own cadence', async () => {
    const { lines } = await run({ workers: 1, from: 0, to: 120 })
    if (process.env['UPDATE'] === '1') writeFileSync(golden, lines.join('\n') + '\n')
    expect(lines).toEqual(readFileSync(golden, 'utf8').trimEnd().split('\n'))
    const told = lines.map((line) => JSON.parse(line) as Record<string, number>)
    expect(told.length).toBeGreaterThan(450)
    for (const { timestamp, predicted_for, horizon, lower, value, upper, probability } of told) {
      expect(predicted_for).toBe((timestamp ?? 0) + 30_000 * (horizon ?? 0))
      expect([lower, value, upper].toSorted((a = 0, b = 0) => a - b)).toEqual([lower, value, upper])
      expect(probability).toBeGreaterThan(0)
      expect(probability).toBeLessThanOrEqual(1)
    }
    expect(new Set(told.map((each) => each['id'])).size).toBe(told.length)
  })

  test('are the same from two threads, and from three that go on from a saved state', async () => {
    const whole = await run({ workers: 1, from: 0, to: 120 })
    expect((await run({ workers: 2, from: 0, to: 120 })).lines).toEqual(whole.lines)
    const first = await run({ workers: 1, from: 0, to: 90 })
    const second = await run({ workers: 3, from: 90, to: 120 }, first.states)
    expect([...first.lines, ...second.lines]).toEqual(whole.lines)
  })

  test('are made only where somebody wants them, by detectors that can', async () => {
    const asked = { workers: 1, from: 0, to: 100 }
    expect((await run({ ...asked, reportForecasts: false })).lines).toEqual([])
    const text = 'detectors: [{ match: "*", detector: ema }]'
    expect((await run({ ...asked, text })).lines).toEqual([])
  })
})
