/** What needs no Redis; test/live/redis-store.test.ts has the contract, the fence and lost data. */

import { expect, test } from 'vitest'
import { RedisPeer } from '../../test/redis-peer.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { RedisStore } from './redis.ts'
import { redisStoreOf, redisStoreOptions } from './redis/options.ts'

const nothing = {
  saved: [],
  forgotten: [],
  positions: new Map(),
  outboxAdded: [],
  outboxRemoved: [],
}

test('its options are those of a connection, under names of their own', () => {
  const options = optionsWithDefaults(redisStoreOptions, {
    redisUrl: 'redis://h:1/2',
    redisPassword: 'secret',
    redisPrefix: 'one',
  })
  expect(redisStoreOf(options)).toMatchObject({
    connection: { url: 'redis://h:1/2', password: 'secret', username: '' },
    prefix: 'one',
  })
  const wrong = optionsWithDefaults(redisStoreOptions, { redisUrl: 'http://h' })
  const invalid = expect.objectContaining({ code: 'ERR_CONFIG_INVALID' })
  expect(() => redisStoreOf(wrong)).toThrow(invalid)
})

test('a server that refuses is an operating error, read or written', async () => {
  const peer = await RedisPeer.started()
  peer.error = 'NOPERM this user has no permissions'
  const store = new RedisStore(
    redisStoreOf(optionsWithDefaults(redisStoreOptions, { redisUrl: peer.url })),
  )
  await expect(store.load()).rejects.toMatchObject({ code: 'ERR_STORE_READ' })
  await expect(store.save(nothing)).rejects.toMatchObject({ code: 'ERR_STORE_WRITE' })
  await expect(store.save(nothing)).rejects.toThrow(/redis at 127\.0\.0\.1:\d+: NOPERM/)
  await store.close()
  await peer.stop()
})
