/**
 * The commit of offsets, as a request of our own: the library's joins the group again by itself
 * where the group does not know the member any more, and a join has to wait for what is committed.
 */

import { findCoordinatorV4, offsetCommitV8 } from '@platformatic/kafka'
import type { Consumer } from '@platformatic/kafka'

/** What was taken of a partition: everything before `nextOffset`. */
export interface CommitPlace {
  readonly topic: string
  readonly partition: number
  readonly nextOffset: number
}

/** The kind of key that a coordinator is asked for by: a group's name. */
const groupKey = 0

/**
 * Commits as the member of its group that it is. Throws what the brokers answer; the coordinator is
 * asked for each time, since it may move.
 */
export async function commitOffsets(
  consumer: Consumer,
  places: readonly CommitPlace[],
): Promise<void> {
  const { groupId, generationId, memberId } = consumer
  const { brokers } = await consumer.metadata({})
  const first = brokers.values().next().value
  if (first === undefined) throw new Error('no broker is known')
  const asked = await consumer.connections.get(first)
  const { coordinators } = await findCoordinatorV4.api.async(asked, groupKey, [groupId])
  const broker = brokers.get(coordinators[0]?.nodeId ?? -1)
  if (broker === undefined) throw new Error(`the group ${groupId} has no coordinator`)
  const connection = await consumer.connections.get(broker)
  const topics = places.map(({ topic, partition, nextOffset }) => ({
    name: topic,
    partitions: [
      {
        partitionIndex: partition,
        committedOffset: BigInt(nextOffset),
        committedLeaderEpoch: -1,
        committedMetadata: null,
      },
    ],
  }))
  await offsetCommitV8.api.async(connection, groupId, generationId, memberId ?? '', null, topics)
}
