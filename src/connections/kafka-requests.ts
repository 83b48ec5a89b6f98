/** Messages to Kafka: requests of a bounded size, and what an answer to one means. */

import type { MessageToProduce } from '@platformatic/kafka'

/** Bytes of a message beside its key and value: lengths, offsets, timestamp. */
const overheadBytes = 70

/**
 * The messages in their order, in requests that hold so many bytes of each partition at most. A
 * message that is larger alone has a request of its own.
 */
export function* kafkaRequests(
  messages: readonly MessageToProduce[],
  requestBytes: number,
): Generator<MessageToProduce[]> {
  let group: MessageToProduce[] = []
  let bytes = new Map<string, number>()
  for (const message of messages) {
    const { topic, partition = 0, key, value } = message
    const place = `${topic}/${partition}`
    const added = (key?.length ?? 0) + (value?.length ?? 0) + overheadBytes
    const before = bytes.get(place) ?? 0
    if (before > 0 && before + added > requestBytes) {
      yield group
      group = []
      bytes = new Map()
    }
    group.push(message)
    bytes.set(place, (bytes.get(place) ?? 0) + added)
  }
  if (group.length > 0) yield group
}

/** The names of the brokers' answers in an error and in those that it is made of. */
export function kafkaAnswers(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const { apiId, code, errors } = error as Error & {
    apiId?: string
    code?: string
    errors?: readonly unknown[]
  }
  return [apiId, code, ...(errors ?? []).map(kafkaAnswers), kafkaAnswers(error.cause)].join(' ')
}
