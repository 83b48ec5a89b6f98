import { describe, expect, test, vi } from 'vitest'
import { alarmReport, noonMs, scoreReport } from '../../test/sample-reports.ts'
import { ZabbixPeer, frame } from '../../test/zabbix-peer.ts'
import type { PeerValue } from '../../test/zabbix-peer.ts'
import { hash64 } from '../core/hash.ts'
import { Labels } from '../core/labels.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { sinkContract } from './sink.contract.ts'
import { ZabbixSink } from './zabbix.ts'
import { checkZabbixSink, zabbixSinkOptions } from './zabbix/options.ts'
import type { ZabbixSinkOptions } from './zabbix/options.ts'

const patience = new AbortController().signal
const id = hash64('cpu{host="a"}')

const options = (given: Partial<ZabbixSinkOptions>): ZabbixSinkOptions =>
  optionsWithDefaults(zabbixSinkOptions, given)

sinkContract('zabbix', {
  runs: 40,
  open: async () => {
    const peer = await ZabbixPeer.started()
    const texts = (): string[] =>
      peer.values
        .filter(({ key }) => /^forewarn\.(reason|score)/.test(key))
        .map(({ value }) => value)
    return {
      sink: new ZabbixSink(options({ port: peer.port }), { nowMs: () => noonMs }),
      received: () => Promise.resolve(texts()),
      breakOtherSide: () => peer.stop(),
      dispose: () => peer.stop(),
    }
  },
})

/** A peer, a sink on it, and the sink's time. */
async function withSink(
  given: Partial<ZabbixSinkOptions>,
  work: (peer: ZabbixPeer, sink: ZabbixSink, time: { nowMs: number }) => Promise<void>,
): Promise<void> {
  const peer = await ZabbixPeer.started()
  const time = { nowMs: noonMs }
  const sink = new ZabbixSink(options({ port: peer.port, ...given }), { nowMs: () => time.nowMs })
  await work(peer, sink, time).finally(() => peer.stop())
}

const short = ({ host, key, value }: PeerValue): string => `${host} ${key} ${value}`

test('a new series is made known, then its score and alarm are values at their time', () =>
  withSink({}, async (peer, sink) => {
    const late = { timestampMs: noonMs + 7, remainderNs: 12 }
    await sink.write([scoreReport(late), alarmReport('firing'), alarmReport('resolved')], patience)
    const known = `[{"{#ID}":"${id}","{#SERIES}":"cpu{host=\\"a\\"}"}]`
    const reason =
      '412, expected 180 to 260; once in 2000 samples\n' +
      'cpu{host="a"}, warning since 2025-03-01 11:59:55 UTC'
    expect(peer.values.map(short)).toEqual([
      `Forewarn forewarn.series ${known}`,
      `Forewarn forewarn.score[${id}] 0.25`,
      `Forewarn forewarn.reason[${id}] firing: ${reason}`,
      `Forewarn forewarn.alarm[${id}] 2`,
      `Forewarn forewarn.reason[${id}] resolved: ${reason}`,
      `Forewarn forewarn.alarm[${id}] 0`,
    ])
    expect(peer.values[1]).toMatchObject({ clock: noonMs / 1000, ns: 7_000_012 })
  }))

test('a silenced alarm is none, until the silence is over', () =>
  withSink({}, async (peer, sink) => {
    const silenced = { silenceId: 's', who: 'Ada', untilMs: noonMs }
    await sink.write([alarmReport('firing', { severity: 'critical' })], patience)
    await sink.write([alarmReport('firing', { silenced, news: 'silenced' })], patience)
    await sink.write([alarmReport('firing', { news: 'unsilenced' })], patience)
    const levels = peer.values.filter(({ key }) => key.startsWith('forewarn.alarm'))
    expect(levels.map(({ value }) => value)).toEqual(['3', '0', '2'])
  }))

test('with host_label each host has its own series', () =>
  withSink({ hostLabel: 'host', compress: false }, async (peer, sink) => {
    const bare = scoreReport({ labels: Labels.named('m') })
    await sink.write([scoreReport(), bare], patience)
    expect(peer.values.map(({ host, key }) => `${host} ${key.split('[')[0]}`)).toEqual([
      'a forewarn.series',
      'Forewarn forewarn.series',
      'a forewarn.score',
      'Forewarn forewarn.score',
    ])
  }))

describe('values without an item', () => {
  const known = alarmReport('firing')
  const fresh = alarmReport('firing', { labels: Labels.named('new') })
  const isOfNew = ({ key }: PeerValue): boolean => key.includes(hash64('new'))

  test('wait until it is there, and those of others are not sent again', () =>
    withSink({}, async (peer, sink, time) => {
      await sink.write([known], patience)
      peer.has = (value) => !isOfNew(value)
      const next = alarmReport('resolved')
      const write = sink.write([next, fresh], patience)
      await expect(write).rejects.toMatchObject({ retryable: true, retryAfterMs: 1000 })
      peer.has = () => true
      time.nowMs += 60_000
      await sink.write([next, fresh], patience)
      const levels = peer.values.filter(({ key }) => key.startsWith('forewarn.alarm'))
      expect(levels.map(({ value }) => value)).toEqual(['2', '0', '2'])
    }))

  test('are given up, aloud, after item_wait', () =>
    withSink({ itemWaitMs: 5000 }, async (peer, sink, time) => {
      peer.has = (value) => !isOfNew(value)
      await expect(sink.write([fresh], patience)).rejects.toMatchObject({ retryable: true })
      time.nowMs += 5000
      const write = sink.write([known, fresh], patience)
      await expect(write).rejects.toMatchObject({ retryable: false })
      await expect(write).rejects.toThrow(/^1 values have no item in .* "Forewarn", .* of new$/)
      expect(peer.values.map(({ key }) => key)).toContain(`forewarn.alarm[${id}]`)
    }))

  test('of more series than series_max are refused at once', () =>
    withSink({ seriesMax: 1 }, async (peer, sink) => {
      await sink.write([known], patience)
      peer.has = (value) => !isOfNew(value)
      await expect(sink.write([fresh], patience)).rejects.toMatchObject({ retryable: false })
    }))
})

test('all series are made known again when it is time', () =>
  withSink({ discoveryEveryMs: 10_000 }, async (peer, sink, time) => {
    const discoveries = (): number =>
      peer.values.filter(({ key }) => key === 'forewarn.series').length
    for (const afterMs of [0, 6000, 6000]) {
      time.nowMs += afterMs
      await sink.write([scoreReport()], patience)
    }
    expect(discoveries()).toBe(2)
  }))

test('an answer may be compressed', () =>
  withSink({}, async (peer, sink) => {
    peer.compresses = true
    await sink.write([scoreReport()], patience)
    expect(peer.values).toHaveLength(2)
  }))

test('a peer that misbehaves is a failure to be tried again', () =>
  withSink({}, async (peer, sink) => {
    const f = async (odd: ZabbixPeer['odd'], want: RegExp): Promise<void> => {
      peer.odd = odd
      const write = sink.write([alarmReport('firing')], patience)
      await expect(write).rejects.toMatchObject({ retryable: true })
      await expect(write).rejects.toThrow(want)
    }
    await f('nothing', /closed before the answer/)
    await f(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), /no Zabbix answer/)
    await f(frame('{"response":"failed","info":"no"}'), /the answer {"response":"failed"/)
    await f(frame('{"response":"success"}'), /the answer/)
    await f(frame('not json'), /JSON/)
    await f(frame('{}').subarray(0, 14), /closed before the answer/)
    const huge = Buffer.from('ZBXD\x01\xff\xff\xff\xff\0\0\0\0', 'latin1')
    await f(huge, /an answer of 4294967295 bytes/)
    await f(frame(`{"a":"${'x'.repeat(100_000)}"}`, true), /an answer of/)
    await f(Buffer.from('ZBXD\x05\0\0\0\0\0\0\0\0', 'latin1'), /flags 5/)
  }))

test('a peer that says nothing is given up when the delivery says so', () =>
  withSink({}, async (peer, sink) => {
    peer.odd = 'silent'
    const stop = new AbortController()
    const write = sink.write([alarmReport('firing')], stop.signal)
    await vi.waitUntil(() => peer.requests === 1, { timeout: 20_000 })
    stop.abort()
    await expect(write).rejects.toMatchObject({ retryable: true })
  }))

test('options that do not go together are faults of the configuration', () => {
  expect(() => checkZabbixSink(options({ host: '' }))).toThrow(/^host/)
  expect(() => checkZabbixSink(options({ zabbixHost: '' }))).toThrow(/^zabbix_host/)
  expect(() => checkZabbixSink(options({ tls: true, tlsKey: 'k' }))).toThrow(/^tls_key/)
})
