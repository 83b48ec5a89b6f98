import { expect, test } from 'vitest'
import { HttpPeer, refusalBy, withHttpPeer } from '../../test/http-peer.ts'
import type { PeerWay } from '../../test/http-peer.ts'
import { alarmReport, noonMs } from '../../test/sample-reports.ts'
import { VirtualClock } from '../../test/virtual-clock.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { GrafanaSink, checkGrafana, grafanaOptions } from './grafana.ts'
import type { GrafanaOptions } from './grafana.ts'
import { sinkContract } from './sink.contract.ts'

const patience = new AbortController().signal

function made(url: string, given: Partial<GrafanaOptions> = {}): GrafanaSink {
  const options = optionsWithDefaults(grafanaOptions, { url, ...given })
  return new GrafanaSink(options, new VirtualClock(noonMs), 'https://fw')
}

/** Answers as Grafana does; `found` is what it finds by a tag. */
function asGrafana(found: readonly object[] = []): PeerWay {
  let count = 0
  return (response, { method }) => {
    const added = { message: 'Annotation added', id: ++count }
    response.writeHead(200).end(JSON.stringify(method === 'GET' ? found : added))
  }
}

/** Method, path without the query, and body of every request. */
function calls(peer: HttpPeer): [string, string, unknown][] {
  return peer.requests.map(({ method, path, body }) => [
    method,
    path.split('?')[0] ?? '',
    body === '' ? undefined : (JSON.parse(body) as unknown),
  ])
}

const errorBy = (way: PeerWay) => refusalBy(way, (peer) => made(peer.url))

sinkContract('grafana', {
  runs: 50,
  open: async () => {
    const peer = await HttpPeer.started()
    peer.way = asGrafana()
    return {
      sink: made(peer.url),
      received: () => {
        const posted = peer.requests.filter(({ method }) => method !== 'GET')
        return Promise.resolve(posted.map(({ body }) => body))
      },
      breakOtherSide: () => peer.stop(),
      dispose: () => peer.stop(),
    }
  },
})

const text =
  'cpu{host=&quot;a&quot;}: 412, expected 180 to 260; once in 2000 samples' +
  '<br>warning since 2025-03-01 11:59:55 UTC<br>' +
  '<a href="https://fw/#cpu%7Bhost%3D%22a%22%7D">page</a>'
const tags = ['forewarn', 'warning', 'rule:default', 'alarm:a1']

test('an alarm is an annotation that becomes a region', () =>
  withHttpPeer(asGrafana(), async (peer) => {
    const place = { token: 'secret', dashboard: 'D1', panel: 4, tags: ['blue'] }
    const sink = made(peer.url, place)
    const silenced = { silenceId: 's', who: 'ada', untilMs: noonMs }
    await sink.write([alarmReport('pending'), alarmReport('firing')], patience)
    await sink.write([alarmReport('firing', { news: 'silenced', silenced })], patience)
    await sink.write([alarmReport('resolved', { silenced, timestampMs: noonMs + 9000 })], patience)
    await sink.close()
    const all = [...tags, 'blue']
    const time = noonMs - 5000
    expect(calls(peer)).toEqual([
      ['POST', '/hook/api/annotations', { time, tags: all, text, dashboardUID: 'D1', panelId: 4 }],
      ['PATCH', '/hook/api/annotations/1', { timeEnd: noonMs + 9000, tags: all, text }],
    ])
    expect(peer.requests[0]?.headers).toMatchObject({ authorization: 'Bearer secret' })
  }))

test('after a restart Grafana is asked for the annotation', () =>
  withHttpPeer(asGrafana([{ id: 77 }]), async (peer) => {
    const sink = made(peer.url)
    await sink.write([alarmReport('resolved')], patience)
    await sink.close()
    expect(calls(peer).map(([method, path]) => [method, path])).toEqual([
      ['GET', '/hook/api/annotations'],
      ['PATCH', '/hook/api/annotations/77'],
    ])
    const query = new URL(peer.requests[0]?.path ?? '', 'http://h').searchParams
    expect(query.get('tags')).toBe('alarm:a1')
    expect(Number(query.get('from'))).toBeLessThan(noonMs - 5000)
    expect(Number(query.get('to'))).toBeGreaterThan(noonMs)
  }))

test('where there is no annotation any more the region is made anew', () =>
  withHttpPeer(asGrafana(), async (peer) => {
    const sink = made(peer.url)
    const whole = { time: noonMs - 5000, timeEnd: noonMs, tags, text }
    await sink.write([alarmReport('resolved')], patience)
    expect(calls(peer).at(-1)).toEqual(['POST', '/hook/api/annotations', whole])
    await sink.write([alarmReport('firing', { alarmId: 'a2' })], patience)
    const well = asGrafana()
    peer.way = (response, request) => {
      if (request.method === 'PATCH') response.writeHead(404).end('{}')
      else well(response, request)
    }
    await sink.write([alarmReport('resolved', { alarmId: 'a2' })], patience)
    expect(calls(peer).slice(-2)).toMatchObject([
      ['PATCH', '/hook/api/annotations/3', { timeEnd: noonMs }],
      ['POST', '/hook/api/annotations', { timeEnd: noonMs }],
    ])
    await sink.close()
  }))

test('answers', async () => {
  const f = async (status: number, retryable: boolean): Promise<void> => {
    const way: PeerWay = (response) => {
      response.writeHead(status, { 'retry-after': '4' }).end('{"message":"why"}')
    }
    const error = await errorBy(way)
    expect([status, error]).toMatchObject([status, { retryable }])
    if (retryable) expect(error).toMatchObject({ retryAfterMs: 4000 })
  }
  for (const status of [400, 413, 422]) await f(status, false)
  for (const status of [401, 403, 429, 500, 502]) await f(status, true)
  for (const body of ['<html>', 'null', '{"id":"1"}']) {
    const error = await errorBy((response) => response.writeHead(200).end(body))
    expect(error).toMatchObject({ retryable: true })
  }
})

test('options that cannot be posted by are faults of the configuration', () => {
  const f = (given: Partial<GrafanaOptions>): void => {
    const options = optionsWithDefaults(grafanaOptions, given)
    const invalid = expect.objectContaining({ code: 'ERR_CONFIG_INVALID' })
    expect(() => checkGrafana(options)).toThrow(invalid)
  }
  f({ url: 'grafana' })
  f({ token: 'a\n' })
  f({ panel: 1 })
  expect(() => made('http://127.0.0.1:3000')).not.toThrow()
})
