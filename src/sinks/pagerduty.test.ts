import { expect, test } from 'vitest'
import { HttpPeer, refusalBy, withHttpPeer } from '../../test/http-peer.ts'
import type { PeerWay } from '../../test/http-peer.ts'
import { alarmReport, noonMs } from '../../test/sample-reports.ts'
import { VirtualClock } from '../../test/virtual-clock.ts'
import { Labels } from '../core/labels.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { PagerdutySink, checkPagerduty, pagerdutyOptions } from './pagerduty.ts'
import type { PagerdutyOptions } from './pagerduty.ts'
import { sinkContract } from './sink.contract.ts'

const patience = new AbortController().signal
const routingKey = '0123456789abcdef0123456789abcdef'

/** As the API answers what it takes. */
const takes: PeerWay = (response) => {
  const said = { status: 'success', message: 'Event processed', dedup_key: 'k' }
  response.writeHead(202).end(JSON.stringify(said))
}

function made(url: string): PagerdutySink {
  const options = optionsWithDefaults(pagerdutyOptions, { routingKey, url })
  return new PagerdutySink(options, new VirtualClock(noonMs), 'https://fw')
}

const errorBy = (way: PeerWay) => refusalBy(way, (peer) => made(peer.url))

sinkContract('pagerduty', {
  runs: 50,
  open: async () => {
    const peer = await HttpPeer.started()
    peer.way = takes
    return {
      sink: made(peer.url),
      received: () => Promise.resolve(peer.requests.map(({ body }) => body)),
      breakOtherSide: () => peer.stop(),
      dispose: () => peer.stop(),
    }
  },
})

test('trigger, acknowledge and resolve stand under one key', () =>
  withHttpPeer(takes, async (peer) => {
    const sink = made(peer.url)
    const acknowledged = { who: 'ada', atMs: noonMs, text: '' }
    const batch = [
      alarmReport('pending'),
      alarmReport('firing', { severity: 'critical' }),
      alarmReport('firing', { news: 'acknowledged', acknowledged }),
      alarmReport('firing', { news: 'labelled', acknowledged }),
      alarmReport('resolved', { acknowledged }),
    ]
    await sink.write(batch, patience)
    await sink.write(batch, patience)
    await sink.close()
    const head = { routing_key: routingKey, dedup_key: 'forewarn-a1' }
    expect(peer.requests.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      {
        ...head,
        event_action: 'trigger',
        client: 'Forewarn',
        client_url: 'https://fw',
        links: [{ href: 'https://fw/#cpu%7Bhost%3D%22a%22%7D', text: 'Open the page' }],
        payload: {
          summary: 'cpu{host="a"}: 412, expected 180 to 260; once in 2000 samples',
          source: 'a',
          severity: 'critical',
          timestamp: '2025-03-01T11:59:55.000Z',
          component: 'cpu',
          class: 'default',
          custom_details: {
            Series: 'cpu{host="a"}',
            Value: '412',
            Expected: '220 (180 to 260)',
            Since: '2025-03-01 11:59:55 UTC',
            'How rare': 'once in 2000 samples',
            Severity: 'critical',
            Rule: 'default',
          },
        },
      },
      { ...head, event_action: 'acknowledge' },
      { ...head, event_action: 'resolve' },
    ])
  }))

test('silenced alarms are not sent, but every end is', () =>
  withHttpPeer(takes, async (peer) => {
    const sink = made(peer.url)
    const silenced = { silenceId: 's', who: 'ada', untilMs: noonMs }
    await sink.write([alarmReport('firing', { silenced })], patience)
    expect(peer.requests).toEqual([])
    await sink.write([alarmReport('resolved', { silenced })], patience)
    await sink.write([alarmReport('firing', { news: 'told', alarmId: 'a2' })], patience)
    expect(peer.requests.map(({ body }) => /"event_action":"(\w+)"/.exec(body)?.[1])).toEqual([
      'resolve',
      'trigger',
    ])
    await sink.close()
  }))

test('an event that is too large goes without its details', () =>
  withHttpPeer(takes, async (peer) => {
    const sink = made(peer.url)
    const labels = Labels.named('x'.repeat(600_000))
    await sink.write([alarmReport('firing', { labels })], patience)
    await sink.close()
    const body = peer.requests[0]?.body ?? ''
    expect(body.length).toBeLessThan(512_000)
    expect(JSON.parse(body)).toMatchObject({ event_action: 'trigger', dedup_key: 'forewarn-a1' })
  }))

test('429 and 5xx are tried again, what is wrong is not', async () => {
  const limited = await errorBy((response) => {
    response.writeHead(429, { 'retry-after': '60' }).end()
  })
  expect(limited).toMatchObject({ retryable: true, retryAfterMs: 60_000 })
  for (const status of [500, 502, 503]) {
    expect(await errorBy((response) => response.writeHead(status).end())).toMatchObject({
      retryable: true,
    })
  }
  const said = { status: 'invalid event', errors: ['bad'] }
  const wrong = await errorBy((response) => response.writeHead(400).end(JSON.stringify(said)))
  expect(wrong).toMatchObject({ retryable: false })
  expect(String(wrong)).toMatch(/answered 400: .*invalid event/)
  expect(String(wrong)).not.toMatch(routingKey)
  expect(await errorBy((response) => response.writeHead(413).end())).toMatchObject({
    retryable: false,
  })
})

test('an answer that is none of PagerDuty’s is tried again', async () => {
  for (const body of ['<html>', 'null', '{}', '{"status":"invalid event"}']) {
    const error = await errorBy((response) => response.writeHead(202).end(body))
    expect(error).toMatchObject({ retryable: true })
  }
})

test('options that cannot be posted by are faults of the configuration, without the key', () => {
  const f = (given: Partial<PagerdutyOptions>): void => {
    const options = optionsWithDefaults(pagerdutyOptions, given)
    const invalid = expect.objectContaining({ code: 'ERR_CONFIG_INVALID' })
    expect(() => checkPagerduty(options)).toThrow(invalid)
    expect(() => checkPagerduty(options)).not.toThrow(/hidden/)
  }
  f({})
  f({ routingKey: 'hidden' })
  f({ routingKey, url: 'hidden' })
  expect(() => made('https://events.eu.pagerduty.com/v2/enqueue')).not.toThrow()
})
