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

import { Producer } from '@platformatic/kafka'
import type { CompressionAlgorithmValue } from '@platformatic/kafka'
import type { Encoder } from '../codecs/codec.ts'
import { kafkaClientOptions } from '../connections/kafka.ts'
import { kafkaAnswers, kafkaRequests } from '../connections/kafka-requests.ts'
import type { ReportKind } from '../core/report.ts'
import type { Reports } from '../core/score-run.ts'
import { KafkaMessages, kafkaKinds } from './kafka/messages.ts'
import type { KafkaSinkOptions } from './kafka/options.ts'
import { SinkError } from './sink.ts'
import type { Sink } from './sink.ts'

/** See the head of the file. */
export class KafkaSink implements Sink {
  readonly accepts: ReadonlySet<ReportKind>
  readonly takesRuns = true
  readonly #options: KafkaSinkOptions
  readonly #messages: KafkaMessages
  #producer: Producer | undefined

  constructor(options: KafkaSinkOptions, encoder: Encoder) {
    this.accepts = kafkaKinds(options)
    this.#options = options
    this.#messages = new KafkaMessages(options, encoder)
    kafkaClientOptions(options)
  }

  async write(reports: Reports, signal: AbortSignal): Promise<void> {
    if (reports.length === 0) return
    try {
      signal.throwIfAborted()
      const producer = (this.#producer ??= this.#made())
      await this.#learnPartitions(producer)
      const messages = this.#messages.of(reports)
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

  async #learnPartitions(producer: Producer): Promise<void> {
    const { topic } = this.#options
    const metadata = await producer.metadata({ topics: [topic], autocreateTopics: true })
    this.#messages.learnPartitions(metadata.topics.get(topic)?.partitionsCount ?? 1)
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
