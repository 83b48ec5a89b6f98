/** Topics of a test cluster: made, written to, and read by kcat, another client than ours. */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Admin, Producer } from '@platformatic/kafka'
import { KafkaCluster } from './cluster.ts'
import type { ClusterOptions } from './cluster.ts'

/** What is written to a topic. */
export interface Written {
  readonly value?: string
  readonly key?: string
  readonly partition?: number
  readonly timestampMs?: number
}

/** What kcat reads. */
export interface ReadMessage {
  readonly key: string
  readonly value: string
  readonly partition: number
}

/** `count` messages of Influx lines whose values count up. */
export function numbered(count: number, from = 0): Written[] {
  return Array.from({ length: count }, (_, i) => ({
    value: `m value=${from + i}`,
    key: `k${i % 7}`,
  }))
}

/** Writes of five seconds of trying each. */
const writesMax = 24

/** A cluster and the clients of a test. */
export class TestTopics {
  readonly cluster: KafkaCluster
  readonly admin: Admin
  readonly producer: Producer
  #made = 0

  private constructor(cluster: KafkaCluster) {
    this.cluster = cluster
    const bootstrapBrokers = cluster.servers
    // A broker that is killed is missed after nine seconds (broker.session.timeout.ms).
    const common = { clientId: 'test', bootstrapBrokers, retries: 150, retryDelay: 200 }
    this.admin = new Admin(common)
    // What only the leader has is gone if that one is killed, which no reader can make up for.
    this.producer = new Producer({ ...common, acks: -1, retries: 25 })
  }

  static async start(options: ClusterOptions = {}): Promise<TestTopics> {
    return new TestTopics(await KafkaCluster.start(options))
  }

  async stop(): Promise<void> {
    await this.producer.close(true)
    await this.admin.close()
    await this.cluster.stop()
  }

  /** A new topic, one replica a partition unless said otherwise. */
  async add(partitions: number, prefix = 'topic', replicas = 1): Promise<string> {
    const topic = `${prefix}-${++this.#made}`
    await this.admin.createTopics({ topics: [topic], partitions, replicas })
    return topic
  }

  /** Writes, as often as it takes while leaders change: what was written may be there twice. */
  async write(topic: string, messages: readonly Written[]): Promise<void> {
    const sent = messages.map(({ value, key, partition, timestampMs }) => ({
      topic,
      ...(key !== undefined && { key: Buffer.from(key) }),
      ...(value !== undefined && { value: Buffer.from(value) }),
      ...(partition !== undefined && { partition }),
      ...(timestampMs !== undefined && { timestamp: BigInt(timestampMs) }),
    }))
    for (let again = 0; ; again++) {
      try {
        await this.producer.send({ messages: sent })
        return
      } catch (error) {
        if (again === writesMax) throw error
        // The client asks the leader that it knows: it has to be told to look for another.
        const look = { topics: [topic], forceUpdate: true }
        await this.producer.metadata(look).catch(() => undefined)
      }
    }
  }

  /** All messages of a topic. */
  async read(topic: string): Promise<ReadMessage[]> {
    const format = ['-f', '%p\\x01%k\\x01%s\\x02']
    const args = `-C -b ${this.cluster.servers[0]} -t ${topic} -o beginning -e -q`.split(' ')
    const { stdout } = await promisify(execFile)('kcat', [...args, ...format], {
      maxBuffer: 512 * 1024 ** 2,
    })
    const messages = stdout.split('\u0002').slice(0, -1)
    return messages.map((text) => {
      const [partition, key, value] = text.split('\u0001')
      return { partition: Number(partition), key: key as string, value: value as string }
    })
  }

  /** The values of all messages of a topic, as they are. */
  async values(topic: string): Promise<Uint8Array[]> {
    const args = `-C -b ${this.cluster.servers[0]} -t ${topic} -o beginning -e -q`.split(' ')
    const { stdout } = await promisify(execFile)('kcat', [...args, '-f', '%S %s'], {
      maxBuffer: 64 * 1024 ** 2,
      encoding: 'buffer',
    })
    const values: Uint8Array[] = []
    for (let at = 0; at < stdout.length;) {
      const start = stdout.indexOf(0x20, at) + 1
      const length = Number(stdout.toString('latin1', at, start - 1))
      values.push(stdout.subarray(start, start + length))
      at = start + length
    }
    return values
  }

  /** All lines of all messages of a topic. */
  async lines(topic: string): Promise<string[]> {
    const messages = await this.read(topic)
    return messages.flatMap(({ value }) => value.trimEnd().split('\n'))
  }

  /** Whether all there is of a topic was taken for good by a group: committed to its ends. */
  async isTaken(topic: string, group: string): Promise<boolean> {
    const [committed] = await this.admin.listConsumerGroupOffsets({ groups: [group] })
    const places = committed?.topics.find(({ name }) => name === topic)?.partitions ?? []
    const metadata = await this.admin.metadata({ topics: [topic] })
    const count = metadata.topics.get(topic)?.partitions.length ?? 0
    // Latest, as the protocol writes it.
    const partitions = Array.from({ length: count }, (_, i) => {
      return { partitionIndex: i, timestamp: -1n }
    })
    const [ends] = await this.admin.listOffsets({ topics: [{ name: topic, partitions }] })
    return (ends?.partitions ?? []).every(({ partitionIndex, offset }) => {
      const place = places.find((each) => each.partitionIndex === partitionIndex)
      return offset === 0n || place?.committedOffset === offset
    })
  }

  /** Whether nobody is in a group, as those are still whose session has not ended. */
  async isLeft(group: string): Promise<boolean> {
    const found = (await this.admin.describeGroups({ groups: [group] })).get(group)
    return found?.members.size === 0
  }

  /** How many members a group has; 0 while it is changing. */
  async members(group: string): Promise<number> {
    const found = (await this.admin.describeGroups({ groups: [group] })).get(group)
    return found?.state === 'Stable' ? found.members.size : 0
  }
}
