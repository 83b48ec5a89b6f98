/**
 * What people say to one of several programs, all of them hear: a silence that is said to one holds
 * for the partitions of the other, for whoever has them after a kill, and until somebody ends it.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LiveProgram } from '../live-program.ts'
import { redisMissing } from '../redis-server.ts'
import { kafkaMissing } from './cluster.ts'
import { Stand } from './stand.ts'

const missing = (await kafkaMissing()) ?? redisMissing()

const startMs = 1_700_000_000_000
const whole = { timeout: 90_000, interval: 500 }
const stand = new Stand('control')

/** `source`: what is said of it besides. */
async function member(input: string, output: string, source = ''): Promise<LiveProgram> {
  const brokers = `brokers: [${stand.topics.cluster.servers.join(', ')}]`
  const read = `topics: [${input}], group: ${output}, start: earliest, session_timeout: 3s`
  const yaml = `sources:
  in: { type: kafka, ${brokers}, ${read}, control_topic: ${output}-control${source} }
detectors: [{ match: '*', detector: ema, probation: 30, alarm: { keep_firing: 5s } }]
sinks:
  out: { type: kafka, ${brokers}, topic: ${output}, scores: false, exactly_once: true }
store:
  type: redis
  scope: partition
  redis_url: ${stand.redis.url}
  redis_prefix: ${output}
  folder: '${stand.newFolder('state')}'
  checkpoint_every: 300ms
`
  return stand.program(yaml)
}

let written = 0
let spikes = 0

/** Seconds of two hosts, one in each partition; `value` of all of them. */
async function seconds(input: string, count: number, value: (i: number) => number): Promise<void> {
  for (let i = 0; i < count; i++, written++) {
    const timestampMs = startMs + written * 1000
    const messages = [0, 1].map((partition) => {
      const text = `m,host=h${partition} v=${value(i)} ${timestampMs}000000`
      return { value: text, partition, timestampMs }
    })
    await stand.topics.write(input, messages)
  }
}

const calm = (i: number): number => 10 + (i % 5) / 10

interface Alarm {
  readonly alarm_id: string
  readonly series: string
  readonly state: string
  readonly value: number
  readonly news?: string
  readonly silenced?: { readonly id: string }
}

async function alarms(output: string): Promise<Alarm[]> {
  return (await stand.topics.lines(output)).map((line) => JSON.parse(line) as Alarm)
}

/** A spike in both partitions, and the alarms that it raises, once both are told. */
async function spike(input: string, output: string): Promise<Alarm[]> {
  const before = (await alarms(output)).length
  // What was seen before is no surprise any more, so each is far higher than the last.
  const value = 1_000 * 30 ** spikes++
  const fired = async (): Promise<Alarm[]> => {
    const later = (await alarms(output)).slice(before)
    return later.filter((each) => each.state === 'firing' && !each.news && each.value === value)
  }
  await seconds(input, 40, calm)
  await seconds(input, 1, () => value)
  await seconds(input, 1, calm)
  await expect.poll(async () => (await fired()).length, whole).toBe(2)
  return fired()
}

async function say(to: LiveProgram, method: string, path: string, body?: unknown): Promise<number> {
  const headers = { 'content-type': 'application/json' }
  const sent = body === undefined ? {} : { headers, body: JSON.stringify(body) }
  return (await fetch(to.url(path), { method, ...sent })).status
}

const silenced = (all: Alarm[]) => all.map((each) => each.silenced?.id)

async function heard(by: LiveProgram): Promise<string[]> {
  const { silences } = (await by.json('/api/v1/silences')) as { silences: { id: string }[] }
  return silences.map(({ id }) => id)
}

describe.skipIf(missing !== undefined)(`what people say ${missing ?? ''}`, () => {
  beforeAll(() => stand.start())
  afterAll(() => stand.stop())

  test('is heard by all members, and by whoever has a partition later', async () => {
    const input = await stand.topics.add(2, 'in')
    const output = await stand.topics.add(1, 'out')
    const one = await member(input, output)
    const two = await member(input, output)
    await one.ready()
    await two.ready()
    const first = await spike(input, output)
    expect(first.map(({ silenced }) => silenced)).toEqual([undefined, undefined])

    const silence = { id: 'night', match: '*', durationMs: 3_600_000, who: 'ann' }
    expect(await say(one, 'POST', '/api/v1/silences', silence)).toBe(201)
    await expect.poll(() => heard(two), whole).toEqual(['night'])
    expect(silenced(await spike(input, output))).toEqual(['night', 'night'])

    await two.ended('SIGKILL')
    expect(silenced(await spike(input, output))).toEqual(['night', 'night'])

    const three = await member(input, output)
    await three.ready()
    await one.ended('SIGTERM')
    const late = await spike(input, output)
    expect(silenced(late)).toEqual(['night', 'night'])
    expect(await heard(three)).toEqual(['night'])

    expect(await say(three, 'DELETE', '/api/v1/silences/night?who=bob')).toBe(204)
    await expect.poll(() => heard(three), whole).toEqual([])
    const told = await spike(input, output)
    expect(silenced(told)).toEqual([undefined, undefined])
    const { alarm_id: alarmId } = told[0] as Alarm
    const path = `/api/v1/alarms/${alarmId}/label`
    expect(await say(three, 'POST', path, { who: 'eve', verdict: 'true' })).toBe(204)
    const labelled = async (): Promise<number> =>
      (await alarms(output)).filter((each) => each.news === 'labelled').length
    await expect.poll(labelled, whole).toBe(1)
  }, 400_000)

  test('is heard in the second stage of a topic without keys', { timeout: 400_000 }, async () => {
    const input = await stand.topics.add(2, 'in')
    const output = await stand.topics.add(1, 'out')
    const split = ', keyed: false, samples_topic: control-samples, samples_partitions: 2'
    const one = await member(input, output, split)
    const two = await member(input, output, split)
    await one.ready()
    await two.ready()
    expect(silenced(await spike(input, output))).toEqual([undefined, undefined])

    const silence = { id: 'work', match: '*', durationMs: 3_600_000, who: 'ann' }
    expect(await say(two, 'POST', '/api/v1/silences', silence)).toBe(201)
    await expect.poll(() => heard(one), whole).toEqual(['work'])
    // Whoever had said it is gone: the partitions of both stages are the other's.
    await two.ended('SIGKILL')
    expect(silenced(await spike(input, output))).toEqual(['work', 'work'])

    expect(await say(one, 'DELETE', '/api/v1/silences/work?who=bob')).toBe(204)
    await expect.poll(() => heard(one), whole).toEqual([])
    const told = await spike(input, output)
    expect(silenced(told)).toEqual([undefined, undefined])
    const [first, second] = told.map((each) => `/api/v1/alarms/${each.alarm_id}`)
    expect(await say(one, 'POST', `${first}/acknowledge`, { who: 'eve' })).toBe(204)
    expect(await say(one, 'POST', `${second}/label`, { who: 'eve', verdict: 'false' })).toBe(204)
    const news = async (): Promise<(string | undefined)[]> => {
      const all = (await alarms(output)).map((each) => each.news)
      return all.filter((each) => each === 'acknowledged' || each === 'labelled').toSorted()
    }
    await expect.poll(news, whole).toEqual(['acknowledged', 'labelled'])
    // What was said is heard once, by whoever has the partitions next too.
    await one.ended('SIGKILL')
    const three = await member(input, output, split)
    await three.ready()
    await spike(input, output)
    expect(await news()).toEqual(['acknowledged', 'labelled'])
  })
})
