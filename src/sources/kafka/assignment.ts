/**
 * Who of a group reads which partitions: each topic goes to the members that have subscribed to it,
 * each of its partitions to whoever has the fewest so far. The library's own way deals every topic
 * to every member, and two sources of one group with topics of their own would each get the
 * other's.
 *
 * The same members and topics give the same assignment, in whatever order they are told.
 * Cost: partitions × members.
 */

import type { GroupPartitionsAssigner } from '@platformatic/kafka'

/** See the head of the file. */
export const assignBySubscription: GroupPartitionsAssigner = (_, members, topics, metadata) => {
  const dealt = [...members.keys()].sort().map((memberId) => ({
    memberId,
    subscribed: new Set(members.get(memberId)?.topics),
    assignments: new Map<string, { topic: string; partitions: number[] }>(),
    count: 0,
  }))
  for (const topic of [...topics].sort()) {
    const takers = dealt.filter(({ subscribed }) => subscribed.has(topic))
    const partitions = metadata.topics.get(topic)?.partitionsCount ?? 0
    if (takers.length === 0) continue
    for (let partition = 0; partition < partitions; partition++) {
      const taker = takers.reduce((least, each) => (each.count < least.count ? each : least))
      const assigned = taker.assignments.get(topic) ?? { topic, partitions: [] }
      assigned.partitions.push(partition)
      taker.assignments.set(topic, assigned)
      taker.count++
    }
  }
  return dealt.map(({ memberId, assignments }) => ({ memberId, assignments }))
}
