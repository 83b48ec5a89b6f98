/**
 * examples/sophia.yaml on a real Kafka and a real Redis, by Sophia's own variables: kcat writes
 * Telegraf's lines and reads the scores, as any other program would.
 */

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest'
import { Random } from '../../../src/core/random.ts'
import { LiveProgram, freePort } from '../live-program.ts'
import { RedisServer, redisMissing } from '../redis-server.ts'
import { kafkaMissing } from './cluster.ts'
import { TestTopics } from './topics.ts'

const missing = (await kafkaMissing()) ?? redisMissing()

/** A day is learned; then there is one more hour, with a fault in it. */
const learned = 1440
const minutes = learned + 60
const root = join(import.meta.dirname, '..', '..', '..')

let topics: TestTopics
let redis: RedisServer
const folder = mkdtempSync(join(tmpdir(), 'forewarn-sophia-'))

function lines(): string {
  const random = new Random(7)
  const text: string[] = []
  for (let i = 0; i < minutes; i++) {
    const user = i === learned + 30 ? 99 : 20 + random.gaussian(0, 2)
    const fields = `usage_user=${user.toFixed(2)},usage_system=3.1,usage_idle=70,usage_iowait=0.5`
    const ns = `${1_700_000_000 + i * 60}000000000`
    text.push(`vm1\tcpu,cpu=cpu-total,host=vm1 ${fields} ${ns}`)
    text.push(`vm1\tcpu,cpu=cpu0,host=vm1 ${fields} ${ns}`)
  }
  return text.join('\n') + '\n'
}

function piped(command: string, args: readonly string[], input: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, (error) => (error ? reject(error) : resolve()))
    child.stdin?.end(input)
  })
}

describe.skipIf(missing !== undefined)(`Sophia's example ${missing ?? ''}`, () => {
  beforeAll(async () => {
    topics = await TestTopics.start()
    redis = await RedisServer.started()
  })
  afterAll(async () => {
    await redis?.stop()
    await topics?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test('scores what Telegraf writes, keeps states in Redis and tells the alarm', async () => {
    const servers = topics.cluster.servers.join(',')
    const [input, scores, alarms] = ['metrics', 'anomalies', 'alarms'] as const
    for (const each of [input, scores, alarms]) {
      await topics.admin.createTopics({ topics: [each], partitions: 3, replicas: 1 })
    }
    const port = await freePort()
    const env = { KAFKA_SERVERS: servers, REDIS_URL: redis.url }
    const main = join(root, 'src', 'cli', 'main.ts')
    const sets = [`server.listen=127.0.0.1:${port}`, `store.folder=${join(folder, 'state')}`]
    const flags = sets.flatMap((each) => ['--set', each])
    const args = [main, 'run', '-c', join(root, 'examples', 'sophia.yaml'), ...flags]
    const words = Object.entries(env).map((pair) => pair.join('='))
    const program = new LiveProgram({
      command: 'env',
      args: [...words, process.execPath, ...args],
      port,
      readyPath: '/readyz',
    })
    onTestFailed(() => void process.stderr.write(program.stderr.slice(-4000)))
    await program.ready()
    await piped('kcat', ['-P', '-b', servers, '-t', input, '-K', '\t'], lines())
    const wanted = minutes * 4
    await expect
      .poll(async () => (await topics.read(scores)).length, { timeout: 90_000, interval: 500 })
      .toBe(wanted)
    const read = await topics.lines(scores)
    const user = read.filter((line) => line.includes('app=dbaas.cpu.usage_user.vm1'))
    expect(user).toHaveLength(minutes)
    expect(user[0]).toMatch(
      /^anomaly_score,app=dbaas\.cpu\.usage_user\.vm1,period_description=Training value=[\d.]+,/,
    )
    expect(user[learned + 30]).toMatch(/period_description=Regular value=99,/)
    expect(user[learned + 30]).toMatch(/is_anomaly=1/)
    const told = (await topics.lines(alarms)).map((line) => JSON.parse(line) as { series: string })
    expect(told.map(({ series }) => series)).toContain('dbaas.cpu.usage_user.vm1')
    expect(await program.ended('SIGTERM')).toBe(143)
    expect(redis.cli('--scan', '--pattern', '{sophia*:owner:series/*')).toContain('usage_user')
  }, 240_000)
})
