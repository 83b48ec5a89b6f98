/**
 * Speed against a real Kafka broker: what the clients read without doing anything with it, and what
 * Forewarn reads, decodes, scores and writes back.
 *
 *   node bench/speed/kafka.ts [--json] [--messages 300000] [--rounds 3] [--rate MESSAGES]
 *       [--ways TEXT]
 *
 * A topic of four partitions is filled with Influx lines of four fields, one a message, of 500
 * hosts. Every way reads all of it once a round, one after the other. Rates are messages a second
 * of CPU time of the reading process, so that other load on the machine matters little; medians
 * over the rounds. Forewarn is a process of its own, and its writing back is in its time; it is
 * measured from the first fifth on, since the others too have learned their machine code by then.
 * `--ways`: of the program's ways only those with this in their names. Ratios
 * are to the client's own fetch, the limit of any reader that uses it, and to its stream of
 * messages, which is how programs read with it.
 *
 * Then messages are sent at half of the rate of the program (or `--rate`), and it is measured how
 * long after each its scores are read from the other topic.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Consumer } from '@platformatic/kafka'
import { Kafka, logLevel } from 'kafkajs'
import { Random } from '../../src/core/random.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { KafkaSource } from '../../src/sources/kafka.ts'
import { kafkaSourceOptions } from '../../src/sources/kafka/options.ts'
import { systemClock } from '../../src/telemetry/system-clock.ts'
import { kafkaMissing } from '../../test/live/kafka/cluster.ts'
import { TestTopics } from '../../test/live/kafka/topics.ts'
import { LiveProgram, forewarnCommand, freePort, pause } from '../../test/live/live-program.ts'

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean' },
    messages: { type: 'string', default: '300000' },
    rounds: { type: 'string', default: '3' },
    rate: { type: 'string' },
    ways: { type: 'string', default: '' },
  },
})
const messageCount = Number(flags.messages)
const rounds = Number(flags.rounds)
const hosts = 500
/** How long messages are sent at a steady rate; the first half is for warming up. */
const delaySeconds = 16
/** Fewer bytes than a broker takes at once. */
const sentAtOnceMax = 4_000

const missing = await kafkaMissing()
if (missing !== undefined) {
  process.stdout.write(flags.json === true ? JSON.stringify({ missing }) + '\n' : `${missing}\n`)
  process.exit(0)
}

const topics = await TestTopics.start()
const servers = topics.cluster.servers
const input = await topics.add(4, 'in')
let groups = 0

async function fill(): Promise<void> {
  const random = new Random(1)
  const share = (): string => (10 + 5 * random.uniform()).toFixed(3)
  for (let first = 0; first < messageCount; first += 5_000) {
    const messages = Array.from({ length: Math.min(5_000, messageCount - first) }, (_, i) => {
      const at = first + i
      const fields = `usage_user=${share()},usage_system=${share()},usage_idle=${share()}`
      const ns = `${1_700_000_000 + Math.floor(at / hosts)}000000000`
      const value = `cpu,host=h${at % hosts} ${fields},usage_iowait=${share()} ${ns}`
      return { key: `h${at % hosts}`, value }
    })
    await topics.write(input, messages)
  }
}

/** Messages a CPU second of this process while `read` reads them all. */
async function rateHere(read: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  await read()
  const { user, system } = process.cpuUsage(before)
  return messageCount / ((user + system) / 1e6)
}

async function byStream(): Promise<void> {
  const common = { clientId: 'bench', bootstrapBrokers: servers }
  const consumer = new Consumer({ ...common, groupId: `stream-${++groups}` })
  const stream = await consumer.consume({ autocommit: false, topics: [input], mode: 'earliest' })
  let seen = 0
  for await (const _message of stream) if (++seen === messageCount) break
  await consumer.close(true)
}

/** The client's fetch alone, as our source asks for it, without making records of it. */
async function byFetch(): Promise<void> {
  const common = { clientId: 'bench', bootstrapBrokers: servers }
  const consumer = new Consumer({ ...common, groupId: `fetch-${++groups}` })
  consumer.topics.trackAll(input)
  await consumer.joinGroup()
  const topic = (await consumer.metadata({ topics: [input] })).topics.get(input)
  if (topic === undefined) throw new Error('the topic is gone')
  const next = new Map([0, 1, 2, 3].map((partition) => [partition, 0n]))
  let seen = 0
  while (seen < messageCount) {
    const wishes = [...next].map(([partition, fetchOffset]) => ({
      topicId: topic.id,
      partitions: [
        {
          partition,
          fetchOffset,
          currentLeaderEpoch: -1,
          lastFetchedEpoch: -1,
          partitionMaxBytes: 1024 ** 2,
        },
      ],
    }))
    const node = topic.partitions[0]?.leader ?? 1
    const bounds = { minBytes: 1, maxBytes: 8 * 1024 ** 2, maxWaitTime: 250, isolationLevel: 1 }
    const { responses } = await consumer.fetch({ node, topics: wishes, ...bounds })
    for (const { partitions } of responses) {
      for (const { partitionIndex, records } of partitions) {
        for (const batch of records ?? []) {
          const end = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n
          if (end <= (next.get(partitionIndex) ?? 0n)) continue
          seen += batch.records.length
          next.set(partitionIndex, end)
        }
      }
    }
  }
  await consumer.close(true)
}

async function byKafkajs(): Promise<void> {
  const kafka = new Kafka({ clientId: 'bench', brokers: servers, logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId: `kafkajs-${++groups}` })
  await consumer.connect()
  await consumer.subscribe({ topics: [input], fromBeginning: true })
  let seen = 0
  await new Promise<void>((resolve, reject) => {
    const eachBatch = async ({ batch }: { batch: { messages: unknown[] } }): Promise<void> => {
      seen += batch.messages.length
      if (seen >= messageCount) resolve()
    }
    consumer.run({ autoCommit: false, eachBatch }).catch(reject)
  })
  await consumer.disconnect()
}

async function bySource(): Promise<void> {
  const given = { brokers: servers, topics: [input], group: `source-${++groups}` } as const
  const options = optionsWithDefaults(kafkaSourceOptions, { ...given, start: 'earliest' })
  const around = { name: 'in', clock: systemClock, onRejection: () => undefined }
  const stop = new AbortController()
  let seen = 0
  for await (const { records } of new KafkaSource(options, around).batches(stop.signal)) {
    for (const { kind } of records) if (kind === 'data') seen++
    if (seen >= messageCount) stop.abort()
  }
}

/** The program between two topics, and where it writes. */
async function forewarn(
  from: string,
  { format, perMessage, more = '' }: { format: string; perMessage: number; more?: string },
): Promise<{ program: LiveProgram; output: string; folder: string }> {
  const output = await topics.add(4, 'out')
  const folder = mkdtempSync(join(tmpdir(), 'forewarn-kafka-speed-'))
  const brokers = `brokers: [${servers.join(', ')}]`
  const read = `topics: [${from}], group: ${output}, start: earliest`
  const write = `topic: ${output}, format: ${format}, alarms: false, per_message: ${perMessage}`
  const delivery = `delivery: { when_full: wait, batch_max: 20000${more} }`
  const yaml = `sources: { in: { type: kafka, ${brokers}, ${read} } }
detectors: [{ match: '*', detector: ema, probation: 30 }]
sinks: { out: { type: kafka, ${brokers}, ${write}, ${delivery} } }
store: { type: none }
telemetry: { log_level: error }
`
  const program = new LiveProgram(forewarnCommand(folder, await freePort(), yaml))
  await program.ready()
  return { program, output, folder }
}

/** The whole program over all that is there. */
async function byForewarn(format: string, perMessage: number): Promise<number> {
  const { program, folder } = await forewarn(input, { format, perMessage })
  const wanted = messageCount * 4
  let written = 0
  const writtenAtLeast = async (count: number): Promise<void> => {
    for (;;) {
      written = await program.metric('forewarn_sink_reports_total', 'sink="out"')
      if (written >= count) return
      await pause(200)
    }
  }
  await writtenAtLeast(wanted / 5)
  const [startSeconds, before] = [program.cpuSeconds(), written]
  await writtenAtLeast(wanted)
  const seconds = program.cpuSeconds() - startSeconds
  await program.ended('SIGTERM')
  rmSync(folder, { recursive: true, force: true })
  return (wanted - before) / 4 / seconds
}

/** Lines of all hosts in turn, sent at a steady rate: milliseconds from there to their scores. */
async function delays(perSecond: number): Promise<number[]> {
  const live = await topics.add(4, 'live')
  const more = ', batch_after: 20ms'
  const form = { format: 'influx-scores', perMessage: 500, more }
  const { program, output, folder } = await forewarn(live, form)
  const groupId = `${output}-read`
  const reader = new Consumer({ clientId: 'delays', bootstrapBrokers: servers, groupId })
  const scores = await reader.consume({ autocommit: false, topics: [output], mode: 'earliest' })
  const seen: number[] = []
  const reading = (async () => {
    for await (const { value } of scores) {
      const nowMs = Date.now()
      for (const [, ms] of value.toString().matchAll(/ (\d{13})\d{6}\n/g)) {
        seen.push(nowMs - Number(ms))
      }
    }
  })()
  const startMs = Date.now()
  let sent = 0
  while (Date.now() < startMs + delaySeconds * 1000) {
    const due = Math.floor(((Date.now() - startMs) / 1000) * perSecond)
    const count = Math.min(due - sent, sentAtOnceMax)
    const messages = Array.from({ length: count }, (_, i) => {
      const host = `h${(sent + i) % hosts}`
      const fields = 'usage_user=10.1,usage_system=3.2,usage_idle=80.5,usage_iowait=0.25'
      return { key: host, value: `cpu,host=${host} ${fields} ${Date.now()}000000` }
    })
    sent += count
    if (messages.length > 0) await topics.write(live, messages)
    await pause(5)
  }
  const untilMs = Date.now() + 30_000
  const enough = (): boolean => seen.length >= sent * 4 || Date.now() > untilMs
  while (!enough()) await pause(100)
  await program.ended('SIGTERM')
  await reader.close(true)
  await reading.catch(() => undefined)
  rmSync(folder, { recursive: true, force: true })
  // While it learns its machine code it is not what it is later.
  return seen.slice(seen.length >> 1)
}

const ways: Readonly<Record<string, () => Promise<number>>> = {
  'client, fetch': () => rateHere(byFetch),
  'client, stream': () => rateHere(byStream),
  'kafkajs, batches': () => rateHere(byKafkajs),
  'our source': () => rateHere(bySource),
  'forewarn, influx, 500 scores a message': () => byForewarn('influx-scores', 500),
  'forewarn, carbon, 500 scores a message': () => byForewarn('graphite-scores', 500),
  'forewarn, json, 500 scores a message': () => byForewarn('json-lines', 500),
  'forewarn, influx, one score a message': () => byForewarn('influx-scores', 1),
}

await fill()
await bySource()
const asked = Object.keys(ways).filter(
  (name) => !name.startsWith('forewarn') || name.includes(flags.ways),
)
const rates = new Map<string, number[]>(asked.map((name) => [name, []]))
for (let round = 0; round < rounds; round++) {
  process.stderr.write(`kafka: round ${round + 1} of ${rounds}\n`)
  for (const [name, all] of rates) all.push((await ways[name]?.()) ?? NaN)
}
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] as number
const rateOf = (name: string): number => median(rates.get(name) ?? [])
const fetched = rateOf('client, fetch')
const streamed = rateOf('client, stream')
const results = [...rates.keys()].map((name) => {
  const messagesPerCpuSecond = rateOf(name)
  const toFetch = messagesPerCpuSecond / fetched
  return { name, messagesPerCpuSecond, toFetch, toStream: messagesPerCpuSecond / streamed }
})
if (flags.json !== true) {
  const head = `Kafka, ${messageCount} messages of four fields, a CPU second`
  process.stdout.write(`${head.padEnd(52)}to fetch  to stream\n`)
  for (const { name, messagesPerCpuSecond, toFetch, toStream } of results) {
    const rate = `${(messagesPerCpuSecond / 1000).toFixed(0)} k/s`.padStart(11)
    const ratios = [toFetch, toStream].map((ratio) => `${ratio.toFixed(2)} ×`.padStart(10))
    process.stdout.write(`${name.padEnd(40)}${rate}${ratios.join('')}\n`)
  }
}

// At half the load: of what one second of a processor does.
const perSecond = Math.round(
  Number(flags.rate ?? rateOf('forewarn, influx, 500 scores a message') / 2),
)
const delayed = (await delays(perSecond)).toSorted((a, b) => a - b)
const delayAt = (share: number): number => delayed[Math.floor(delayed.length * share)] as number
const halfWithinMs = delayAt(0.5)
const p99WithinMs = delayAt(0.99)
await topics.stop()
if (flags.json === true) {
  const delay = { perSecond, halfWithinMs, p99WithinMs }
  process.stdout.write(JSON.stringify({ messages: messageCount, results, delay }) + '\n')
} else {
  const within = `half within ${halfWithinMs} ms, 99 % within ${p99WithinMs} ms`
  process.stdout.write(`produced to scored, ${perSecond} messages a second: ${within}\n`)
}
process.exit(0)
