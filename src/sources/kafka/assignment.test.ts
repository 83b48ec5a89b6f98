import type { GroupPartitionsAssigner } from '@platformatic/kafka'
import { describe, expect, test } from 'vitest'
import { assignBySubscription } from './assignment.ts'

type Members = Parameters<GroupPartitionsAssigner>[1]
type Metadata = Parameters<GroupPartitionsAssigner>[3]

/** Member and topic:partitions, in words. */
function assigned(
  subscriptions: Readonly<Record<string, readonly string[]>>,
  partitions: Readonly<Record<string, number>>,
): string[] {
  const members = new Map(
    Object.entries(subscriptions).map(([memberId, topics]) => [memberId, { memberId, topics }]),
  ) as unknown as Members
  const topics = new Map(
    Object.entries(partitions).map(([topic, partitionsCount]) => [topic, { partitionsCount }]),
  )
  const subscribed = new Set(Object.values(subscriptions).flat())
  const metadata = { topics } as unknown as Metadata
  const dealt = assignBySubscription('', members, subscribed, metadata)
  return dealt.map(({ memberId, assignments }) => {
    const shares = [...assignments.values()]
    const texts = shares.map((share) => `${share.topic} ${share.partitions.join(' ')}`)
    return `${memberId}: ${texts.join(', ')}`
  })
}

describe('assignBySubscription', () => {
  test('a topic goes to nobody who has not subscribed to it', () => {
    expect(assigned({ s: ['stats'], r: ['responsetime'] }, { stats: 2, responsetime: 1 })).toEqual([
      'r: responsetime 0',
      's: stats 0 1',
    ])
  })

  test('members of the same topics share them evenly, in whatever order they are told', () => {
    const topics = { a: 3, b: 3 }
    const wanted = ['x: a 0 2, b 1', 'y: a 1, b 0 2']
    expect(assigned({ x: ['a', 'b'], y: ['b', 'a'] }, topics)).toEqual(wanted)
    expect(assigned({ y: ['a', 'b'], x: ['a', 'b'] }, topics)).toEqual(wanted)
  })

  test('who reads a topic alone gets less of those that others read too', () => {
    expect(assigned({ x: ['a', 'b'], y: ['b'] }, { a: 2, b: 3 })).toEqual([
      'x: a 0 1, b 2',
      'y: b 0 1',
    ])
  })

  test('every partition has exactly one member, and a member without any is told so', () => {
    expect(assigned({ x: ['a'], y: ['a'], z: ['a'] }, { a: 2 })).toEqual([
      'x: a 0',
      'y: a 1',
      'z: ',
    ])
  })
})
