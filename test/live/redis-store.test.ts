/** The Redis store against a real Redis: its contract, the fence, lost data, states that expire. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { redisConnectionOptions } from '../../src/connections/redis.ts'
import { RedisStore } from '../../src/stores/redis.ts'
import { storeContract } from '../../src/stores/store.contract.ts'
import type { Checkpoint } from '../../src/stores/store.ts'
import { redisMissing, RedisServer } from './redis-server.ts'

const missing = redisMissing()
const empty: Checkpoint = {
  saved: [],
  forgotten: [],
  positions: new Map(),
  outboxAdded: [],
  outboxRemoved: [],
}

describe.skipIf(missing !== undefined)(`store redis${missing ? `: ${missing}` : ''}`, () => {
  let server: RedisServer
  let prefixes = 0
  beforeAll(async () => {
    server = await RedisServer.started()
  })
  afterAll(async () => server?.stop())

  const freshPrefix = (): string => `test ${prefixes++}`
  const opened = (prefix: string, idleAfterMs = 60_000): RedisStore => {
    const connection = optionsWithDefaults(redisConnectionOptions, { url: server.url })
    return new RedisStore({ connection, prefix, idleAfterMs })
  }
  const owner = (ownerKey: string, ...bytes: number[]) => ({
    ownerKey,
    sealed: Uint8Array.from(bytes),
  })

  storeContract('redis', () => {
    const prefix = freshPrefix()
    const store = opened(prefix)
    const reopen = async (): Promise<RedisStore> => {
      await store.close()
      return opened(prefix)
    }
    return Promise.resolve({ store, reopen })
  })

  test('odd keys and large states come back as they were', async () => {
    const prefix = freshPrefix()
    const store = opened(prefix)
    await store.load()
    const large = new Uint8Array(3_000_000).map((_, i) => i)
    const saved = [owner('série {x}:*\n', 0, 255, 128), { ownerKey: 'large', sealed: large }]
    await store.save({ ...empty, saved, positions: new Map([['π/0', -1]]) })
    await store.close()
    const next = opened(prefix)
    const state = await next.load()
    const bytes = new Map(state.owners.map(({ ownerKey, sealed }) => [ownerKey, sealed]))
    expect([...(bytes.get('série {x}:*\n') ?? [])]).toEqual([0, 255, 128])
    expect(Buffer.compare(bytes.get('large') as Uint8Array, large)).toBe(0)
    expect([...state.positions]).toEqual([['π/0', -1]])
    await next.close()
  })

  test('a process that was replaced cannot write any more', async () => {
    const prefix = freshPrefix()
    const old = opened(prefix)
    await old.load()
    await old.save({ ...empty, saved: [owner('a', 1)], positions: new Map([['p', 1]]) })
    const successor = opened(prefix)
    await successor.load()
    await successor.save({ ...empty, saved: [owner('a', 2)], positions: new Map([['p', 2]]) })
    const late = { ...empty, saved: [owner('a', 3)], positions: new Map([['p', 3]]) }
    await expect(old.save(late)).rejects.toMatchObject({ code: 'ERR_STORE_WRITE' })
    await expect(old.save(late)).rejects.toThrow(/FENCED/)
    await expect(old.renew()).rejects.toThrow(/FENCED/)
    const state = await successor.load()
    expect(state.owners.map(({ sealed }) => Array.from(sealed))).toEqual([[2]])
    expect([...state.positions]).toEqual([['p', 2]])
    await old.close()
    await successor.close()
  })

  test('data that is lost is said to be so, and all is saved again after it', async () => {
    const prefix = freshPrefix()
    const store = opened(prefix)
    await store.load()
    await store.save({ ...empty, saved: [owner('a', 1)] })
    server.cli('flushall')
    const next = { ...empty, saved: [owner('a', 2)] }
    await expect(store.save(next)).rejects.toMatchObject({ code: 'ERR_STORE_DAMAGED' })
    expect(await store.renew()).toContain('redis at 127.0.0.1')
    await store.save(next)
    await server.kill()
    await expect(store.save(next)).rejects.toMatchObject({ code: 'ERR_STORE_WRITE' })
    await server.start()
    await expect(store.save(next)).rejects.toMatchObject({ code: 'ERR_STORE_DAMAGED' })
    await store.renew()
    await store.save(next)
    expect((await store.load()).owners.map(({ sealed }) => Array.from(sealed))).toEqual([[2]])
    await store.close()
  })

  test('another server than before is told by its run id', async () => {
    const prefix = freshPrefix()
    const store = opened(prefix)
    await store.load()
    const token = server.cli('get', `{${prefix}}:token`).trim()
    await server.kill()
    await server.start()
    // As a replica that took over has it: the token is there, the server is another.
    server.cli('set', `{${prefix}}:token`, token)
    const saved = [owner('a', 1)]
    await expect(store.save({ ...empty, saved })).rejects.toThrow(/another server/)
    await store.renew()
    await store.save({ ...empty, saved })
    await store.close()
  })

  test('positions are written last: a save that fails in between leaves them alone', async () => {
    const prefix = freshPrefix()
    const store = opened(prefix)
    await store.load()
    await store.save({ ...empty, saved: [owner('a', 1)], positions: new Map([['p', 1]]) })
    server.cli('del', `{${prefix}}:index`)
    server.cli('set', `{${prefix}}:index`, 'no set')
    const next = { ...empty, saved: [owner('a', 2)], positions: new Map([['p', 2]]) }
    await expect(store.save(next)).rejects.toMatchObject({ code: 'ERR_STORE_WRITE' })
    expect(server.cli('hget', `{${prefix}}:positions`, 'p').trim()).toBe('1')
    server.cli('del', `{${prefix}}:index`)
    await store.save(next)
    expect([...(await store.read()).positions]).toEqual([['p', 2]])
    await store.close()
  })

  test('what is read again locks nobody out', async () => {
    const prefix = freshPrefix()
    const store = opened(prefix)
    await store.load()
    await store.save({ ...empty, saved: [owner('a', 1)] })
    const other = opened(prefix)
    expect((await other.read()).owners).toHaveLength(1)
    await store.save({ ...empty, saved: [owner('a', 2)] })
    await store.close()
    await other.close()
  })

  test('states that expired are passed over', async () => {
    const prefix = freshPrefix()
    const store = opened(prefix, 0)
    await store.load()
    await store.save({ ...empty, saved: [owner('kept', 1), owner('idle', 2)] })
    server.cli('del', `{${prefix}}:owner:idle`)
    expect((await store.load()).owners.map(({ ownerKey }) => ownerKey)).toEqual(['kept'])
    expect(server.cli('smembers', `{${prefix}}:index`).trim()).toBe('kept')
    expect(server.cli('ttl', `{${prefix}}:owner:kept`).trim()).toBe('-1')
    await store.close()
    const limited = opened(prefix, 60_000)
    await limited.load()
    await limited.save({ ...empty, saved: [owner('series/kept', 1), owner('silences', 2)] })
    expect(Number(server.cli('pttl', `{${prefix}}:owner:series/kept`))).toBeGreaterThan(0)
    // A silence may be for longer than a series may be idle.
    expect(server.cli('pttl', `{${prefix}}:owner:silences`).trim()).toBe('-1')
    await limited.close()
  })

  test('a server that is not there is an operating error', async () => {
    const connection = optionsWithDefaults(redisConnectionOptions, { url: 'redis://127.0.0.1:1' })
    const store = new RedisStore({ connection, prefix: 'x', idleAfterMs: 0 })
    await expect(store.load()).rejects.toMatchObject({ code: 'ERR_STORE_READ' })
    await store.close()
  })
})
