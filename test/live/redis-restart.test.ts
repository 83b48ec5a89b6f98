/**
 * Redis killed and started again under a program at work: scoring goes on, alarms wait, and go out
 * in their order; also where the program itself is killed meanwhile.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Random } from '../../src/core/random.ts'
import { forewarnCommand, freePort, LiveProgram } from './live-program.ts'
import { redisMissing, RedisServer } from './redis-server.ts'

const missing = redisMissing()
const patience = { timeout: 90_000, interval: 100 }

/** One sample a second from here on. */
const startS = 1_700_000_000

describe.skipIf(missing !== undefined)(`redis restarted${missing ? `: ${missing}` : ''}`, () => {
  let server: RedisServer
  let program: LiveProgram
  let second = 0
  const noise = new Random(7)

  beforeAll(async () => {
    // What it took before it is killed is on its disk.
    server = await RedisServer.started('--appendonly', 'yes', '--appendfsync', 'always')
  })
  afterAll(async () => {
    await program?.ended('SIGKILL')
    await server?.stop()
  })

  /** Sends seconds of samples, the last of each hundred a spike, and waits until they are taken. */
  async function send(seconds: number): Promise<void> {
    for (let sent = 0; sent < seconds; sent++, second++) {
      const value = second % 100 === 99 ? 90 : 40 + noise.gaussian(0, 1)
      const line = `load value=${value} ${startS + second}`
      const url = program.url('/api/v2/write?precision=s')
      const { status } = await fetch(url, { method: 'POST', body: line })
      expect(status).toBe(204)
    }
  }

  /** Ids and words of the alarms in the stream, each once, in the order of the stream. */
  function inRedis(): string[] {
    const reply = server.cli('--json', 'xrange', 'alarms', '-', '+')
    const entries = JSON.parse(reply) as [string, string[]][]
    const words = entries.map(([, fields]) => alarmWords(fields[1] as string))
    return [...new Set(words)]
  }

  /** The same of the file that has them too. */
  function inFile(): string[] {
    const lines = readFileSync(join(server.folder, 'alarms.jsonl'), 'utf8').trimEnd().split('\n')
    return [...new Set(lines.filter((line) => line.includes('"kind":"alarm"')).map(alarmWords))]
  }

  function alarmWords(text: string): string {
    const { id, state, timestamp } = JSON.parse(text) as Record<string, unknown>
    return `${String(timestamp)} ${String(state)} ${String(id)}`
  }

  const taken = () => program.metric('forewarn_observations_total', 'source="http"')

  test('scoring goes on, and every alarm arrives once it is back, in order', async () => {
    const yaml = `sources: { http: { type: http, codec: influx } }
detectors: [{ match: '*', detector: ema, probation: 50, alarm: { keep_firing: 5s } }]
sinks:
  redis:
    type: redis
    url: ${server.url}
    channel: told
    stream: alarms
    scores: false
    forecasts: false
    delivery: { retry_first: 50ms, retry_cap: 500ms, timeout: 5s }
  file: { type: file, path: '${server.folder}/alarms.jsonl', scores: false }
store: { folder: '${server.folder}/state', checkpoint_every: 200ms, delivery_wait: 100ms }
telemetry: { log_level: error }
`
    program = new LiveProgram(forewarnCommand(server.folder, await freePort(), yaml))
    await program.ready()
    await send(350)
    await vi.waitUntil(() => inRedis().length >= 4, patience)
    await server.kill()
    const learned = await taken()
    await send(400)
    expect(await taken()).toBeGreaterThan(learned + 300)
    // Alarms that nobody took are on disk by now; the program may die.
    await pause(1000)
    await program.ended('SIGKILL')
    await program.ready()
    await send(200)
    await server.start()
    await send(200)
    await program.ended('SIGTERM')
    expect(inRedis()).toEqual(inFile())
    expect(inRedis().length).toBeGreaterThan(15)
  })
})
