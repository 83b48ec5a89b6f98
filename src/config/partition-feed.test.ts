import { describe, expect, test } from 'vitest'
import { PartitionFeed } from './partition-feed.ts'

const origin = (offset: number) => ({ partition: 'in/t/0', offset, receivedMs: 0 })
const tick = (offset: number) =>
  ({ kind: 'tick', timestampMs: offset, origin: origin(offset) }) as const

describe('a partition’s feed', () => {
  test('says that records are taken when the next ones are asked for', async () => {
    const feed = new PartitionFeed(() => undefined)
    const stop = new AbortController()
    const batches = feed.batches(stop.signal)
    const first = batches.next()
    let taken = false
    const handed = feed.hand([tick(1)]).then(() => (taken = true))
    expect((await first).value?.records).toEqual([tick(1)])
    expect(taken).toBe(false)
    const second = batches.next()
    await handed
    await feed.idle()
    void feed.hand([tick(2), tick(3)])
    expect((await second).value?.records).toEqual([tick(2), tick(3)])
    stop.abort()
    expect((await batches.next()).done).toBe(true)
  })

  test('holds nobody up after its end', async () => {
    const feed = new PartitionFeed(() => undefined)
    const stop = new AbortController()
    const batches = feed.batches(stop.signal)
    const waiting = batches.next()
    stop.abort()
    expect((await waiting).done).toBe(true)
    await feed.hand([tick(1)])
    await feed.idle()
  })

  test('passes on what was saved', () => {
    const told: number[] = []
    new PartitionFeed((positions) => told.push(...positions.values())).saved(new Map([['x', 7]]))
    expect(told).toEqual([7])
  })
})
