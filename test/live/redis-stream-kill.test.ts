/**
 * A stream read by the real program, killed with SIGKILL at random moments: every entry is scored
 * once, as in an undisturbed run, and in the end nothing is left unacknowledged. With its states in
 * Redis too, the program loses its folder at each kill, as if it went on on another machine.
 */

import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { Random } from '../../src/core/random.ts'
import { forewarnCommand, freePort, LiveProgram } from './live-program.ts'
import { redisMissing, RedisServer } from './redis-server.ts'

const missing = redisMissing()
const killCount = 5
const entryCount = 4000
const startS = 1_700_000_000

/** Scores by series and time; throws where one is written twice and differs. */
function scores(path: string): Map<string, string> {
  const byTime = new Map<string, string>()
  for (const line of readFileSync(path, 'utf8').trimEnd().split('\n')) {
    const { id: _id, ...report } = JSON.parse(line) as Record<string, unknown>
    if (report['kind'] !== 'score') continue
    const about = `${String(report['series'])} ${String(report['timestamp'])}`
    const words = JSON.stringify(report)
    expect(byTime.get(about) ?? words).toBe(words)
    byTime.set(about, words)
  }
  return byTime
}

describe.skipIf(missing !== undefined)(`a redis stream${missing ? `: ${missing}` : ''}`, () => {
  async function run(kills: number, store: 'embedded' | 'redis'): Promise<Map<string, string>> {
    const server = await RedisServer.started()
    const out = join(server.folder, 'out.jsonl')
    const state = join(server.folder, 'state')
    const yaml = `sources:
  r: { type: redis, url: '${server.url}', mode: stream, streams: [s], codec: influx }
detectors: [{ match: '*', detector: ema, probation: 30 }]
sinks: { file: { type: file, path: '${out}' } }
store:
  type: ${store}
  folder: '${state}'
  redis_url: '${server.url}'
  checkpoint_every: 100ms
telemetry: { log_level: error }
`
    const program = new LiveProgram(forewarnCommand(server.folder, await freePort(), yaml))
    await program.ready()
    const random = new Random(3)
    const noise = new Random(4)
    const add = (first: number, count: number): void => {
      const lines = Array.from({ length: count }, (_, i) => {
        const value = 40 + noise.gaussian(0, 2) + (noise.uniform() < 0.01 ? 60 : 0)
        return `load,host=h${(first + i) % 3} value=${value} ${startS + first + i}`
      })
      const script = 'for i = 1, #ARGV do redis.call("xadd", KEYS[1], "*", "data", ARGV[i]) end'
      server.cli('eval', script, '1', 's', ...lines)
    }
    const pending = (): number =>
      Number(server.cli('xpending', 's', 'forewarn').split('\n')[0] as string)
    const step = 200
    for (let first = 0; first < entryCount; first += step) {
      add(first, step)
      await pause(random.below(150))
      if (first > 0 && (first / step) % 4 === 0 && kills-- > 0) {
        await program.ended('SIGKILL')
        if (store === 'redis') rmSync(state, { recursive: true })
        await program.ready()
      }
    }
    const lag = (): string => server.cli('xinfo', 'groups', 's').replace(/\n/g, ' ')
    await vi.waitUntil(() => / lag 0 /.test(lag()) && pending() === 0, { timeout: 60_000 })
    await program.ended('SIGTERM')
    const result = scores(out)
    await server.stop()
    return result
  }

  for (const store of ['embedded', 'redis'] as const) {
    test(`is scored once, states ${store}, however often the program is killed`, async () => {
      const calm = await run(0, store)
      const killed = await run(killCount, store)
      expect(calm.size).toBe(entryCount)
      expect([...killed.keys()].sort()).toEqual([...calm.keys()].sort())
      for (const [about, words] of calm) expect(killed.get(about)).toBe(words)
    }, 240_000)
  }
})
