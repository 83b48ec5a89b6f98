/**
 * A rollup behind a repartition: two shops whose messages of two topics lie in any partition. A
 * program a topic writes samples, by shop, to one topic between; another joins them there by shop.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SamplesDecoder } from '../../../src/codecs/samples.ts'
import type { Observation } from '../../../src/core/observation.ts'
import type { LiveProgram } from '../live-program.ts'
import { redisMissing } from '../redis-server.ts'
import { kafkaMissing } from './cluster.ts'
import { Stand } from './stand.ts'
import type { Written } from './topics.ts'

const missing = (await kafkaMissing()) ?? redisMissing()

const patience = { timeout: 90_000, interval: 300 }
const seconds = 40
const limitMs = 70
const startEpoch = 1_700_000_000
const shops = ['a', 'b']

const cpuOf = (shop: number, second: number): number => (7 * second + 31 * shop) % 100
const millisOf = (shop: number, second: number): number[] =>
  Array.from({ length: 3 + ((second + shop) % 3) }, (_, i) => 10 + ((second * 17 + i * 29) % 90))

/** Messages of a second, in any partition: a message of `stats` and one a request. */
function written(second: number): { readonly stats: Written[]; readonly responsetime: Written[] } {
  const epoch = startEpoch + second
  const timestampMs = epoch * 1000
  const stats = shops.map((name, shop) => {
    const value = `${epoch},${cpuOf(shop, second)},17,${name}`
    return { value, timestampMs, partition: (second + shop) % 2 }
  })
  const responsetime = shops.flatMap((name, shop) =>
    millisOf(shop, second).map((millis, i) => {
      return { value: `${millis},${epoch},${name}`, timestampMs, partition: (second + i) % 2 }
    }),
  )
  return { stats, responsetime }
}

/** What the aggregator would have written of each shop. */
function aggregated(): string[] {
  const lines: string[] = []
  for (let second = 0; second < seconds; second++) {
    for (const shop of shops.keys()) {
      const millis = millisOf(shop, second)
      const sum = millis.reduce((total, each) => total + each, 0)
      const over = millis.filter((each) => each >= limitMs).length
      lines.push(
        `{"count": ${millis.length}, "mem": 17, "max": ${Math.max(...millis)}, ` +
          `"timestamp": ${startEpoch + second}, "summation": ${sum}, "violations": ${over}, ` +
          `"cpu": ${cpuOf(shop, second)}, "mean": ${Math.floor(sum / millis.length)}}`,
      )
    }
  }
  return lines
}

type Part = 'stats' | 'responsetime' | 'join'

function yamlOf(part: Part, servers: string, redis: string): string {
  const joins = part === 'join'
  const columns =
    part === 'responsetime'
      ? 'columns: [millis, epoch, shop], timestamp_column: epoch, value_columns: [millis]'
      : 'columns: [epoch, cpu, mem, shop], value_columns: [cpu, mem]'
  return `sources:
  in:
    type: kafka
    brokers: [${servers}]
    topics: [${joins ? 'stats, responsetime' : part}]
    group: ${part}
    start: earliest
    session_timeout: 6s
    keyed: false
    stages: ${joins ? 'score' : 'decode'}
    samples_topic: shops
    samples_partitions: 2
    samples_by: [shop]
    codec: { type: csv, header: absent, name: ${part}, label_columns: [shop], ${columns} }
transforms:
  - type: rollup
    name: aggregate
    window: 1s
    lateness: 1h
    open_windows: 86400
    group_by: [shop]
    inputs: { millis: 'responsetime*', cpu: 'stats:cpu*', mem: 'stats:mem*' }
    fields:
      count: count(millis)
      mem: last(mem)
      max: max(millis)
      summation: sum(millis)
      violations: over(millis, ${limitMs})
      cpu: last(cpu)
      mean: whole_mean(millis)
  - type: group
    match: 'aggregate*'
    name: objective
    fields: [mean, count, mem, max, summation, violations, cpu]
    keep: false
detectors: [{ match: '*', detector: early-warning, limit: ${limitMs} }]
sinks:
  out: { type: kafka, brokers: [${servers}], topic: aggregate, format: aggregate }
store:
  type: redis
  scope: partition
  redis_url: ${redis}
  redis_prefix: ${part}
  folder: '${stand.newFolder('state')}'
  checkpoint_every: 300ms
`
}

const stand = new Stand('rollup')

describe.skipIf(missing !== undefined)(`a rollup of topics without keys ${missing ?? ''}`, () => {
  beforeAll(() => stand.start())
  afterAll(() => stand.stop())

  test('joins what belongs to a shop, wherever it lay', async () => {
    const programs: LiveProgram[] = []
    for (const topic of ['stats', 'responsetime', 'aggregate']) {
      await stand.topics.admin.createTopics({ topics: [topic], partitions: 2, replicas: 1 })
    }
    for (let second = 0; second < seconds; second++) {
      const { stats, responsetime } = written(second)
      await stand.topics.write('responsetime', responsetime)
      await stand.topics.write('stats', stats)
    }
    const wanted = aggregated()
    const servers = stand.topics.cluster.servers.join(',')
    for (const part of ['stats', 'responsetime', 'join'] as const) {
      const program = await stand.program(yamlOf(part, servers, stand.redis.url))
      programs.push(program)
      await program.ready()
    }
    const between = async (): Promise<number> => {
      const found: Observation[] = []
      for (const value of await stand.topics.values('shops')) {
        new SamplesDecoder().decode(value, { partition: 's', offset: 0, receivedMs: 0 }, found)
      }
      return found.length
    }
    const requests = wanted.map((line) => Number(/"count": (\d+)/.exec(line)?.[1]))
    const samples = requests.reduce((sum, each) => sum + each, 2 * wanted.length)
    await expect.poll(between, patience).toBe(samples)
    // All windows are open for an hour, in whatever order the partitions were read. Two hours on:
    const last = written(seconds + 7200)
    await stand.topics.write('stats', last.stats)
    await stand.topics.write('responsetime', last.responsetime)
    const read = async (): Promise<string[]> =>
      (await stand.topics.read('aggregate')).map(({ value }) => value)
    await expect.poll(async () => (await read()).length, patience).toBe(wanted.length)
    for (const each of programs) expect(await each.ended('SIGTERM')).toBe(143)
    expect((await read()).toSorted()).toEqual(wanted.toSorted())
  }, 240_000)
})
