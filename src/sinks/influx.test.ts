import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { HttpPeer, refusalBy, withHttpPeer } from '../../test/http-peer.ts'
import type { PeerWay } from '../../test/http-peer.ts'
import { alarmReport, noonMs, scoreReport } from '../../test/sample-reports.ts'
import { VirtualClock } from '../../test/virtual-clock.ts'
import { InfluxDecoder, influxOptions } from '../codecs/influx.ts'
import { InfluxScoresEncoder, influxScoresOptions } from '../codecs/influx-scores.ts'
import { Labels } from '../core/labels.ts'
import type { Observation } from '../core/observation.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { InfluxSink, checkInfluxSink, influxSink, influxSinkOptions } from './influx.ts'
import type { InfluxSinkOptions } from './influx.ts'
import { sinkContract } from './sink.contract.ts'

const patience = new AbortController().signal

function made(url: string, given: Partial<InfluxSinkOptions> = {}): InfluxSink {
  const options = optionsWithDefaults(influxSinkOptions, { url, gzip: false, ...given })
  const chosen = optionsWithDefaults(influxScoresOptions, influxSink.encoderOptions(options))
  return new InfluxSink(options, new InfluxScoresEncoder(chosen), new VirtualClock(noonMs))
}

const takes: PeerWay = (response) => response.writeHead(204).end()

function lines(peer: HttpPeer): string[] {
  return peer.requests.flatMap(({ body }) => body.split('\n').slice(0, -1))
}

const errorBy = (way: PeerWay) => refusalBy(way, (peer) => made(peer.url))

sinkContract('influx', {
  runs: 50,
  open: async () => {
    const peer = await HttpPeer.started()
    return {
      sink: made(peer.url),
      received: () => Promise.resolve(lines(peer)),
      breakOtherSide: () => peer.stop(),
      dispose: () => peer.stop(),
    }
  },
})

test('scores and alarms as lines, to organisation and bucket', () =>
  withHttpPeer(takes, async (peer) => {
    const sink = made(peer.url, { org: 'a b', bucket: 'x', token: 'secret' })
    await sink.write([scoreReport(), alarmReport('firing')], patience)
    await sink.close()
    const [request] = peer.requests
    expect(request).toMatchObject({
      method: 'POST',
      path: '/hook/api/v2/write?bucket=x&precision=ns&org=a+b',
    })
    expect(request?.headers).toMatchObject({ authorization: 'Token secret' })
    expect(request?.headers['content-encoding']).toBeUndefined()
    expect(lines(peer)).toEqual([
      'anomaly_score,app=cpu{host\\="a"},host=a,period_description=Regular ' +
        'value=200,anomaly_score=0.25,is_anomaly=0,expected=220,lower=180,upper=260 ' +
        '1740830400000000000',
      'forewarn_alarm,host=a,rule=default,series=cpu{host\\="a"},severity=warning ' +
        'firing=1i,value=412,score=0.9995,expected=220,lower=180,upper=260,alarm_id="a1",' +
        'reason="412, expected 180 to 260; once in 2000 samples" 1740830400000000000',
    ])
  }))

test('odd texts are still lines that a decoder reads', () =>
  withHttpPeer(takes, async (peer) => {
    const sink = made(peer.url)
    const labels = Labels.named('a b,c=d\ne', [
      ['k,= "', 'v\\'],
      ['empty', ''],
    ])
    const reason = 'say "no"\\\nrun'
    await sink.write([alarmReport('resolved', { labels, reason, expected: NaN })], patience)
    await sink.close()
    const decoder = new InfluxDecoder(optionsWithDefaults(influxOptions))
    const observations: Observation[] = []
    const origin = { partition: 'p', offset: 0, receivedMs: noonMs }
    const bytes = new TextEncoder().encode(peer.requests[0]?.body)
    const refused = decoder.decode(bytes, origin, observations)
    expect(refused.map(({ reason: why }) => why)).not.toContain('malformed')
    expect(observations.map(({ labels: each }) => each.field).sort()).toEqual([
      'firing',
      'lower',
      'score',
      'upper',
      'value',
    ])
  }))

test('what is long is packed', async () => {
  const bodies: Buffer[] = []
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      expect(request.headers['content-encoding']).toBe('gzip')
      bodies.push(Buffer.concat(chunks))
      response.writeHead(204).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const sink = made(url, { gzip: true })
  await sink.write(
    Array.from({ length: 100 }, () => scoreReport()),
    patience,
  )
  await sink.close()
  server.close()
  expect(
    gunzipSync(bodies[0] as Buffer)
      .toString()
      .split('\n'),
  ).toHaveLength(101)
  expect(bodies[0]?.length).toBeLessThan(1000)
})

test('answers: 204 is taken, 400 is given up, overload and rights are tried again', async () => {
  expect(await errorBy(takes)).toBeUndefined()
  const f = async (status: number, retryable: boolean): Promise<void> => {
    const way: PeerWay = (response) => {
      response.writeHead(status, { 'retry-after': '2' }).end('{"code":"c","message":"why"}')
    }
    const error = await errorBy(way)
    expect([status, error]).toMatchObject([status, { retryable }])
    if (retryable) expect(error).toMatchObject({ retryAfterMs: 2000 })
    expect(String(error)).toMatch(/why/)
  }
  for (const status of [400, 413, 422]) await f(status, false)
  for (const status of [401, 404, 429, 500, 503]) await f(status, true)
})

test('what is too large is written in halves', () =>
  withHttpPeer(takes, async (peer) => {
    const taken: string[] = []
    peer.way = (response, { body }) => {
      const some = body.split('\n').slice(0, -1)
      if (some.length <= 2) taken.push(...some)
      response.writeHead(some.length > 2 ? 413 : 204).end()
    }
    const sink = made(peer.url)
    await sink.write(
      [1, 2, 3, 4, 5].map((value) => scoreReport({ value })),
      patience,
    )
    await sink.close()
    expect(taken.map((line) => / value=(\d)/.exec(line)?.[1])).toEqual(['1', '2', '3', '4', '5'])
  }))

test('options that cannot be written by are faults of the configuration', () => {
  const f = (given: Partial<InfluxSinkOptions>): void => {
    const options = optionsWithDefaults(influxSinkOptions, given)
    const invalid = expect.objectContaining({ code: 'ERR_CONFIG_INVALID' })
    expect(() => checkInfluxSink(options)).toThrow(invalid)
  }
  f({ url: '' })
  f({ bucket: '' })
  f({ token: 'a\n' })
  expect(() => made('http://127.0.0.1')).not.toThrow()
})
