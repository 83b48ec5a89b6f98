/**
 * What two clients can do with a real broker, as far as Forewarn needs it: the table in
 * docs/formats/kafka.md is what is seen here. The other side is kcat, which is neither.
 */

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Consumer, Producer } from '@platformatic/kafka'
import { CompressionTypes, Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kafkaMissing } from './cluster.ts'
import { TestTopics } from './topics.ts'

const missing = await kafkaMissing()

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
type Codec = (typeof codecs)[number]

/** What is asked of both. Each throws where the client cannot do it. */
interface Client {
  /** The values of a topic, in their order, once there are so many. */
  read(topic: string, count: number): Promise<string[]>
  write(topic: string, values: readonly string[], codec: Codec): Promise<void>
  /** Each value in a transaction of its own. */
  transact(topic: string, values: readonly { value: string; commits: boolean }[]): Promise<void>
}

let topics: TestTopics
let names = 0

const name = (): string => `client-${++names}`

const platformatic: Client = {
  async read(topic, count) {
    const { servers } = topics.cluster
    const consumer = new Consumer({ clientId: 'c', bootstrapBrokers: servers, groupId: name() })
    const found: string[] = []
    try {
      const asked = { topics: [topic], mode: 'earliest' as const, autocommit: false }
      for await (const { value } of await consumer.consume(asked)) {
        if (found.push(String(value)) === count) break
      }
    } finally {
      await consumer.close(true)
    }
    return found
  },
  async write(topic, values, compression) {
    const producer = new Producer({ clientId: 'c', bootstrapBrokers: topics.cluster.servers })
    try {
      const messages = values.map((value) => ({ topic, value: Buffer.from(value) }))
      await producer.send({ messages, compression })
    } finally {
      await producer.close(true)
    }
  },
  async transact(topic, values) {
    const { servers: bootstrapBrokers } = topics.cluster
    const id = { transactionalId: name(), idempotent: true, retries: 20 }
    const producer = new Producer({ clientId: 'c', bootstrapBrokers, ...id })
    try {
      for (const { value, commits } of values) {
        const transaction = await producer.beginTransaction()
        await transaction.send({ messages: [{ topic, value: Buffer.from(value) }] })
        await (commits ? transaction.commit() : transaction.abort())
      }
    } finally {
      await producer.close(true)
    }
  },
}

function kafka(): Kafka {
  const { servers: brokers } = topics.cluster
  return new Kafka({ clientId: 'k', brokers, logLevel: logLevel.NOTHING })
}

const kafkajs: Client = {
  async read(topic, count) {
    const consumer = kafka().consumer({ groupId: name() })
    const found: string[] = []
    await consumer.connect()
    try {
      await consumer.subscribe({ topics: [topic], fromBeginning: true })
      await new Promise<void>((resolve, reject) => {
        consumer.on('consumer.crash', ({ payload }) => reject(payload.error))
        const eachMessage = ({ message }: { message: { value: Buffer | null } }) => {
          if (found.push(String(message.value)) === count) resolve()
          return Promise.resolve()
        }
        consumer.run({ autoCommit: false, eachMessage }).catch(reject)
      })
    } finally {
      await consumer.disconnect()
    }
    return found
  },
  async write(topic, values, codec) {
    const { None: none, GZIP: gzip, Snappy: snappy, LZ4: lz4, ZSTD: zstd } = CompressionTypes
    const producer = kafka().producer()
    await producer.connect()
    try {
      const compression = { none, gzip, snappy, lz4, zstd }[codec]
      await producer.send({ topic, messages: values.map((value) => ({ value })), compression })
    } finally {
      await producer.disconnect()
    }
  },
  async transact(topic, values) {
    const own = { transactionalId: name(), idempotent: true, maxInFlightRequests: 1 }
    const producer = kafka().producer(own)
    await producer.connect()
    try {
      for (const { value, commits } of values) {
        const transaction = await producer.transaction()
        await transaction.send({ topic, messages: [{ value }] })
        await (commits ? transaction.commit() : transaction.abort())
      }
    } finally {
      await producer.disconnect()
    }
  },
}

const values = Array.from({ length: 200 }, (_, i) => `value ${i} ${'x'.repeat(50)}`)
const committed = ['a', 'b', 'c'].map((value) => ({ value, commits: value !== 'b' }))

function writtenByKcat(topic: string, codec: Codec): Promise<void> {
  const args = ['-P', '-b', topics.cluster.servers[0] as string, '-t', topic, '-z', codec]
  return new Promise((resolve, reject) => {
    const child = execFile('kcat', args, (error) => (error ? reject(error) : resolve()))
    child.stdin?.end(values.join('\n'))
  })
}

/** `yes` where all came through as it was; `no` where the client says that it cannot. */
async function answer(client: Client, ability: string): Promise<'yes' | 'no'> {
  const topic = await topics.add(1, 'client')
  const [verb, codec] = ability.split(' ') as [string, Codec]
  try {
    if (verb === 'reads') {
      await writtenByKcat(topic, codec)
      expect(await client.read(topic, values.length)).toEqual(values)
    } else if (verb === 'writes') {
      await client.write(topic, values, codec)
      expect((await topics.read(topic)).map(({ value }) => value)).toEqual(values)
    } else if (ability === 'leaves out what was aborted') {
      await platformatic.transact(topic, committed)
      expect(await client.read(topic, 2)).toEqual(['a', 'c'])
    } else {
      await client.transact(topic, committed)
      expect((await topics.read(topic)).map(({ value }) => value)).toEqual(['a', 'c'])
    }
    return 'yes'
  } catch (error) {
    if (/not implemented/.test(String(error))) return 'no'
    throw error
  }
}

/** The rows of the table: what, and what either can. */
function documented(): string[][] {
  const page = join(import.meta.dirname, '..', '..', '..', 'docs', 'formats', 'kafka.md')
  const rows = readFileSync(page, 'utf8').matchAll(/^\| (.+?) +\| (yes|no) +\| (yes|no) +\|$/gm)
  return [...rows].map((row) => row.slice(1))
}

describe.skipIf(missing !== undefined)(`clients of Kafka ${missing ?? ''}`, () => {
  beforeAll(async () => {
    topics = await TestTopics.start()
  })
  afterAll(() => topics?.stop())

  test('can what the table says', async () => {
    const table = documented()
    const compressions = codecs.flatMap((codec) => [`reads ${codec}`, `writes ${codec}`])
    const others = ['leaves out what was aborted', 'commits and aborts']
    expect(table.map(([ability]) => ability)).toEqual([...compressions, ...others])
    const seen: string[][] = []
    for (const [ability = ''] of table) {
      const both = [await answer(platformatic, ability), await answer(kafkajs, ability)]
      seen.push([ability, ...both])
    }
    expect(seen).toEqual(table)
  })
})
