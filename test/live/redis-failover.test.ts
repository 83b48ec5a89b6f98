/**
 * A master that dies, and a replica that a sentinel puts in its place: source, sink and store go
 * on with the new one, and the store saves everything again.
 */

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { JsonLinesEncoder } from '../../src/codecs/json-lines.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { redisConnectionOptions } from '../../src/connections/redis.ts'
import { RedisSink } from '../../src/sinks/redis.ts'
import { redisSinkOptions } from '../../src/sinks/redis/options.ts'
import { RedisSource } from '../../src/sources/redis.ts'
import { redisSourceOptions } from '../../src/sources/redis/options.ts'
import { RedisStore } from '../../src/stores/redis.ts'
import { systemClock } from '../../src/telemetry/system-clock.ts'
import { alarmReport } from '../sample-reports.ts'
import { redisMissing, RedisServer } from './redis-server.ts'

const missing = redisMissing()
const patience = { timeout: 60_000, interval: 200 }

describe.skipIf(missing !== undefined)(`redis failover${missing ? `: ${missing}` : ''}`, () => {
  let master: RedisServer
  let replica: RedisServer
  let sentinel: RedisServer
  let url: string

  beforeAll(async () => {
    master = await RedisServer.started('--repl-diskless-sync-delay', '0')
    const follows = ['--replicaof', '127.0.0.1', String(master.port)]
    replica = await RedisServer.started(...follows)
    sentinel = await RedisServer.sentinelOf(master)
    url = `redis+sentinel://127.0.0.1:${sentinel.port}/m`
    const knowsReplica = (): boolean =>
      /num-slaves\n1$/m.test(sentinel.cli('sentinel', 'master', 'm'))
    await vi.waitUntil(knowsReplica, patience)
    await vi.waitUntil(
      () => replica.cli('info', 'replication').includes('link_status:up'),
      patience,
    )
  })
  afterAll(async () => {
    await Promise.all([sentinel?.stop(), replica?.stop(), master?.stop()])
  })

  test('everything goes on with the replica that took over', async () => {
    const failures: string[] = []
    const sourceOptions = { url, mode: 'stream', streams: ['s'] } as const
    const source = new RedisSource(optionsWithDefaults(redisSourceOptions, sourceOptions), {
      name: 'r',
      clock: systemClock,
      onRejection: () => {},
      onFailure: (error) => void failures.push(String(error)),
    })
    const stop = new AbortController()
    const texts: string[] = []
    const reading = (async () => {
      for await (const { records } of source.batches(stop.signal)) {
        for (const each of records) if (each.kind === 'data') texts.push(String(each.bytes))
      }
    })()
    const sinkOptions = { url, channel: '', stream: 's' }
    const sink = new RedisSink(
      optionsWithDefaults(redisSinkOptions, sinkOptions),
      new JsonLinesEncoder(),
    )
    const write = (reason: string): Promise<void> =>
      sink.write([alarmReport('firing', { reason })], AbortSignal.timeout(5000))
    const store = new RedisStore({
      connection: optionsWithDefaults(redisConnectionOptions, { url }),
      prefix: 'failover',
      idleAfterMs: 0,
    })
    await store.load()
    const saved = [{ ownerKey: 'a', sealed: Uint8Array.of(1) }]
    const end = { forgotten: [], positions: new Map(), outboxAdded: [], outboxRemoved: [] }
    await store.save({ ...end, saved })
    await write('before')
    await vi.waitUntil(() => texts.length === 1, patience)
    // What a replica has not got when the master dies is lost; that is not what is tested here.
    await vi.waitUntil(() => replica.cli('xlen', 's').trim() === '1', patience)

    await master.kill()
    const took = async (): Promise<boolean> => {
      try {
        await write('after')
        return true
      } catch {
        return false
      }
    }
    await vi.waitUntil(took, patience)
    expect(replica.cli('xlen', 's').trim()).toBe('2')
    await vi.waitUntil(() => texts.some((text) => text.includes('after')), patience)
    expect(texts.filter((text) => text.includes('before'))).toHaveLength(1)
    expect(failures.length).toBeGreaterThan(0)
    const codes = new Set<unknown>()
    await vi.waitUntil(async () => {
      await store
        .save({ ...end, saved })
        .catch((error: { code?: unknown }) => codes.add(error.code))
      return codes.has('ERR_STORE_DAMAGED')
    }, patience)
    expect(await store.renew()).toContain('redis master m by sentinels')
    await store.save({ ...end, saved })
    expect((await store.load()).owners).toHaveLength(1)

    stop.abort()
    await reading
    await sink.close()
    await store.close()
  })
})
