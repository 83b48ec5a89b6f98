import { expect, test } from 'vitest'
import { optionsWithDefaults } from '../core/options.ts'
import { checkRedisClient, redisClient } from './redis-cluster.ts'
import { redisConnectionOptions } from './redis.ts'

const given = (url: string) => optionsWithDefaults(redisConnectionOptions, { url })

test('a cluster by some of its nodes, and its place without the password', () => {
  const { client, place } = redisClient(given('redis+cluster://me:hidden@a:1,b,[::1]:3'), {})
  expect(place).toBe('redis cluster by a:1,b:6379,[::1]:3')
  client.disconnect()
})

test('anything else is a server of its own, or sentinels', () => {
  const { client, place } = redisClient(given('redis+sentinel://a/m'), {})
  expect(place).toBe('redis master m by sentinels a:26379')
  client.disconnect()
})

test('what is no address is refused, without the password', () => {
  const f = (url: string): void => {
    expect(() => checkRedisClient(given(url))).toThrow(/expected/)
    expect(() => checkRedisClient(given(url))).not.toThrow(/hidden/)
  }
  f('redis+cluster://')
  f('redis+cluster://me:hidden@a,:x')
  f('redis+cluster://me:hidden@a/3')
})
