import { expect, test } from 'vitest'
import { optionsWithDefaults } from '../core/options.ts'
import { redisConnection, redisConnectionOptions, redisPlace } from './redis.ts'
import type { RedisConnectionOptions } from './redis.ts'

const read = (given: Partial<RedisConnectionOptions>) =>
  redisConnection(optionsWithDefaults(redisConnectionOptions, given))

test('without options it is the usual port of this machine', () => {
  expect(read({})).toEqual({ host: '127.0.0.1', port: 6379, db: 0 })
})

test('a URL says host, port, database, user and password', () => {
  expect(read({ url: 'redis://me:p%40ss@redis.example.org:7000/3' })).toEqual({
    host: 'redis.example.org',
    port: 7000,
    db: 3,
    username: 'me',
    password: 'p@ss',
  })
  expect(read({ url: 'redis://[::1]/' })).toEqual({ host: '::1', port: 6379, db: 0 })
})

test('options of their own come before what the URL says', () => {
  const given = { url: 'redis://a:b@h', username: 'c', password: 'd' }
  expect(read(given)).toMatchObject({ username: 'c', password: 'd' })
})

test('rediss is TLS, with the name of the host to be shown and certificates of one’s own', () => {
  expect(read({ url: 'rediss://h.example' }).tls).toEqual({ servername: 'h.example' })
  const given = { url: 'rediss://127.0.0.1', tlsCa: 'CA', tlsCertificate: 'C', tlsKey: 'K' }
  expect(read(given).tls).toEqual({ ca: 'CA', cert: 'C', key: 'K' })
  expect(read({ tlsCa: 'CA' }).tls).toBeUndefined()
})

test('sentinels are asked who the master is', () => {
  const connection = read({ url: 'redis+sentinel://me:p%40ss@a:1,b,[::1]:3/my-master/2' })
  expect(connection).toEqual({
    sentinels: [
      { host: 'a', port: 1 },
      { host: 'b', port: 26_379 },
      { host: '::1', port: 3 },
    ],
    name: 'my-master',
    enableTLSForSentinelMode: false,
    db: 2,
    username: 'me',
    password: 'p@ss',
  })
  expect(redisPlace(connection)).toBe('redis master my-master by sentinels a:1,b:26379,[::1]:3')
  expect(read({ url: 'rediss+sentinel://a/m', tlsCa: 'CA' })).toEqual({
    sentinels: [{ host: 'a', port: 26_379 }],
    name: 'm',
    enableTLSForSentinelMode: true,
    db: 0,
    tls: { ca: 'CA' },
  })
})

test('what is no address is refused, and the message does not repeat the secret', () => {
  const f = (given: Partial<RedisConnectionOptions>): void => {
    expect(() => read(given)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_INVALID' }))
    expect(() => read(given)).not.toThrow(/hidden/)
  }
  f({ url: '' })
  f({ url: '127.0.0.1:6379' })
  f({ url: 'http://a:hidden@h' })
  f({ url: 'redis://a:hidden@h/first' })
  f({ url: 'redis://a:hidden@h/-1' })
  f({ url: 'redis://a:hidden%@h' })
  f({ url: 'rediss://a:hidden@h', tlsKey: 'K' })
  f({ url: 'redis+sentinel://a:hidden@h' })
  f({ url: 'redis+sentinel://a:hidden@h,/m' })
  f({ url: 'redis+sentinel://a:hidden@h/m/first' })
})

test('messages name host and port', () => {
  expect(redisPlace(read({ url: 'redis://a:hidden@[::1]:7' }))).toBe('redis at [::1]:7')
})
