/**
 * The Kafka sink: reports as messages of a topic, each series always in the same partition.
 *
 *   perMessage: 1    key = series key, value = one report
 *   perMessage: N    no key; up to N reports of one partition, in their order
 *
 * The partition of a series is that which Kafka's own producer gives to its key, in both forms, so
 * what reads the topic by key finds all of a series in one place and in order.
 *
 * A batch has been written once the brokers acknowledge it. With `idempotent` they drop what a lost
 * connection makes the client send twice; a batch that failed altogether comes again from Delivery,
 * from a new client, with the same report ids.
 * Speed: bench/speed/kafka.ts.
 */

import { Producer, compatibilityPartitioner } from '@platformatic/kafka'
import type { CompressionAlgorithmValue, MessageToProduce } from '@platformatic/kafka'
import type { Encoder } from '../codecs/codec.ts'
import { kafkaClientOptions } from '../connections/kafka.ts'
import { kafkaAnswers, kafkaRequests } from '../connections/kafka-requests.ts'
import type { Labels } from '../core/labels.ts'
import type { Report, ReportKind } from '../core/report.ts'
import type { KafkaSinkOptions } from './kafka/options.ts'
import { SinkError } from './sink.ts'
import type { Sink } from './sink.ts'

/** At most this many series' keys are held. */
const heldKeysMax = 100_000

/** Where reports without a series go. */
const nowhere = 0

interface Place {
  readonly key: Buffer
  readonly partition: number
}

/** See the head of the file. */
export class KafkaSink implements Sink {
  readonly accepts: ReadonlySet<ReportKind>
  readonly #options: KafkaSinkOptions
  readonly #encoder: Encoder
  readonly #places = new Map<Labels, Place>()
  #partitions = 0
  #producer: Producer | undefined

  constructor(options: KafkaSinkOptions, encoder: Encoder) {
    const kinds: ReportKind[] = []
    if (options.scores) kinds.push('score')
    const { format } = options
    if (format === 'json-lines' && options.alarms) kinds.push('alarm')
    if (format === 'json-lines' && options.rejections) kinds.push('rejection')
    if (format === 'json-lines' && options.warnings) kinds.push('warning')
    const carriesForecasts = format === 'json-lines' || format === 'graphite-scores'
    if (carriesForecasts && options.forecasts) kinds.push('forecast')
    this.accepts = new Set(kinds)
    this.#options = options
    this.#encoder = encoder
    kafkaClientOptions(options)
  }

  async write(reports: readonly Report[], signal: AbortSignal): Promise<void> {
    if (reports.length === 0) return
    try {
      signal.throwIfAborted()
      const producer = (this.#producer ??= this.#made())
      await this.#learnPartitions(producer)
      const messages = this.#messages(reports)
      if (messages.length === 0) return
      for (const group of kafkaRequests(messages, this.#options.requestBytes)) {
        const sending = producer.send({ messages: group, compression: this.#compression })
        await within(sending, signal)
      }
    } catch (cause) {
      // Its sequence numbers are unknown now; a new client starts with new ones.
      this.#forget()
      throw refusal(this.#options.topic, cause)
    }
  }

  async close(): Promise<void> {
    const producer = this.#producer
    this.#producer = undefined
    await producer?.close(true)
  }

  #made(): Producer {
    const { idempotent } = this.#options
    const common = kafkaClientOptions(this.#options)
    return new Producer({ ...common, idempotent, acks: idempotent ? -1 : 1 })
  }

  /** The number of partitions decides where a series goes; it may grow while this runs. */
  async #learnPartitions(producer: Producer): Promise<void> {
    const { topic } = this.#options
    const metadata = await producer.metadata({ topics: [topic], autocreateTopics: true })
    const count = metadata.topics.get(topic)?.partitionsCount ?? 1
    if (count !== this.#partitions) this.#places.clear()
    this.#partitions = count
  }

  #messages(reports: readonly Report[]): MessageToProduce[] {
    const { topic, perMessage } = this.#options
    if (perMessage === 1) {
      return reports.flatMap((report) => {
        const place = this.#place(report)
        const message = this.#message([report], place?.partition ?? nowhere)
        if (message === undefined) return []
        return place === undefined ? [message] : [{ ...message, key: place.key }]
      })
    }
    const groups = new Map<number, Report[]>()
    for (const report of reports) {
      const partition = this.#place(report)?.partition ?? nowhere
      const group = groups.get(partition)
      if (group === undefined) groups.set(partition, [report])
      else group.push(report)
    }
    const messages: MessageToProduce[] = []
    for (const [partition, group] of groups) {
      for (let i = 0; i < group.length; i += perMessage) {
        const message = this.#message(group.slice(i, i + perMessage), partition)
        if (message !== undefined) messages.push({ ...message, topic })
      }
    }
    return messages
  }

  #message(reports: readonly Report[], partition: number): MessageToProduce | undefined {
    const value = this.#encoder.encode(reports)
    if (value.length === 0) return undefined
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    return { topic: this.#options.topic, partition, value: bytes }
  }

  /** Key and partition of a report's series; undefined where it has none. */
  #place(report: Report): Place | undefined {
    const { labels } = report
    if (labels === undefined) return undefined
    const held = this.#places.get(labels)
    if (held !== undefined) return held
    if (this.#places.size >= heldKeysMax) this.#places.clear()
    const key = Buffer.from(labels.key)
    const partition = compatibilityPartitioner(undefined as never, key) % this.#partitions
    const place = { key, partition }
    this.#places.set(labels, place)
    return place
  }

  get #compression(): CompressionAlgorithmValue {
    return this.#options.compression
  }

  #forget(): void {
    const producer = this.#producer
    this.#producer = undefined
    void producer?.close(true).catch(() => {
      // It is given up; there is nobody to tell.
    })
  }
}

/** The work's result, or the signal's reason where that comes first. */
async function within<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error)
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** Answers after which the same batch would be refused again. */
const finalAnswers =
  /MESSAGE_TOO_LARGE|RECORD_LIST_TOO_LARGE|INVALID_RECORD|UNSUPPORTED_COMPRESSION/

function refusal(topic: string, cause: unknown): SinkError {
  const why = cause instanceof Error ? cause.message : String(cause)
  const retryable = !finalAnswers.test(kafkaAnswers(cause))
  return new SinkError(`cannot write to the topic ${topic}: ${why}`, { retryable, cause })
}
