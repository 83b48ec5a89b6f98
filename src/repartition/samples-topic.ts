/**
 * The topic between the two stages of a repartition: made where it is missing, written to by an
 * idempotent producer, in the order given.
 *
 * What was not acknowledged is written again by a new client, whose numbers the brokers do not
 * know, so it may stand there twice: the second stage skips what it has taken. It never stands
 * there in part with something later before it: a failed write is repeated from its beginning.
 */

import { Admin, Producer, compatibilityPartitioner } from '@platformatic/kafka'
import type { MessageToProduce } from '@platformatic/kafka'
import { kafkaClientOptions } from '../connections/kafka.ts'
import type { KafkaConnectionOptions } from '../connections/kafka.ts'
import { kafkaAnswers, kafkaRequests } from '../connections/kafka-requests.ts'
import type { Labels } from '../core/labels.ts'
import { LabelsCache } from '../core/labels-cache.ts'

/** At most this much of a partition in a request: brokers refuse over 1 MiB by default. */
const requestBytes = 768 * 1024

/** How the topic is reached and made. */
export interface SamplesTopicOptions extends KafkaConnectionOptions {
  readonly samplesTopic: string
  readonly samplesPartitions: number
  readonly samplesBy: readonly string[]
  readonly samplesCompression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
}

/** A record for one partition of the topic. */
export interface SamplesRecord {
  readonly partition: number
  readonly value: Uint8Array
}

/** See the head of the file. */
export class SamplesTopic {
  readonly #options: SamplesTopicOptions
  readonly #places = new LabelsCache<number>()
  #partitions = 0
  #producer: Producer | undefined

  constructor(options: SamplesTopicOptions) {
    this.#options = options
  }

  /** Partitions that it has; 0 before `open`. */
  get partitions(): number {
    return this.#partitions
  }

  /** Makes it, where it is missing, and learns its partitions. Throws what brokers say. */
  async open(): Promise<void> {
    const { samplesTopic: topic, samplesPartitions: partitions } = this.#options
    const admin = new Admin(kafkaClientOptions(this.#options))
    try {
      await madeTopic(admin, topic, { partitions })
      const metadata = await admin.metadata({ topics: [topic] })
      this.#partitions = metadata.topics.get(topic)?.partitionsCount ?? 0
      if (this.#partitions === 0) throw new Error(`the topic ${topic} is not there yet`)
    } finally {
      await admin.close()
    }
  }

  /** The partition of a series: Kafka's own for its key, or for its labels of `samplesBy`. */
  partitionOf(labels: Labels): number {
    const known = this.#places.get(labels)
    if (known !== undefined) return known
    const { samplesBy } = this.#options
    const key =
      samplesBy.length === 0
        ? labels.key
        : JSON.stringify(samplesBy.map((name) => labels.get(name) ?? ''))
    const hash = compatibilityPartitioner(undefined as never, Buffer.from(key))
    const place = hash % this.#partitions
    this.#places.set(labels, place)
    return place
  }

  /** Resolves once the brokers have acknowledged all of it. Throws what they answer. */
  async write(records: readonly SamplesRecord[]): Promise<void> {
    const { samplesTopic: topic, samplesCompression: compression } = this.#options
    const messages = records.map(({ partition, value }): MessageToProduce => {
      const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      return { topic, partition, value: bytes }
    })
    try {
      const producer = (this.#producer ??= this.#made())
      for (const group of kafkaRequests(messages, requestBytes)) {
        await producer.send({ messages: group, compression })
      }
    } catch (error) {
      // Its sequence numbers are unknown now; a new client starts with new ones.
      await this.close().catch(() => undefined)
      throw error
    }
  }

  async close(): Promise<void> {
    const producer = this.#producer
    this.#producer = undefined
    await producer?.close(true)
  }

  #made(): Producer {
    return new Producer({ ...kafkaClientOptions(this.#options), idempotent: true, acks: -1 })
  }
}

/** Makes a topic; one that is there already stays as it is. */
export async function madeTopic(
  admin: Admin,
  topic: string,
  shape: { readonly partitions: number; readonly configs?: { name: string; value: string }[] },
): Promise<void> {
  try {
    await admin.createTopics({ topics: [topic], ...shape })
  } catch (error) {
    if (!/TOPIC_ALREADY_EXISTS/.test(kafkaAnswers(error))) throw error
  }
}
