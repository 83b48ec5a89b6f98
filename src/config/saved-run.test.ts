import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { quietTelemetry } from '../../test/quiet-telemetry.ts'
import { ForewarnError } from '../core/errors.ts'
import { runPipeline } from '../pipeline.ts'
import { systemClock } from '../telemetry/system-clock.ts'
import { compose } from './compose.ts'
import { loadConfig } from './load.ts'
import { Shares } from './shares.ts'
import { tables } from './tables.ts'

const root = mkdtempSync(join(tmpdir(), 'forewarn-saved-'))
afterAll(() => rmSync(root, { recursive: true }))

interface Report {
  readonly kind: string
  readonly status: string
}

/** One life of a program whose input ends after 300 samples, a day after the life before. */
async function lived(folder: string, day: number, rule: string) {
  const text = `
    sources: { stream: { type: generator, preset: seasonal, speed: max, count: 300 } }
    detectors: [{ match: '*', detector: sma, ${rule} }]
    sinks: { file: { type: file, path: ${join(folder, `day-${day}.jsonl`)} } }
    store: { folder: ${join(folder, 'state')} }
  `
  const file = { name: 'forewarn.yaml', text }
  const config = loadConfig({ file, environment: {}, sets: [] }, tables)
  const refused: unknown[] = []
  const telemetry = {
    ...quietTelemetry,
    snapshotRefused: (_key: string, error: unknown) => void refused.push(error),
  }
  const nowMs = (): number => 1_704_110_400_000 + day * 86_400_000
  const clock = { nowMs, after: systemClock.after }
  const around = { tables, telemetry, clock, shares: new Shares(telemetry) }
  const { parts, deliveries, history, store } = await compose(config, around)
  await runPipeline(parts, AbortSignal.timeout(20_000))
  for (const delivery of deliveries) await delivery.drain(AbortSignal.timeout(10_000))
  await history?.close()
  await store?.close()
  const lines = readFileSync(join(folder, `day-${day}.jsonl`), 'utf8')
    .split('\n')
    .filter(Boolean)
  const reports = lines.map((line) => JSON.parse(line) as Report)
  return { scores: reports.filter(({ kind }) => kind === 'score'), refused }
}

const folderCalled = (name: string): string => join(root, name)

describe('a program that is started again', () => {
  test('goes on with what it has learned, also where the alarm is another one now', async () => {
    const folder = folderCalled('goes-on')
    const first = await lived(folder, 0, 'probation: 200')
    expect(first.scores.map(({ status }) => status).indexOf('ok')).toBe(200)
    const second = await lived(folder, 1, 'probation: 200, alarm: { severity: info }')
    expect(second.refused).toEqual([])
    expect(second.scores).toHaveLength(300)
    expect(second.scores[0]?.status).not.toBe('probation')
  })

  test('learns anew, and says so, where an option that shapes the state has changed', async () => {
    const folder = folderCalled('anew')
    await lived(folder, 0, 'probation: 200, window: 10')
    const { scores, refused } = await lived(folder, 1, 'probation: 200, window: 12')
    expect(scores[0]?.status).toBe('probation')
    expect(refused).toHaveLength(1)
    expect((refused[0] as ForewarnError).code).toBe('ERR_SNAPSHOT_UNKNOWN')
  })
})
