/**
 * Forecasts are reports: the same for any number of threads, the same from a saved state, made only
 * where somebody wants them, and byte for byte those of `golden/forecasts-of-a-wave`, which
 * `UPDATE=1` writes anew.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { JsonLinesEncoder } from '../src/codecs/json-lines.ts'
import type { SavedOwner } from '../src/core/ledger.ts'
import { Labels } from '../src/core/labels.ts'
import { Random } from '../src/core/random.ts'
import { ConfiguredScoring } from './configured-scoring.ts'

const golden = new URL('golden/forecasts-of-a-wave/expected.jsonl', import.meta.url)
const rule =
  'detectors: [{ match: "*", detector: htm, probation: 60, horizons: [1, 2, 3], ' +
  'futures: reported, columns: 128, active_columns: 8 }]'

const hosts = ['a', 'b', 'c'].map((host) => Labels.named('load', [['host', host]]))
const startMs = 1_700_000_000_000

interface Part {
  readonly workers: number
  readonly from: number
  readonly to: number
  readonly forecasts?: boolean
  readonly text?: string
}

/** Two samples a minute of three hosts; now and then one is missing, once there is a long gap. */
async function run(
  { workers, from, to, forecasts = true, text = rule }: Part,
  saved: readonly SavedOwner[] = [],
): Promise<{ lines: string[]; states: readonly SavedOwner[] }> {
  const made = await ConfiguredScoring.begin({ workers, text, forecasts, saved })
  for (let step = from; step < to; step++) {
    const random = new Random(step + 1)
    const timestampMs = startMs + step * 30_000 + (step > 100 ? 7_200_000 : 0)
    await made.take(({ judge }, reports) => {
      hosts.forEach((labels, index) => {
        if (random.uniform() < 0.03) return
        const value = Math.round(10 * Math.sin((step + index * 7) / 6)) + index
        const origin = { partition: 'p', offset: step, receivedMs: timestampMs }
        judge.update({ labels, timestampMs, remainderNs: 0, value, origin, index }, reports)
      })
    })
  }
  const states = await made.end()
  const told = made.reports.filter(({ kind }) => kind === 'forecast')
  const bytes = new JsonLinesEncoder().encode(told)
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

  test('are told by auto too where it is asked to, and go on from a saved state', async () => {
    const text = 'detectors: [{ match: "*", detector: auto, probation: 40, horizon: 6 }]'
    const whole = await run({ workers: 1, from: 0, to: 120, text })
    const horizons = whole.lines.map((line) => (JSON.parse(line) as { horizon: number }).horizon)
    expect(new Set(horizons)).toEqual(new Set([1, 6]))
    const first = await run({ workers: 1, from: 0, to: 90, text })
    const second = await run({ workers: 1, from: 90, to: 120, text }, first.states)
    expect([...first.lines, ...second.lines]).toEqual(whole.lines)
    const none = 'detectors: [{ match: "*", detector: auto, probation: 40 }]'
    expect((await run({ workers: 1, from: 0, to: 120, text: none })).lines).toEqual([])
  })

  test('are made only where somebody wants them, by detectors that can', async () => {
    const asked = { workers: 1, from: 0, to: 100 }
    expect((await run({ ...asked, forecasts: false })).lines).toEqual([])
    const text = 'detectors: [{ match: "*", detector: ema }]'
    expect((await run({ ...asked, text })).lines).toEqual([])
  })
})
