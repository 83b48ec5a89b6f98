/**
 * A topic of Kafka as a record: what is in it when the reading begins, one line a message.
 *
 *   kafka://127.0.0.1:9092,127.0.0.1:9093/aggregate
 *
 * Partitions stand one behind the other, each in its order. The end of a partition may be a mark of
 * a transaction, which is no message: where nothing more comes for a while, what came is all.
 */

import { randomUUID } from 'node:crypto'
import { Consumer } from '@platformatic/kafka'
import { kafkaClientOptions, kafkaConnectionOptions } from '../connections/kafka.ts'
import { ForewarnError } from '../core/errors.ts'
import { optionsWithDefaults } from '../core/options.ts'

/** More than this is refused: years of one record a second. */
const bytesMax = 1024 ** 3
/** The first message may take this long, since a group is joined before. */
const firstMs = 30_000
/** Where nothing more comes for this long, there is nothing more. */
const idleMs = 3_000

/** Brokers and topic of an address; undefined where it is none. */
export function topicAddress(text: string): { brokers: string[]; topic: string } | undefined {
  const [, brokers = '', topic = ''] = /^kafka:\/\/([^/]+)\/([\w.-]+)$/.exec(text) ?? []
  return topic === '' ? undefined : { brokers: brokers.split(','), topic }
}

/** All messages of a topic, each with a line break behind it. Throws ERR_EVALUATION_DATA. */
export async function topicLines(
  address: { readonly brokers: readonly string[]; readonly topic: string },
  signal: AbortSignal,
): Promise<string> {
  const { brokers, topic } = address
  const options = { ...optionsWithDefaults(kafkaConnectionOptions), brokers: [...brokers] }
  const groupId = `forewarn-evaluate-${randomUUID()}`
  const consumer = new Consumer({ ...kafkaClientOptions(options), groupId, maxWaitTime: 250 })
  try {
    const ends = (await consumer.listOffsets({ topics: [topic] })).get(topic) ?? []
    return await readUpTo(consumer, topic, ends, signal)
  } catch (cause) {
    if (cause instanceof ForewarnError) throw cause
    const message = `cannot read the topic ${topic} of ${brokers.join(', ')}`
    throw new ForewarnError('ERR_EVALUATION_DATA', message, { cause })
  } finally {
    await consumer.close(true)
  }
}

async function readUpTo(
  consumer: Consumer,
  topic: string,
  ends: readonly bigint[],
  signal: AbortSignal,
): Promise<string> {
  const parts = ends.map((): string[] => [])
  const open = new Set(ends.flatMap((end, partition) => (end > 0n ? [partition] : [])))
  if (open.size === 0) return ''
  const messages = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: false })
  let stopped = false
  const stop = (): void => {
    stopped = true
    messages.destroy()
  }
  signal.addEventListener('abort', stop)
  let idle = setTimeout(stop, firstMs)
  let bytes = 0
  try {
    for await (const { partition, offset, value } of messages) {
      clearTimeout(idle)
      idle = setTimeout(stop, idleMs)
      const end = ends[partition] ?? 0n
      // A message without a value takes back another one, and says nothing itself.
      const bytesOf = (value as Buffer | null)?.length ?? 0
      bytes += bytesOf
      if (bytes > bytesMax) {
        throw new ForewarnError('ERR_EVALUATION_DATA', `the topic ${topic} has more than 1 GB`)
      }
      if (offset < end && bytesOf > 0) parts[partition]?.push(value.toString().trimEnd() + '\n')
      if (offset >= end - 1n) open.delete(partition)
      if (open.size === 0) break
    }
  } catch (error) {
    if (!stopped) throw error
  } finally {
    clearTimeout(idle)
    signal.removeEventListener('abort', stop)
  }
  return parts.flat().join('')
}
