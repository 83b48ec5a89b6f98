/**
 * Says on a topic which topics this member reads: the bare name of each, a message each.
 *
 * For senders that spread what they send over the topics that are listened to, as Pensu's do.
 * Whoever listens counts a topic as read until its name has not come for a few times.
 */

import { Producer } from '@platformatic/kafka'
import { kafkaClientOptions } from '../../connections/kafka.ts'
import type { KafkaSourceOptions } from './options.ts'

/** See the head of the file. */
export class Announcer {
  readonly #options: KafkaSourceOptions
  #producer: Producer | undefined

  constructor(options: KafkaSourceOptions) {
    this.#options = options
  }

  /** Says it once. Throws what the brokers answer; the next time a new client tries. */
  async announce(topics: readonly string[]): Promise<void> {
    const { announceTopic: topic } = this.#options
    if (topics.length === 0) return
    const client = { ...kafkaClientOptions(this.#options), autocreateTopics: true }
    const producer = (this.#producer ??= new Producer(client))
    try {
      await producer.send({ messages: topics.map((name) => ({ topic, value: Buffer.from(name) })) })
    } catch (error) {
      await this.close().catch(() => {
        // The client is given up; why it failed is told already.
      })
      throw error
    }
  }

  async close(): Promise<void> {
    const producer = this.#producer
    this.#producer = undefined
    await producer?.close(true)
  }
}
