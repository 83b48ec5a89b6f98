/**
 * Sinks whose reports are committed together with the input: which they are, what each partition
 * has for them, and what must be right for it.
 */

import { ForewarnError } from '../core/errors.ts'
import { ExactlyOnce } from '../sinks/kafka/exactly-once.ts'
import { KafkaMessages, kafkaKinds } from '../sinks/kafka/messages.ts'
import type { KafkaSinkOptions } from '../sinks/kafka/options.ts'
import { Transactions } from '../sinks/kafka/transactions.ts'
import type { GroupMember } from '../sources/source.ts'
import type { KafkaSourceOptions } from '../sources/kafka/options.ts'
import type { Surroundings } from './compose.ts'
import type { Config, SinkConfig, SourceConfig } from './config.ts'
import type { Path } from './origin.ts'
import { encoderOf } from './sink-encoder.ts'

/** Whether the reports of a sink are committed with the input. */
export function isExactlyOnce({ type, options }: SinkConfig): boolean {
  return type === 'kafka' && options['exactlyOnce'] === true
}

/** What a partition's outlet is made for. */
export interface PartitionOfInput {
  /** Its name in origins: `source/topic/number`. */
  readonly partition: string
  readonly member: GroupMember
  readonly onFull: () => void
}

/** The outlet of a partition; undefined where no sink wants one. */
export function exactlyOnceOf(
  sinks: readonly SinkConfig[],
  { tables, telemetry, clock }: Surroundings,
  { partition, member, onFull }: PartitionOfInput,
): ExactlyOnce | undefined {
  const chosen = sinks.filter(isExactlyOnce)
  const first = chosen[0]
  if (first === undefined) return undefined
  const options = first.options as KafkaSinkOptions
  const [, topic = '', number = ''] = /^[^/]*\/(.*)\/(\d+)$/.exec(partition) ?? []
  const transactions = new Transactions({
    connection: options,
    transactionalId: `${member.groupId}/${partition}`,
    topic,
    partition: Number(number),
    member,
    requestBytes: options.requestBytes,
    compression: options.compression,
  })
  return new ExactlyOnce({
    partition,
    transactions,
    sinks: chosen.map((sink) => {
      const own = sink.options as KafkaSinkOptions
      const encoder = encoderOf(sink, tables)
      if (encoder === undefined) throw new ForewarnError('ERR_CONFIG_INVALID', 'no format')
      const messages = new KafkaMessages(own, encoder)
      return { name: sink.name, topic: own.topic, accepts: kafkaKinds(own), messages }
    }),
    limit: Math.min(...chosen.map(({ delivery }) => delivery.queueLimit)),
    telemetry,
    nowMs: () => clock.nowMs(),
    onFull,
  })
}

/** What of the connection must be the same for the cluster to be. */
const clusterOptions = ['tls', 'sasl', 'user'] as const

/** Why reports cannot be committed with the input. */
export function exactlyOnceFaults(
  { sinks, sources, store }: Config,
  fault: (path: Path, message: string) => void,
): void {
  const chosen = sinks.filter(isExactlyOnce)
  for (const sink of chosen) {
    const path = ['sinks', sink.name, 'exactly_once']
    const say = (why: string): void => fault(path, `true ${why}`)
    if (store.scope !== 'partition') {
      say('needs store.scope: partition: positions and states go by partitions')
    }
    if (sink.options['idempotent'] === false) say('needs idempotent: true')
    for (const source of sources) {
      if (source.type !== 'kafka') say(`needs sources of type kafka; "${source.name}" is none`)
      else if (!sameCluster(source, sink)) {
        const names = `"${source.name}" and "${sink.name}"`
        say(`commits in one cluster; name the same brokers, tls, sasl and user in ${names}`)
      } else if ((source.options as KafkaSourceOptions).isolation !== 'committed') {
        say(`needs isolation: committed in "${source.name}": what was aborted would be told`)
      }
    }
    for (const option of ['requestBytes', 'compression'] as const) {
      if (sink.options[option] !== chosen[0]?.options[option]) {
        say('is for one transaction: give its sinks the same request_bytes and compression')
      }
    }
  }
}

function sameCluster({ options: of }: SourceConfig, { options: to }: SinkConfig): boolean {
  const brokers = (given: unknown): string => (given as readonly string[]).toSorted().join()
  if (brokers(of['brokers']) !== brokers(to['brokers'])) return false
  return clusterOptions.every((option) => of[option] === to[option])
}
