/**
 * The control topic: what people say to one of several programs, for all of them.
 *
 *   API ──say──▶ producer ──▶ topic, one partition, compacted ──▶ every program ──▶ its partitions
 *    ▲ 2xx once the brokers have it                                     (from its beginning)
 *
 * Every program reads it whole at its start and keeps the words, because a partition that it gets
 * later may not have heard the last ones. Each word is taken once: its offset is a position like
 * any other. Words are few and small; `wordsMax` bounds them all the same.
 */

import { Admin, Consumer, Producer } from '@platformatic/kafka'
import { kafkaClientOptions } from '../../connections/kafka.ts'
import type { KafkaConnectionOptions } from '../../connections/kafka.ts'
import { kafkaAnswers } from '../../connections/kafka-requests.ts'
import type { Clock, Timers } from '../../core/clock.ts'
import type { ControlRecord, Word } from '../../core/record.ts'
import { wordKey, wordOf, wordText } from './word-text.ts'

/** Words that are kept; of more, the oldest are forgotten: of people's words years. */
const wordsMax = 100_000

/** First and longest pause before something is asked for again. */
const againFirstMs = 200
const againCapMs = 5_000

/** Kafka's word for the oldest record. */
const earliest = -2n

const topicShape = {
  partitions: 1,
  configs: [
    { name: 'cleanup.policy', value: 'compact' },
    // A partition that was read last a day ago still finds what it had heard.
    { name: 'min.compaction.lag.ms', value: String(86_400_000) },
  ],
}

/** What it is made with. */
export interface ControlTopicParts {
  readonly connection: KafkaConnectionOptions
  readonly topic: string
  readonly clock: Clock & Timers
  readonly onFailure: (error: unknown, againMs: number) => void
  /** Told of each new word. */
  readonly onWord: (record: ControlRecord) => void
}

/** See the head of the file. */
export class ControlTopic {
  /** Name of its partition in origins. */
  readonly partition: string
  readonly #parts: ControlTopicParts
  readonly #words: ControlRecord[] = []
  #nextOffset = -1
  #producer: Producer | undefined
  readonly #caughtUp = Promise.withResolvers<void>()

  constructor(parts: ControlTopicParts) {
    this.#parts = parts
    this.partition = `control/${parts.topic}/0`
  }

  /** Resolves once all that stood there at the start has been read, or reading has ended. */
  get caughtUp(): Promise<void> {
    return this.#caughtUp.promise
  }

  /** The words that stand behind an offset, in their order; all where it is -1. */
  after(offset: number): readonly ControlRecord[] {
    return this.#words.filter(({ origin }) => origin.offset > offset)
  }

  /** Writes a word; `refused` where the brokers did not take it. */
  async say(word: Word): Promise<'taken' | 'refused'> {
    const { connection, topic, clock, onFailure } = this.#parts
    const said = { word, saidMs: clock.nowMs() }
    const message = {
      topic,
      partition: 0,
      key: Buffer.from(wordKey(word)),
      value: Buffer.from(wordText(said)),
    }
    try {
      const options = { ...kafkaClientOptions(connection), idempotent: true, acks: -1 }
      const producer = (this.#producer ??= new Producer(options))
      await producer.send({ messages: [message] })
      return 'taken'
    } catch (error) {
      onFailure(error, 0)
      const producer = this.#producer
      this.#producer = undefined
      await producer?.close(true).catch(() => undefined)
      return 'refused'
    }
  }

  /** Makes the topic where it is missing, and reads it until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, onFailure } = this.#parts
    let againMs = againFirstMs
    while (!signal.aborted) {
      const consumer = this.#consumer()
      try {
        await this.#made()
        await this.#read(consumer, signal, () => (againMs = againFirstMs))
      } catch (error) {
        if (!signal.aborted) onFailure(error, againMs)
      } finally {
        await consumer.close(true).catch(() => undefined)
      }
      if (!signal.aborted) await new Promise<void>((resolve) => clock.after(againMs, resolve))
      againMs = Math.min(againCapMs, 2 * againMs)
    }
    this.#caughtUp.resolve()
    await this.#producer?.close(true)
  }

  #consumer(): Consumer {
    const { connection, topic } = this.#parts
    // It joins no group; the client wants a name for one.
    return new Consumer({ ...kafkaClientOptions(connection), groupId: `${topic}-reader` })
  }

  async #made(): Promise<void> {
    const { connection, topic } = this.#parts
    const admin = new Admin(kafkaClientOptions(connection))
    try {
      await admin.createTopics({ topics: [topic], ...topicShape })
    } catch (error) {
      if (!/TOPIC_ALREADY_EXISTS/.test(kafkaAnswers(error))) throw error
    } finally {
      await admin.close()
    }
  }

  async #read(consumer: Consumer, signal: AbortSignal, succeeded: () => void): Promise<void> {
    const { topic } = this.#parts
    const bounds = { topics: [topic], partitions: { [topic]: [0] }, isolationLevel: 0 as const }
    const ends = await consumer.listOffsets({ ...bounds, timestamp: -1n })
    const endOffset = Number(ends.get(topic)?.[0] ?? 0n)
    if (this.#nextOffset < 0) {
      const firsts = await consumer.listOffsets({ ...bounds, timestamp: earliest })
      this.#nextOffset = Number(firsts.get(topic)?.[0] ?? 0n)
    }
    while (!signal.aborted) {
      if (this.#nextOffset >= endOffset) this.#caughtUp.resolve()
      const metadata = await consumer.metadata({ topics: [topic] })
      const known = metadata.topics.get(topic)
      const node = known?.partitions[0]?.leader ?? -1
      if (known === undefined || node < 0) throw new Error(`the topic ${topic} has no leader`)
      const place = {
        partition: 0,
        fetchOffset: BigInt(this.#nextOffset),
        currentLeaderEpoch: -1,
        lastFetchedEpoch: -1,
        partitionMaxBytes: 1024 ** 2,
      }
      const { responses } = await consumer.fetch({
        node,
        topics: [{ topicId: known.id, partitions: [place] }],
        minBytes: 1,
        maxBytes: 4 * 1024 ** 2,
        maxWaitTime: 250,
        isolationLevel: 0,
      })
      succeeded()
      for (const { records } of responses.flatMap(({ partitions }) => partitions)) {
        for (const batch of records ?? []) {
          for (const { offsetDelta, value } of batch.records) {
            this.#take(Number(batch.firstOffset) + offsetDelta, value)
          }
          const next = Number(batch.firstOffset) + batch.lastOffsetDelta + 1
          this.#nextOffset = Math.max(this.#nextOffset, next)
        }
      }
    }
  }

  #take(offset: number, value: Uint8Array | null): void {
    const said = value === null ? undefined : wordOf(value)
    if (said === undefined || offset < this.#nextOffset) return
    const origin = { partition: this.partition, offset, receivedMs: said.saidMs }
    const record: ControlRecord = { ...said.word, kind: 'control', origin }
    this.#words.push(record)
    if (this.#words.length > wordsMax) this.#words.shift()
    this.#parts.onWord(record)
  }
}
