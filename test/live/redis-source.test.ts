/** The Redis source against a real Redis: channels, streams, groups, lost connections. */

import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../../src/telemetry/system-clock.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import type { Batch } from '../../src/core/record.ts'
import type { Rejection } from '../../src/core/rejection.ts'
import { RedisSource } from '../../src/sources/redis.ts'
import { redisSourceOptions } from '../../src/sources/redis/options.ts'
import type { RedisSourceOptions } from '../../src/sources/redis/options.ts'
import { redisMissing, RedisServer } from './redis-server.ts'

const missing = redisMissing()

describe.skipIf(missing !== undefined)(`source redis${missing ? `: ${missing}` : ''}`, () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await RedisServer.started()
  })
  afterAll(async () => server?.stop())
  beforeEach(() => void server.cli('flushall'))

  /** A source at work, and what it gave. */
  class Reading {
    readonly rejections: Rejection[] = []
    readonly failures: string[] = []
    readonly batches: Batch[] = []
    readonly source: RedisSource
    readonly #stop = new AbortController()
    readonly #ended: Promise<void>

    constructor(given: Partial<RedisSourceOptions>, positions?: ReadonlyMap<string, number>) {
      const options = optionsWithDefaults(redisSourceOptions, { url: server.url, ...given })
      this.source = new RedisSource(options, {
        name: 'r',
        clock: systemClock,
        onRejection: (rejection) => void this.rejections.push(rejection),
        onFailure: (error) => void this.failures.push(String(error)),
      })
      this.#ended = this.#read(positions)
    }

    async #read(positions?: ReadonlyMap<string, number>): Promise<void> {
      for await (const batch of this.source.batches(this.#stop.signal, positions)) {
        this.batches.push(batch)
      }
    }

    get texts(): string[] {
      const records = this.batches.flatMap((batch) => batch.records)
      return records.map((record) => (record.kind === 'data' ? String(record.bytes) : ''))
    }

    get offsets(): number[] {
      return this.batches.flatMap(({ records }) => records.map(({ origin }) => origin.offset))
    }

    /** The positions after the first `count` records. */
    positions(count: number): Map<string, number> {
      return new Map([['r/s', this.offsets[count - 1] as number]])
    }

    async has(count: number): Promise<void> {
      await vi.waitUntil(() => this.texts.length >= count, { timeout: 20_000 })
      expect(this.texts).toHaveLength(count)
    }

    async stop(): Promise<void> {
      this.#stop.abort()
      await this.#ended
    }
  }

  const stream = { mode: 'stream', streams: ['s'] } as const
  const add = (...texts: string[]): void => {
    for (const text of texts) server.cli('xadd', 's', '*', 'data', text)
  }
  const pendingCount = (): number =>
    Number(server.cli('xpending', 's', 'forewarn').split('\n')[0] as string)

  test('takes what is published on its channels and patterns', async () => {
    const reading = new Reading({ channels: ['a'], patterns: ['m.*'] })
    await vi.waitUntil(() => server.cli('pubsub', 'numpat').trim() === '1', { timeout: 10_000 })
    server.cli('publish', 'a', 'one')
    server.cli('publish', 'b', 'not mine')
    server.cli('publish', 'm.cpu', 'two')
    await reading.has(2)
    expect(reading.texts).toEqual(['one', 'two'])
    await reading.stop()
    await vi.waitUntil(() => server.cli('pubsub', 'numpat').trim() === '0', { timeout: 20_000 })
  })

  test('a killed server is told and subscribed to again', async () => {
    const reading = new Reading({ channels: ['a'] })
    const subscribed = async (): Promise<void> => {
      await vi.waitUntil(() => /^a\n1$/m.test(server.cli('pubsub', 'numsub', 'a')), {
        timeout: 20_000,
      })
    }
    await subscribed()
    await server.kill()
    await vi.waitUntil(() => reading.failures.length > 0, { timeout: 20_000 })
    await server.start()
    await subscribed()
    server.cli('publish', 'a', 'again')
    await reading.has(1)
    await reading.stop()
  })

  test('a wrong password is told, not thrown', async () => {
    server.cli('config', 'set', 'requirepass', 'right')
    try {
      const reading = new Reading({ channels: ['a'], password: 'wrong' })
      await vi.waitUntil(() => reading.failures.length > 0, { timeout: 10_000 })
      expect(reading.failures.join('\n')).toMatch(/WRONGPASS|NOAUTH/)
      expect(reading.failures.join('\n')).not.toContain('wrong')
      await reading.stop()
    } finally {
      server.cli('-a', 'right', '--no-auth-warning', 'config', 'set', 'requirepass', '')
    }
  })

  test('reads a stream from its oldest entry, and acknowledges what is saved', async () => {
    add('one', 'two', 'three')
    const reading = new Reading(stream)
    await reading.has(3)
    expect(reading.texts).toEqual(['one', 'two', 'three'])
    const [record] = reading.batches[0]?.records ?? []
    const [id] = server.cli('xrange', 's', '-', '+', 'COUNT', '1').split('\n')
    expect(record?.origin.receivedMs).toBe(Number(id?.split('-')[0]))
    expect(pendingCount()).toBe(3)
    reading.source.saved(reading.positions(2))
    await vi.waitUntil(() => pendingCount() === 1, { timeout: 10_000 })
    await reading.stop()
  })

  test('a new group at the newest entry leaves out the old ones', async () => {
    add('old')
    const reading = new Reading({ ...stream, from: 'newest' })
    await vi.waitUntil(() => server.cli('xinfo', 'groups', 's').includes('forewarn'), {
      timeout: 20_000,
    })
    add('new')
    await reading.has(1)
    expect(reading.texts).toEqual(['new'])
    await reading.stop()
  })

  test('the next run goes on behind the saved position, whoever had read the rest', async () => {
    add('one', 'two', 'three', 'four')
    const first = new Reading({ ...stream, consumer: 'earlier' })
    await first.has(4)
    await first.stop()
    const second = new Reading(stream, first.positions(2))
    await second.has(2)
    expect(second.texts).toEqual(['three', 'four'])
    expect(second.offsets).toEqual(first.offsets.slice(2))
    second.source.saved(second.positions(2))
    await vi.waitUntil(() => pendingCount() === 0, { timeout: 10_000 })
    add('five')
    await second.has(3)
    await second.stop()
    second.source.saved(second.positions(3))
    await vi.waitUntil(() => pendingCount() === 0, { timeout: 10_000 })
  })

  test('a lost group goes on behind the saved position', async () => {
    add('one', 'two')
    const first = new Reading(stream)
    await first.has(2)
    server.cli('xgroup', 'destroy', 's', 'forewarn')
    add('three')
    await first.has(3)
    expect(first.texts).toEqual(['one', 'two', 'three'])
    expect(first.failures.join()).toContain('NOGROUP')
    await first.stop()
    server.cli('xgroup', 'destroy', 's', 'forewarn')
    const second = new Reading(stream, first.positions(1))
    await second.has(2)
    await second.stop()
  })

  test('entries without the field, too long or deleted are refused and counted', async () => {
    add('one')
    server.cli('xadd', 's', '*', 'other', 'x')
    add('y'.repeat(300), 'last')
    const reading = new Reading({ ...stream, messageBytesMax: 256 })
    await reading.has(2)
    expect(reading.texts).toEqual(['one', 'last'])
    expect(reading.rejections.map(({ reason }) => reason)).toEqual(['malformed', 'too_long'])
    await reading.stop()
    server.cli('xtrim', 's', 'maxlen', '0')
    const next = new Reading(stream, reading.positions(1))
    await vi.waitUntil(() => next.rejections.length > 0, { timeout: 10_000 })
    expect(new Set(next.rejections.map(({ reason }) => reason))).toEqual(new Set(['overflow']))
    await next.stop()
  })

  test('a server that hangs is told, and what it kept is read afterwards', async () => {
    add('one')
    const reading = new Reading(stream)
    await reading.has(1)
    server.hold()
    await vi.waitUntil(() => reading.failures.length > 0, { timeout: 40_000 })
    server.go()
    add('two')
    await reading.has(2)
    expect(reading.texts).toEqual(['one', 'two'])
    await reading.stop()
  })

  test('reads 100,000 entries in batches, each once and in order', async () => {
    const script = 'for i = 1, 100000 do redis.call("xadd", KEYS[1], "*", "data", i) end'
    server.cli('eval', script, '1', 's')
    const reading = new Reading(stream)
    await reading.has(100_000)
    expect(reading.texts.map(Number)).toEqual(Array.from({ length: 100_000 }, (_, i) => i + 1))
    expect(new Set(reading.offsets).size).toBe(100_000)
    await reading.stop()
  })
})
