/**
 * Several programs share a topic: states live in a real Redis and go with the partitions of a real
 * Kafka. Members come, leave, are killed and are frozen while data flows; what they wrote together,
 * each report once, is what one program writes, bit for bit.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest'
import { Random } from '../../../src/core/random.ts'
import { LiveProgram, forewarnCommand, freePort, pause } from '../live-program.ts'
import { RedisServer, redisMissing } from '../redis-server.ts'
import { kafkaMissing } from './cluster.ts'
import { TestTopics } from './topics.ts'
import type { Written } from './topics.ts'

const missing = (await kafkaMissing()) ?? redisMissing()

const hosts = 50
const startMs = 1_700_000_000_000

let topics: TestTopics
let redis: RedisServer
const folder = mkdtempSync(join(tmpdir(), 'forewarn-members-'))
const programs: LiveProgram[] = []

/** One second of all hosts, four fields a line as Telegraf writes them. */
function second(second: number): Written[] {
  return Array.from({ length: hosts }, (_, host) => {
    const noise = new Random(second * hosts + host + 1)
    const spike = noise.uniform() < 0.002 ? 60 : 0
    const fields = ['user', 'system', 'idle', 'iowait'].map((field) => {
      return `usage_${field}=${(20 + noise.gaussian(0, 2) + spike).toFixed(3)}`
    })
    const timestampMs = startMs + second * 1000
    const value = `cpu,host=h${host} ${fields.join(',')} ${timestampMs}000000`
    return { key: `h${host}`, value, timestampMs }
  })
}

/** A member of the group that writes to `output`. */
async function member(input: string, output: string): Promise<LiveProgram> {
  const brokers = `brokers: [${topics.cluster.servers.join(', ')}]`
  const read = `topics: [${input}], group: ${output}, start: earliest, session_timeout: 6s`
  const yaml = `sources:
  in: { type: kafka, ${brokers}, ${read} }
detectors: [{ match: '*', detector: ema, probation: 30 }]
sinks:
  out:
    type: kafka
    ${brokers}
    topic: ${output}
    per_message: 20
    delivery: { when_full: wait }
store:
  type: redis
  scope: partition
  redis_url: ${redis.url}
  redis_prefix: ${output}
  folder: '${mkdtempSync(join(folder, 'state-'))}'
  checkpoint_every: 300ms
telemetry: { log_level: info }
`
  const own = mkdtempSync(join(folder, 'member-'))
  const made = new LiveProgram(forewarnCommand(own, await freePort(), yaml))
  programs.push(made)
  onTestFailed(() => void process.stderr.write(made.stderr.slice(-4000)))
  return made
}

/** Reports by id; a report that came twice must have said the same. */
async function reports(output: string): Promise<Map<string, string>> {
  const byId = new Map<string, string>()
  for (const line of await topics.lines(output)) {
    const { id } = JSON.parse(line) as { id: string }
    if (byId.has(id)) expect(byId.get(id)).toBe(line)
    byId.set(id, line)
  }
  return byId
}

async function scores(output: string): Promise<number> {
  const all = await reports(output)
  return [...all.values()].filter((line) => line.includes('"kind":"score"')).length
}

/** Writes seconds to a topic at about a fast clock's pace, while `meanwhile` runs. */
async function flowing(
  input: string,
  seconds: number,
  meanwhile: () => Promise<void>,
): Promise<number> {
  const state = { ended: false }
  const done = meanwhile().finally(() => (state.ended = true))
  let i = 0
  for (; i < seconds || !state.ended; i++) {
    await topics.write(input, second(i))
    await pause(100)
  }
  await done
  return i * hosts * 4
}

/** What is said, without what falling silent causes, in an order of its own. */
async function said(output: string): Promise<string[]> {
  const all = [...(await reports(output)).values()]
  return all.filter((line) => !line.includes('no samples any more')).toSorted()
}

/** One program alone, over the same records. */
async function alone(input: string, total: number): Promise<string[]> {
  const output = await topics.add(2, 'alone')
  const program = await member(input, output)
  await program.ready()
  await expect.poll(() => scores(output), { timeout: 120_000, interval: 1000 }).toBe(total)
  await program.ended('SIGTERM')
  return said(output)
}

describe.skipIf(missing !== undefined)(`members of a group ${missing ?? ''}`, () => {
  beforeAll(async () => {
    topics = await TestTopics.start()
    redis = await RedisServer.started()
  })
  afterAll(async () => {
    for (const program of programs) if (program.running) await program.ended('SIGKILL')
    await redis?.stop()
    await topics?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test('one comes, one is killed, one leaves: nothing lost, nothing twice', async () => {
    const input = await topics.add(4, 'in')
    const output = await topics.add(2, 'out')
    const one = await member(input, output)
    await one.ready()
    const two = await member(input, output)
    const three = await member(input, output)
    const total = await flowing(input, 60, async () => {
      await pause(2_000)
      await two.ready()
      await pause(3_000)
      await one.ended('SIGKILL')
      await pause(3_000)
      await three.ready()
      await pause(3_000)
      expect(await two.ended('SIGTERM')).toBe(143)
    })
    await expect.poll(() => scores(output), { timeout: 120_000, interval: 1000 }).toBe(total)
    await three.ended('SIGTERM')
    expect(await said(output)).toEqual(await alone(input, total))
  }, 400_000)

  test('a frozen member that wakes up late overwrites nothing', async () => {
    const input = await topics.add(4, 'in')
    const output = await topics.add(2, 'out')
    const one = await member(input, output)
    const two = await member(input, output)
    await one.ready()
    await two.ready()
    const total = await flowing(input, 60, async () => {
      await pause(2_000)
      one.signal('SIGSTOP')
      // Longer than its session: its partitions are the other's by now.
      await pause(12_000)
      one.signal('SIGCONT')
      await pause(8_000)
    })
    await expect.poll(() => scores(output), { timeout: 120_000, interval: 1000 }).toBe(total)
    for (const program of [one, two]) await program.ended('SIGTERM')
    expect(await said(output)).toEqual(await alone(input, total))
  }, 400_000)
})
