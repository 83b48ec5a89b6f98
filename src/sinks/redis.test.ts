import { expect, test, vi } from 'vitest'
import { RedisPeer } from '../../test/redis-peer.ts'
import { alarmReport, scoreReport } from '../../test/sample-reports.ts'
import { JsonLinesEncoder } from '../codecs/json-lines.ts'
import { ResponseTimesEncoder } from '../codecs/response-times.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { sinks } from './registry.ts'
import { RedisSink } from './redis.ts'
import { redisSinkOptions } from './redis/options.ts'
import type { RedisSinkOptions } from './redis/options.ts'
import { sinkContract } from './sink.contract.ts'
import { SinkError } from './sink.ts'

const patience = new AbortController().signal

const made = (given: Partial<RedisSinkOptions>): RedisSink =>
  new RedisSink(optionsWithDefaults(redisSinkOptions, given), new JsonLinesEncoder())

sinkContract('redis, channel', {
  runs: 40,
  open: async () => {
    const peer = await RedisPeer.started()
    return {
      sink: made({ url: peer.url, rejections: true }),
      received: () => Promise.resolve(peer.messages.map(({ text }) => text)),
      breakOtherSide: () => peer.stop(),
      dispose: () => peer.stop(),
    }
  },
})

sinkContract('redis, stream', {
  runs: 40,
  open: async () => {
    const peer = await RedisPeer.started()
    return {
      sink: made({ url: peer.url, channel: '', stream: 's', rejections: true }),
      received: () => Promise.resolve(peer.messages.map(({ text }) => text)),
      breakOtherSide: () => {
        peer.error = 'OOM command not allowed when used memory > maxmemory'
        return Promise.resolve()
      },
      dispose: () => peer.stop(),
    }
  },
})

async function withPeer(work: (peer: RedisPeer) => Promise<void>): Promise<void> {
  const peer = await RedisPeer.started()
  await work(peer).finally(() => peer.stop())
}

test('the response-time program’s messages, on its channel, one for each sample', () =>
  withPeer(async (peer) => {
    const options = optionsWithDefaults(redisSinkOptions, { url: peer.url })
    const sink = new RedisSink(options, new ResponseTimesEncoder({ anomaly: true }))
    const origin = { partition: 'p', offset: 1, receivedMs: 1, tick: 17 }
    const odd = scoreReport({ value: 240.5, origin: { ...origin, tick: 18 }, status: 'anomalous' })
    await sink.write([scoreReport({ origin }), alarmReport('firing'), odd], patience)
    expect(peer.messages).toEqual([
      { place: 'anomalies', text: '{"response_time": 200.0, "timestamp": 17, "anomaly": false}' },
      { place: 'anomalies', text: '{"response_time": 240.5, "timestamp": 18, "anomaly": true}' },
    ])
    await sink.close()
  }))

test('channel and stream together, the stream with its bound, in one transaction', () =>
  withPeer(async (peer) => {
    const sink = made({ url: peer.url, channel: 'c', stream: 's', streamEntriesMax: 9 })
    await sink.write([alarmReport('firing'), alarmReport('resolved')], patience)
    expect(peer.messages.map(({ place }) => place)).toEqual(['c', 's', 'c', 's'])
    const names = peer.commands.filter((each) => /^(multi|exec|xadd|publish)/i.test(each))
    expect(names.map((each) => each.slice(0, 18).toLowerCase().split(' {')[0])).toEqual([
      'multi',
      'publish c',
      'xadd s maxlen ~ 9 ',
      'publish c',
      'xadd s maxlen ~ 9 ',
      'exec',
    ])
    await sink.close()
  }))

test('a lost connection is one failed write; the next one connects again', () =>
  withPeer(async (peer) => {
    const sink = made({ url: peer.url })
    await sink.write([alarmReport('firing')], patience)
    const { port } = peer
    await peer.stop()
    const refused = sink.write([alarmReport('firing')], patience)
    await expect(refused).rejects.toMatchObject({ retryable: true })
    await expect(sink.write([alarmReport('firing')], patience)).rejects.toThrow(/ECONNREFUSED/)
    const again = await RedisPeer.started(port)
    await sink.write([alarmReport('resolved')], patience)
    expect(again.messages).toHaveLength(1)
    await sink.close()
    await again.stop()
  }))

test('a peer that says nothing is given up when the delivery says so', () =>
  withPeer(async (peer) => {
    const sink = made({ url: peer.url })
    await sink.write([alarmReport('firing')], patience)
    peer.silent = true
    const stop = new AbortController()
    const write = sink.write([alarmReport('firing')], stop.signal)
    await vi.waitUntil(() => peer.messages.length === 2, { timeout: 20_000 })
    stop.abort()
    await expect(write).rejects.toBeInstanceOf(SinkError)
    await sink.close()
  }))

test('what Redis refuses is tried again, and says why without the password', () =>
  withPeer(async (peer) => {
    peer.error = 'NOPERM this user has no permissions'
    const sink = made({ url: peer.url.replace('//', '//me:hidden@') })
    const write = sink.write([alarmReport('firing')], patience)
    await expect(write).rejects.toMatchObject({ retryable: true })
    await expect(write).rejects.toThrow(/^cannot write to redis at 127\.0\.0\.1:\d+: .*NOPERM/)
    await expect(write).rejects.not.toThrow(/hidden/)
    await sink.close()
  }))

test('nowhere to write is a fault of the configuration', () => {
  const invalid = expect.objectContaining({ code: 'ERR_CONFIG_INVALID' })
  expect(() => made({ channel: '' })).toThrow(invalid)
  expect(() => made({ url: '' })).toThrow(invalid)
})

test('the table makes it with the encoder that its options choose', () => {
  const row = sinks.redis
  const options = optionsWithDefaults(redisSinkOptions, { format: 'response-times' })
  expect(row.encoderName(options)).toBe('response-times')
  expect(row.encoderOptions(options)).toEqual({ anomaly: true })
  expect(row.encoderOptions(optionsWithDefaults(redisSinkOptions))).toEqual({})
})
