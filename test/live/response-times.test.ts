/**
 * The response-time example on a real Redis: one program, three programs, black-box by redis-cli,
 * and the detector killed and started again.
 */

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { exampleCommand, freePort, LiveProgram } from './live-program.ts'
import { redisMissing, RedisServer } from './redis-server.ts'

const missing = redisMissing()
const patience = { timeout: 60_000, interval: 100 }

describe.skipIf(missing !== undefined)(`response times${missing ? `: ${missing}` : ''}`, () => {
  let server: RedisServer
  const programs: LiveProgram[] = []
  const listeners: ChildProcess[] = []

  beforeEach(async () => {
    server = await RedisServer.started()
  })
  afterEach(async () => {
    for (const listener of listeners.splice(0)) listener.kill('SIGKILL')
    await Promise.all(programs.splice(0).map((program) => program.ended('SIGKILL')))
    await server.stop()
  })

  async function started(example: string, ...sets: string[]): Promise<LiveProgram> {
    const folder = mkdtempSync(join(server.folder, 'state-'))
    const command = exampleCommand(folder, await freePort(), example, sets)
    const program = new LiveProgram({ ...command, environment: { REDIS_URL: server.url } })
    programs.push(program)
    return program.ready()
  }

  /** How many samples a series has learned, its probation at most. Needs a dashboard sink. */
  async function learned(program: LiveProgram, key: string): Promise<number> {
    const { series } = (await program.json('/api/v1/series')) as {
      series: { key: string; learnedSamples: number }[]
    }
    return series.find((each) => each.key === key)?.learnedSamples ?? 0
  }

  /** What redis-cli hears on a channel, line by line. */
  async function heard(channel: string): Promise<string[]> {
    const lines: string[] = []
    const child = spawn('redis-cli', ['-p', String(server.port), 'subscribe', channel], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    listeners.push(child)
    let rest = ''
    child.stdout.on('data', (chunk) => {
      const parts = (rest + String(chunk)).split('\n')
      rest = parts.pop() as string
      lines.push(...parts.filter((line) => line.startsWith('{')))
    })
    await vi.waitUntil(() => {
      return Number(server.cli('pubsub', 'numsub', channel).split('\n')[1]) > 0
    }, patience)
    return lines
  }

  interface Message {
    readonly response_time: number
    readonly timestamp: number
    readonly anomaly?: boolean
  }

  const parsed = (lines: readonly string[]): Message[] =>
    lines.map((line) => JSON.parse(line) as Message)

  /** One verdict for each request heard, in order, with its value; the last may be under way. */
  function agree(requests: readonly string[], verdicts: readonly string[]): void {
    const wanted = parsed(requests).map(({ response_time, timestamp }) => [
      timestamp,
      response_time,
    ])
    const got = parsed(verdicts).map(({ response_time, timestamp }) => [timestamp, response_time])
    expect(got).toEqual(wanted.slice(0, got.length))
  }

  test('as one program: what is published is judged, message by message', async () => {
    const requests = await heard('response_times')
    const verdicts = await heard('anomalies')
    const fast = 'sources.generator.speed=20'
    const program = await started('response-times.yaml', fast)
    await vi.waitUntil(() => verdicts.length > 600, patience)
    agree(requests, verdicts)
    expect(requests[0]).toMatch(/^\{"response_time": 20\d\.\d+, "timestamp": 1\}$/)
    expect(verdicts[0]).toMatch(
      /^\{"response_time": 20\d\.\d+, "timestamp": 1, "anomaly": false\}$/,
    )
    const anomalies = parsed(verdicts).filter(({ anomaly }) => anomaly).length
    expect(anomalies).toBeGreaterThan(0)
    expect(program.stderr).toMatch(/\d,\d{3} - INFO - Normal value: 20\d\.\d+\n/)
    expect(program.stderr).toMatch(/\d,\d{3} - WARNING - Anomaly detected: 2\d\d\.\d+\n/)
    await program.ended('SIGTERM')
  })

  test.each([1, 2])('a detector of %i threads answers redis-cli as it was asked', async (n) => {
    const verdicts = await heard('anomalies')
    const program = await started('response-times/detector.yaml', `workers=${n}`)
    await vi.waitUntil(() => server.cli('pubsub', 'numsub', 'response_times').includes('\n1'), {
      timeout: 20_000,
    })
    for (let tick = 1; tick <= 5; tick++) {
      const message = `{"response_time": ${200 + tick}.5, "timestamp": ${tick}}`
      server.cli('publish', 'response_times', message)
    }
    server.cli('publish', 'response_times', 'no JSON')
    server.cli('publish', 'response_times', '{"response_time": 207, "timestamp": 1}')
    await vi.waitUntil(() => verdicts.length === 6, patience)
    expect(verdicts).toEqual([
      '{"response_time": 201.5, "timestamp": 1, "anomaly": false}',
      '{"response_time": 202.5, "timestamp": 2, "anomaly": false}',
      '{"response_time": 203.5, "timestamp": 3, "anomaly": false}',
      '{"response_time": 204.5, "timestamp": 4, "anomaly": false}',
      '{"response_time": 205.5, "timestamp": 5, "anomaly": false}',
      '{"response_time": 207.0, "timestamp": 1, "anomaly": false}',
    ])
    const malformed = 'source="responses",reason="malformed"'
    expect(await program.metric('forewarn_rejections_total', malformed)).toBe(1)
  })

  test('as three programs: the detector is killed and goes on with what it knew', async () => {
    const requests = await heard('response_times')
    const verdicts = await heard('anomalies')
    const page = await started('response-times/dashboard.yaml')
    const sets = ['store.checkpoint_every=200ms', 'sinks.page.type=dashboard']
    const detector = await started('response-times/detector.yaml', ...sets)
    await started('response-times/generator.yaml', 'sources.generator.speed=5')
    await vi.waitUntil(() => verdicts.length > 300, patience)
    agree(requests, verdicts)
    await detector.ended('SIGKILL')
    const before = verdicts.length
    await detector.ready()
    // Its probation of 150 samples is over, as it was before.
    expect(await learned(detector, 'response_time')).toBe(150)
    expect(await detector.metric('forewarn_restored_series')).toBe(1)
    await vi.waitUntil(() => verdicts.length > before + 200, patience)
    // What was under way at the kill is said again, as it was said before.
    const byTick = new Map<number, string>()
    for (const verdict of verdicts) {
      const { timestamp } = JSON.parse(verdict) as Message
      expect(byTick.get(timestamp) ?? verdict).toBe(verdict)
      byTick.set(timestamp, verdict)
    }
    for (const { response_time, timestamp } of parsed(requests)) {
      const verdict = byTick.get(timestamp)
      if (verdict === undefined) continue
      expect((JSON.parse(verdict) as Message).response_time).toBe(response_time)
    }
    const shown = await page.metric('forewarn_observations_total', 'source="verdicts"')
    expect(shown).toBeGreaterThan(2 * 400)
    expect(await learned(page, 'response_time')).toBe(150)
    await vi.waitUntil(async () => (await learned(page, 'anomaly')) > 400, patience)
  })
})
