/** deploy/compose/response-times: its Redis and its three programs, as compose starts them. */

import { execFileSync, spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { LiveProgram } from '../live-program.ts'
import { redisMissing } from '../redis-server.ts'
import { RunningStack } from './running-stack.ts'

const missing = redisMissing()
const patience = { timeout: 60_000, interval: 200 }

describe.skipIf(missing !== undefined)(
  `stack response-times${missing ? `: ${missing}` : ''}`,
  () => {
    let stack: RunningStack
    let port = 0

    beforeAll(async () => {
      stack = new RunningStack('response-times')
      port = await stack.redis()
    })
    afterAll(() => stack.stop())

    test('Redis asks for its password', () => {
      const cli = (...words: string[]) =>
        spawnSync('redis-cli', ['-p', String(port), ...words], { encoding: 'utf8' }).stdout
      expect(cli('get', 'x')).toMatch(/^NOAUTH/)
      expect(
        cli('-a', stack.secret('redis'), '--no-auth-warning', 'config', 'get', 'appendonly'),
      ).toBe('appendonly\nyes\n')
    })

    test('what the generator publishes is judged, and shown to those with the token', async () => {
      const detector = await stack.forewarn('detector')
      const dashboard = await stack.forewarn('dashboard')
      await stack.forewarn('generator', { FOREWARN_SOURCES__GENERATOR__SPEED: '20' })
      const token = stack.secret('forewarn')
      const ask = (program: LiveProgram, path: string, bearer: string) =>
        fetch(program.url(path), { headers: { authorization: `Bearer ${bearer}` } })
      expect((await ask(dashboard, '/api/v1/series', 'guess')).status).toBe(401)
      await vi.waitUntil(async () => {
        const answer = await ask(dashboard, '/api/v1/series', token)
        const { series } = (await answer.json()) as {
          series: { key: string; learnedSamples: number }[]
        }
        return ['anomaly', 'response_time'].every((key) =>
          series.some((each) => each.key === key && each.learnedSamples >= 150),
        )
      }, patience)
      expect(await detector.metric('forewarn_observations_total')).toBeGreaterThan(150)
      const health = ['src/cli/main.ts', 'health', '--ready', '--address', dashboard.url('')]
      expect(execFileSync(process.execPath, health, { encoding: 'utf8' })).toBe('ready\n')
    })
  },
)
