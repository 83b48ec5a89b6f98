import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { quietTelemetry } from '../../test/quiet-telemetry.ts'
import { runPipeline } from '../pipeline.ts'
import { systemClock } from '../telemetry/system-clock.ts'
import { compose } from './compose.ts'
import type { Composition } from './compose.ts'
import { loadConfig } from './load.ts'
import { Shares } from './shares.ts'
import { tables } from './tables.ts'

const folder = mkdtempSync(join(tmpdir(), 'forewarn-compose-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Noon of 2024-01-01, for ever: what is made in one run has the same times as in the next. */
const clock = { nowMs: () => 1_704_110_400_000, after: systemClock.after }

/** Two thousand samples of a seasonal series with anomalies, and nothing kept for the next run. */
const stream = `
sources:
  stream: { type: generator, preset: seasonal, seed: 3, speed: max, count: 2000 }
store: { type: none }
`

const shares = new Shares(quietTelemetry)
const surroundings = { tables, telemetry: quietTelemetry, clock, shares }

async function composed(text: string): Promise<Composition> {
  const file = { name: 'forewarn.yaml', text: stream + text }
  const config = loadConfig({ file, environment: {}, sets: [] }, tables)
  return compose(config, surroundings)
}

/** Runs a configuration, which ends with its stream; its reports in the order of the file. */
async function reports(name: string, rest: string): Promise<Record<string, unknown>[]> {
  const path = join(folder, name)
  const sinks = `sinks: { file: { type: file, path: ${path} } }\n`
  const { parts, deliveries } = await composed(sinks + rest)
  await runPipeline(parts, AbortSignal.timeout(20_000))
  for (const delivery of deliveries) await delivery.drain(AbortSignal.timeout(10_000))
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

const ofKind = (all: Record<string, unknown>[], kind: string): Record<string, unknown>[] =>
  all.filter((report) => report['kind'] === kind)

describe('a configuration at work', () => {
  test('scores every sample of its source, and alarms at some', async () => {
    const all = await reports('plain.jsonl', 'detectors: [{ match: "*", detector: ema }]')
    expect(ofKind(all, 'score')).toHaveLength(2000)
    expect(ofKind(all, 'alarm').length).toBeGreaterThan(0)
    expect(ofKind(all, 'rejection')).toEqual([])
  })

  test('says the same again, to the last digit', async () => {
    const rules = 'detectors: [{ match: "*", detector: dasrs }]'
    expect(await reports('again-1.jsonl', rules)).toEqual(await reports('again-2.jsonl', rules))
  })

  test('judges nothing that no rule wants', async () => {
    expect(await reports('none.jsonl', 'detectors: [{ match: "cpu:*" }]')).toEqual([])
  })

  test('sends everything through its transforms first', async () => {
    const transforms = 'transforms: [{ type: filter, value_min: 100 }]'
    const scored = ofKind(await reports('filtered.jsonl', transforms), 'score')
    expect(scored.length).toBeGreaterThan(0)
    expect(scored.length).toBeLessThan(2000)
    expect(scored.filter(({ value }) => (value as number) < 100)).toEqual([])
  })
})

describe('what is composed', () => {
  test('has a feed where there is a dashboard sink, and none where there is not', async () => {
    expect((await composed('sinks: { page: { type: dashboard } }')).feed).toBeDefined()
    expect((await composed('sinks: {}')).feed).toBeUndefined()
  })

  test('has a source of ticks and an input for what people say, once', async () => {
    const names = async (text: string): Promise<string[]> =>
      (await composed(text)).parts.inputs.map(({ name }) => name)
    expect(await names('')).toEqual(['stream', 'clock', 'control'])
  })

  test('has no other source of ticks where one is configured', async () => {
    const text = 'sources: { mine: { type: clock, every: 5s } }\nstore: { type: none }'
    const input = { file: { name: 'forewarn.yaml', text }, environment: {}, sets: [] }
    const { parts } = await compose(loadConfig(input, tables), surroundings)
    expect(parts.inputs.map(({ name }) => name)).toEqual(['mine', 'control'])
  })
})
