/**
 * From topic to topic exactly once: programs are killed and come and go while data flows, and what
 * a reader of committed records reads, nothing taken out and nothing put into order, is of every
 * series what one program without faults writes.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Random } from '../../../src/core/random.ts'
import { pause } from '../live-program.ts'
import type { LiveProgram } from '../live-program.ts'
import { redisMissing } from '../redis-server.ts'
import { kafkaMissing } from './cluster.ts'
import { Stand } from './stand.ts'
import type { Written } from './topics.ts'

const missing = (await kafkaMissing()) ?? redisMissing()

const hosts = 40
const samplesASecond = 4 * hosts
const startMs = 1_700_000_000_000
const stand = new Stand('once')
/** The configuration of each. */
const files = new Map<LiveProgram, string>()

/** One second of all hosts, four fields a line as Telegraf writes them. */
function second(second: number, partitions: number): Written[] {
  return Array.from({ length: hosts }, (_, host) => {
    const noise = new Random(second * hosts + host + 1)
    const spike = noise.uniform() < 0.002 ? 60 : 0
    const fields = ['user', 'system', 'idle', 'iowait'].map((field) => {
      return `usage_${field}=${(20 + noise.gaussian(0, 2) + spike).toFixed(3)}`
    })
    const timestampMs = startMs + second * 1000
    const value = `cpu,host=h${host} ${fields.join(',')} ${timestampMs}000000`
    return { value, partition: host % partitions, timestampMs }
  })
}

/** A program from `input` to `output`; what is said of the source besides comes first. */
async function program(source: string, input: string, output: string): Promise<LiveProgram> {
  const brokers = `brokers: [${stand.topics.cluster.servers.join(', ')}]`
  const read = `topics: [${input}], group: ${output}, start: earliest, session_timeout: 3s`
  const yaml = `sources:
  in: { type: kafka, ${brokers}, ${read}${source} }
detectors: [{ match: '*', detector: ema, probation: 30 }]
sinks:
  out: { type: kafka, ${brokers}, topic: ${output}, per_message: 20, exactly_once: true }
store:
  type: redis
  scope: partition
  redis_url: ${stand.redis.url}
  redis_prefix: ${output}
  folder: '${stand.newFolder('state')}'
  checkpoint_every: 200ms
telemetry: { log_level: info }
`
  const own = stand.newFolder('program')
  const made = await stand.program(yaml, own)
  files.set(made, join(own, 'forewarn.yaml'))
  return made
}

/** All that is committed, as it stands there: the lines of each series in their order. */
async function committed(
  output: string,
): Promise<{ bySeries: Map<string, string[]>; ids: string[] }> {
  const bySeries = new Map<string, string[]>()
  const ids: string[] = []
  for (const line of await stand.topics.lines(output)) {
    const { id, series } = JSON.parse(line) as { id: string; series: string }
    ids.push(id)
    // When a partition falls silent depends on how long nobody has read it.
    if (line.includes('no samples any more')) continue
    const lines = bySeries.get(series)
    if (lines === undefined) bySeries.set(series, [line])
    else lines.push(line)
  }
  return { bySeries, ids }
}

const whole = { timeout: 120_000, interval: 1_000 }

async function scores(output: string): Promise<number> {
  const { bySeries } = await committed(output)
  return [...bySeries.values()].flat().filter((line) => line.includes('"kind":"score"')).length
}

/** Where samples come from and where their scores go. */
interface Run {
  /** Of the source besides its topic. */
  readonly source: string
  readonly input: string
  readonly output: string
  readonly seconds: number
}

/** Writes all seconds while `meanwhile` runs; resolves once all of it is scored. */
async function flowing({ input, output, seconds }: Run, meanwhile: () => Promise<void>) {
  const done = meanwhile()
  for (let i = 0; i < seconds; i++) {
    await stand.topics.write(input, second(i, 4))
    await pause(100)
  }
  await done
  await expect.poll(() => scores(output), whole).toBe(samplesASecond * seconds)
}

/** What one program without faults commits of the same records. */
async function alone({ source, input, seconds }: Run): Promise<Map<string, string[]>> {
  const output = await stand.topics.add(2, 'alone')
  // The first stage writes what it decodes anew, to a topic of this program's own.
  const own = source.replaceAll('samples_topic: samples', 'samples_topic: alone-samples')
  const one = await program(own, input, output)
  await one.ready()
  await expect.poll(() => scores(output), whole).toBe(samplesASecond * seconds)
  await one.ended('SIGTERM')
  return (await committed(output)).bySeries
}

async function isOnce(run: Run): Promise<void> {
  const { bySeries, ids } = await committed(run.output)
  expect(ids.length - new Set(ids).size).toBe(0)
  expect(bySeries).toEqual(await alone(run))
}

/** Two programs of a run, killed at random moments while data flows, one leaving at the end. */
async function killed(run: Run): Promise<void> {
  const random = new Random(3)
  const one = await program(run.source, run.input, run.output)
  await one.ready()
  const two = await program(run.source, run.input, run.output)
  await flowing(run, async () => {
    await two.ready()
    for (const each of [one, two, one]) {
      await pause(500 + random.below(1_500))
      await each.ended('SIGKILL')
      each.start()
    }
    for (const each of [one, two]) {
      await expect.poll(() => each.answers('/readyz'), whole).toBe(true)
    }
    expect(await two.ended('SIGTERM')).toBe(143)
  })
  await one.ended('SIGTERM')
  await isOnce(run)
}

describe.skipIf(missing !== undefined)(`exactly once ${missing ?? ''}`, () => {
  beforeAll(() => stand.start())
  afterAll(() => stand.stop())

  const newRun = async (source: string, seconds: number): Promise<Run> => {
    const [input, output] = [await stand.topics.add(4, 'in'), await stand.topics.add(2, 'out')]
    return { source, input, output, seconds }
  }

  test('killed at random moments, and handed over', { timeout: 400_000 }, async () => {
    await killed(await newRun('', 100))
  })

  test('killed in both stages of a topic without keys', { timeout: 400_000 }, async () => {
    const split = 'keyed: false, samples_topic: samples, samples_partitions: 3'
    await killed(await newRun(`, ${split}`, 60))
  })

  test('Redis loses its data, under a program and between two', { timeout: 400_000 }, async () => {
    const run = await newRun('', 20)
    // It keeps nothing on disk.
    const lose = async (): Promise<void> => {
      await stand.redis.kill()
      await stand.redis.start()
    }
    const one = await program(run.source, run.input, run.output)
    await one.ready()
    await flowing(run, async () => {
      await expect.poll(() => scores(run.output), whole).toBeGreaterThan(5 * samplesASecond)
      await lose()
    })
    // What it holds is the truth: everything is saved again, so a kill loses nothing.
    await expect.poll(() => one.stderr, whole).toContain('put aside')
    await expect
      .poll(() => stand.redis.cli('keys', '*owner*').split('\n').length, whole)
      .toBeGreaterThan(samplesASecond)
    await one.ended('SIGKILL')
    one.start()
    await expect.poll(() => one.answers('/readyz'), whole).toBe(true)
    expect(await one.metric('forewarn_source_states_missing_total')).toBe(0)
    await isOnce(run)

    await one.ended('SIGKILL')
    await lose()
    one.start()
    await expect.poll(() => one.answers('/readyz'), whole).toBe(true)
    for (let i = 0; i < 5; i++) await stand.topics.write(run.input, second(run.seconds + i, 4))
    const all = samplesASecond * (run.seconds + 5)
    await expect.poll(() => scores(run.output), whole).toBe(all)
    const { ids, bySeries } = await committed(run.output)
    expect(new Set(ids).size).toBe(ids.length)
    expect(one.stderr).toContain('its series start anew')
    expect(await one.metric('forewarn_source_states_missing_total')).toBe(4)
    const last = [...bySeries.values()].map((lines) => JSON.parse(lines.at(-1) ?? '{}') as object)
    expect(new Set(last.map((line) => Reflect.get(line, 'status')))).toEqual(new Set(['probation']))
    // Nobody gave records a key, and that is said.
    expect(one.stderr).toContain('records have no key')
    expect(await one.metric('forewarn_source_unkeyed_records_total')).toBeGreaterThan(0)

    // A new configuration: what is committed stays whole.
    const file = files.get(one) ?? ''
    const yaml = readFileSync(file, 'utf8')
    writeFileSync(file, yaml.replace('probation: 30', 'probation: 30, alarm: { hold: 2s }'))
    const answer = await fetch(one.url('/api/v1/reload'), { method: 'POST' })
    expect([answer.status, await answer.text()]).toEqual([200, expect.any(String)])
    for (let i = 0; i < 5; i++) await stand.topics.write(run.input, second(run.seconds + 5 + i, 4))
    await expect.poll(() => scores(run.output), whole).toBe(all + 5 * samplesASecond)
    const after = (await committed(run.output)).ids
    expect(new Set(after).size).toBe(after.length)
    expect(one.stderr.split('its series start anew')).toHaveLength(4 + 1)
  })
})
