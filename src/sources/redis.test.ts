import { afterEach, expect, test, vi } from 'vitest'
import { RedisPeer } from '../../test/redis-peer.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { RedisSource } from './redis.ts'
import { idOfOffset, msOfId, offsetOfId } from './redis/entry-id.ts'
import { redisSourceOptions } from './redis/options.ts'
import type { RedisSourceOptions } from './redis/options.ts'
import { Unacknowledged } from './redis/unacknowledged.ts'
import { iterated, nextBatch, sourceContract, TestSurroundings, textOf } from './source.contract.ts'
import type { SourceSurroundings } from './source.ts'

const peers: RedisPeer[] = []
afterEach(async () => {
  await Promise.all(peers.splice(0).map((peer) => peer.stop()))
})

async function freshPeer(): Promise<RedisPeer> {
  const peer = await RedisPeer.started()
  peers.push(peer)
  return peer
}

function made(given: Partial<RedisSourceOptions>, surroundings: SourceSurroundings): RedisSource {
  return new RedisSource(optionsWithDefaults(redisSourceOptions, given), surroundings)
}

/** Publishes as soon as somebody listens, message after message. */
function publishing(peer: RedisPeer, texts: readonly string[]): void {
  void vi
    .waitUntil(() => peer.subscribers('response_times') > 0, { timeout: 10_000 })
    .then(() => texts.forEach((text) => peer.publish('response_times', text)))
    .catch(() => undefined)
}

sourceContract('redis', {
  batches: 1,
  make: async (surroundings) => {
    const peer = await freshPeer()
    publishing(peer, ['{"response_time": 1, "timestamp": 1}', '{"response_time": 2}'])
    return made({ url: peer.url }, surroundings)
  },
})

test('messages are records in the order in which they were published', async () => {
  const peer = await freshPeer()
  const surroundings = new TestSurroundings()
  const stop = new AbortController()
  const batches = iterated(made({ url: peer.url }, surroundings), stop.signal)
  publishing(peer, ['one ', 'two ', 'three '])
  let text = ''
  while (!text.endsWith('three ')) {
    const batch = await nextBatch(batches, surroundings.clock)
    text += textOf(batch === undefined ? [] : [batch])
  }
  expect(text).toBe('one two three ')
  stop.abort()
  expect((await batches.next()).done).toBe(true)
})

test('a lost connection is told, and made again', async () => {
  const peer = await freshPeer()
  const failures: [string, number][] = []
  const surroundings = Object.assign(new TestSurroundings(), {
    onFailure: (error: unknown, retryInMs: number) =>
      void failures.push([(error as Error).message, retryInMs]),
  })
  const stop = new AbortController()
  const batches = iterated(made({ url: peer.url }, surroundings), stop.signal)
  publishing(peer, ['before'])
  expect(textOf([(await batches.next()).value])).toBe('before')
  peer.cut()
  await vi.waitUntil(() => peer.subscribers('response_times') === 0, { timeout: 20_000 })
  publishing(peer, ['after'])
  expect(textOf([(await batches.next()).value])).toBe('after')
  expect(failures).toHaveLength(1)
  expect(failures[0]?.[0]).toMatch(/^cannot read from redis at 127\.0\.0\.1:\d+: /)
  expect(failures[0]?.[1]).toBeGreaterThanOrEqual(50)
  stop.abort()
  await batches.next()
})

test('a server that refuses is told, and asked again', async () => {
  const peer = await freshPeer()
  peer.error = 'NOPERM this user has no permissions'
  const failures: unknown[] = []
  const onFailure = (error: unknown): void => void failures.push(error)
  const surroundings = Object.assign(new TestSurroundings(), { onFailure })
  const stop = new AbortController()
  const batches = iterated(made({ url: peer.url }, surroundings), stop.signal)
  const next = batches.next()
  await vi.waitUntil(() => failures.length > 1, { timeout: 10_000 })
  expect(failures[0]).toMatchObject({ code: 'ERR_SOURCE_READ' })
  expect(String(failures[0])).toContain('NOPERM')
  peer.error = undefined
  publishing(peer, ['now'])
  expect(textOf([(await next).value])).toBe('now')
  stop.abort()
  await batches.next()
})

test('what nobody takes is bounded: further messages are dropped and counted', async () => {
  const peer = await freshPeer()
  const surroundings = new TestSurroundings()
  const stop = new AbortController()
  const source = made({ url: peer.url, waitingBytes: 64 * 1024 }, surroundings)
  const batches = iterated(source, stop.signal)
  publishing(peer, ['first'])
  await batches.next()
  for (let i = 0; i < 500; i++) peer.publish('response_times', 'x'.repeat(256))
  await vi.waitUntil(() => surroundings.rejections.length === 500 - 128, { timeout: 20_000 })
  expect(new Set(surroundings.rejections.map(({ reason }) => reason))).toEqual(
    new Set(['overflow']),
  )
  expect(source.waitingBytes).toBe(64 * 1024)
  const { value } = await batches.next()
  expect(value.records).toHaveLength(128)
  expect(source.waitingBytes).toBe(0)
  stop.abort()
  await batches.next()
})

test('a message over the limit is refused', async () => {
  const peer = await freshPeer()
  const surroundings = new TestSurroundings()
  const stop = new AbortController()
  const source = made({ url: peer.url, messageBytesMax: 256 }, surroundings)
  const batches = iterated(source, stop.signal)
  publishing(peer, ['x'.repeat(257), 'y'.repeat(256)])
  expect(textOf([(await batches.next()).value])).toBe('y'.repeat(256))
  expect(surroundings.rejections.map(({ reason }) => reason)).toEqual(['too_long'])
  stop.abort()
  await batches.next()
})

test('an address that is none and nothing to read are faults of the configuration', () => {
  const f = (given: Partial<RedisSourceOptions>): void => {
    const invalid = expect.objectContaining({ code: 'ERR_CONFIG_INVALID' })
    expect(() => made(given, new TestSurroundings())).toThrow(invalid)
  }
  f({ url: 'http://127.0.0.1' })
  f({ channels: [] })
  f({ mode: 'stream', streams: [] })
})

test('ids of entries are offsets in their order, and back', () => {
  const ids = ['1-1', '1700000000123-0', '1700000000123-2047', '1700000000124-0', '4000000000000-9']
  const offsets = ids.map(offsetOfId)
  expect(offsets[1]).toBe(1_700_000_000_123 * 2048)
  expect([...offsets].sort((a, b) => a - b)).toEqual(offsets)
  expect(offsets.every(Number.isSafeInteger)).toBe(true)
  expect(offsets.map(idOfOffset)).toEqual(ids)
  expect(msOfId('1700000000123-7')).toBe(1_700_000_000_123)
  expect(offsetOfId('none')).toBeNaN()
})

test('what is unacknowledged is taken up to an offset, and counted', () => {
  const entries = new Unacknowledged()
  entries.add('a', '1-0', 1)
  entries.add('a', '3-0', 3)
  entries.add('a', '3-0', 3)
  entries.add('b', '2-0', 2)
  expect(entries.count).toBe(3)
  expect(entries.takeUpTo('a', 2)).toEqual(['1-0'])
  expect(entries.takeUpTo('none', 9)).toEqual([])
  expect(entries.takeUpTo('a', 3)).toEqual(['3-0'])
  expect(entries.count).toBe(1)
})
