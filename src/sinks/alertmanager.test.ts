import { expect, test } from 'vitest'
import { HttpPeer, withHttpPeer } from '../../test/http-peer.ts'
import type { PeerRequest, PeerWay } from '../../test/http-peer.ts'
import { alarmReport, noonMs } from '../../test/sample-reports.ts'
import { VirtualClock, settled } from '../../test/virtual-clock.ts'
import { Labels } from '../core/labels.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { AlertmanagerSink, alertmanagerOptions, checkAlertmanager } from './alertmanager.ts'
import type { AlertmanagerOptions } from './alertmanager.ts'
import { sinkContract } from './sink.contract.ts'

const patience = new AbortController().signal

interface Sent {
  readonly labels: Record<string, string>
  readonly annotations: Record<string, string>
  readonly startsAt: string
  readonly endsAt: string
  readonly generatorURL?: string
}

function made(given: Partial<AlertmanagerOptions>, clock = new VirtualClock(noonMs)) {
  const options = optionsWithDefaults(alertmanagerOptions, given)
  return new AlertmanagerSink(options, clock, 'https://fw.example.org')
}

/** Alerts of every batch that was posted. */
function batches(peer: HttpPeer): Sent[][] {
  const posted = peer.requests.filter(({ method }) => method === 'POST')
  return posted.map(({ body }) => JSON.parse(body) as Sent[])
}

/** A peer that shows these as active. */
function showing(alerts: readonly unknown[]): PeerWay {
  return (response, { method }: PeerRequest) => {
    response.writeHead(200).end(method === 'GET' ? JSON.stringify(alerts) : '')
  }
}

const withPeer = (work: (peer: HttpPeer) => Promise<void>) => withHttpPeer(showing([]), work)

/** Lets an interval pass, and waits until so many requests have come. */
async function interval(clock: VirtualClock, peer: HttpPeer, requests: number): Promise<void> {
  await clock.advance(60_000)
  await expect.poll(() => peer.requests.length, { interval: 5 }).toBe(requests)
  await expect.poll(() => settled().then(() => clock.timerCount), { interval: 5 }).toBe(1)
}

sinkContract('alertmanager', {
  runs: 50,
  open: async () => {
    const peer = await HttpPeer.started()
    peer.way = showing([])
    return {
      sink: made({ urls: [peer.url] }),
      received: () =>
        Promise.resolve(
          batches(peer)
            .flat()
            .map((alert) => JSON.stringify(alert.annotations)),
        ),
      breakOtherSide: () => peer.stop(),
      dispose: () => peer.stop(),
    }
  },
})

test('an alert says what an alarm is; labels hold nothing that changes', () =>
  withPeer(async (peer) => {
    const sink = made({ urls: [peer.url], labels: { team: 'blue' }, token: 'secret' })
    const labels = Labels.named('cpu', [
      ['host', 'a'],
      ['severity', 'x'],
      ['disk.name', 'sda'],
      ['empty', ''],
    ])
    await sink.write([alarmReport('firing', { labels })], patience)
    await sink.close()
    const [request] = peer.requests
    expect(request).toMatchObject({ method: 'POST', path: '/hook/api/v2/alerts' })
    expect(request?.headers).toMatchObject({ authorization: 'Bearer secret' })
    const key = labels.key
    expect(batches(peer)).toEqual([
      [
        {
          labels: {
            host: 'a',
            exported_severity: 'x',
            disk_name: 'sda',
            team: 'blue',
            alertname: 'default',
            severity: 'warning',
            series: key,
            forewarn: 'forewarn',
          },
          annotations: {
            summary: `${key}: 412, expected 180 to 260; once in 2000 samples`,
            description: '412, expected 180 to 260; once in 2000 samples',
            value: '412',
            score: '0.9995',
            expected: '220 (180 to 260)',
            since: '2025-03-01 11:59:55 UTC',
            rarity: 'once in 2000 samples',
            link: `https://fw.example.org/#${encodeURIComponent(key)}`,
            alarm_id: 'a1',
          },
          startsAt: '2025-03-01T11:59:55.000Z',
          endsAt: '2025-03-01T12:04:00.000Z',
          generatorURL: `https://fw.example.org/#${encodeURIComponent(key)}`,
        },
      ],
    ])
  }))

test('firing alerts are repeated with a later end; ended ones for five minutes', () =>
  withPeer(async (peer) => {
    const clock = new VirtualClock(noonMs)
    const sink = made({ urls: [peer.url] }, clock)
    await sink.write([alarmReport('firing')], patience)
    // One more request: what is active is asked for once.
    await interval(clock, peer, 3)
    await interval(clock, peer, 4)
    expect(batches(peer).map(([alert]) => alert?.endsAt)).toEqual([
      '2025-03-01T12:04:00.000Z',
      '2025-03-01T12:05:00.000Z',
      '2025-03-01T12:06:00.000Z',
    ])
    await sink.write([alarmReport('resolved')], patience)
    for (let i = 0; i < 5; i++) await interval(clock, peer, 6 + i)
    const ends = batches(peer).slice(3)
    expect(ends).toHaveLength(6)
    for (const [alert] of ends) expect(alert?.endsAt).toBe('2025-03-01T12:02:00.000Z')
    await interval(clock, peer, 10)
    await sink.close()
    expect(clock.timerCount).toBe(0)
  }))

test('after a restart what fires under its name is repeated until it is over', () =>
  withPeer(async (peer) => {
    const first = made({ urls: [peer.url] })
    await first.write([alarmReport('firing')], patience)
    await first.close()
    const [[active]] = batches(peer) as [[Sent]]
    const clock = new VirtualClock(noonMs + 30_000)
    const second = made({ urls: [peer.url] }, clock)
    peer.way = showing([{ ...active, fingerprint: 'f', status: { state: 'active' } }, 7, null, {}])
    await interval(clock, peer, 3)
    expect(peer.requests[1]?.path).toBe(
      '/hook/api/v2/alerts?active=true&filter=forewarn%3D%22forewarn%22',
    )
    expect(batches(peer)[1]).toEqual([{ ...active, endsAt: '2025-03-01T12:05:30.000Z' }])
    // Somebody else has ended it.
    peer.way = showing([])
    await interval(clock, peer, 4)
    await interval(clock, peer, 4)
    expect(batches(peer)).toHaveLength(2)
    await second.close()
  }))

test('its own end goes over what was found', () =>
  withPeer(async (peer) => {
    const first = made({ urls: [peer.url] })
    await first.write([alarmReport('firing')], patience)
    await first.close()
    const [[active]] = batches(peer) as [[Sent]]
    const clock = new VirtualClock(noonMs + 30_000)
    const second = made({ urls: [peer.url] }, clock)
    peer.way = showing([active])
    await interval(clock, peer, 3)
    await second.write([alarmReport('resolved')], patience)
    await interval(clock, peer, 5)
    expect(batches(peer).at(-1)?.[0]?.endsAt).toBe('2025-03-01T12:01:30.000Z')
    await second.close()
  }))

test('silenced alarms are not sent, but every end is', () =>
  withPeer(async (peer) => {
    const sink = made({ urls: [peer.url] })
    const silenced = { silenceId: 's', who: 'ada', untilMs: noonMs }
    await sink.write([alarmReport('firing', { silenced })], patience)
    await sink.write([alarmReport('firing', { news: 'acknowledged' })], patience)
    await sink.write([alarmReport('pending'), alarmReport('inactive')], patience)
    expect(peer.requests).toEqual([])
    await sink.write([alarmReport('resolved', { silenced })], patience)
    expect(batches(peer)).toHaveLength(1)
    await sink.close()
  }))

test('one replica of two is enough; none is a failure to be tried again', async () => {
  await withPeer(async (one) => {
    const other = await HttpPeer.started()
    other.way = (response) => response.writeHead(503, { 'retry-after': '7' }).end()
    const sink = made({ urls: [one.url, other.url] })
    await sink.write([alarmReport('firing')], patience)
    expect([one.requests.length, other.requests.length]).toEqual([1, 1])
    one.way = (response) => response.writeHead(400).end('bad')
    const write = sink.write([alarmReport('firing')], patience)
    await expect(write).rejects.toMatchObject({ retryable: true, retryAfterMs: 7000 })
    other.way = (response) => response.writeHead(400).end('bad')
    const again = sink.write([alarmReport('firing')], patience)
    await expect(again).rejects.toMatchObject({ retryable: false })
    await sink.close()
    await other.stop()
  })
})

test('a repetition that fails does no harm', () =>
  withPeer(async (peer) => {
    const clock = new VirtualClock(noonMs)
    const sink = made({ urls: [peer.url] }, clock)
    await sink.write([alarmReport('firing')], patience)
    peer.way = (response) => response.writeHead(200).end('<html>')
    await interval(clock, peer, 2)
    peer.way = (response) => response.destroy()
    await interval(clock, peer, 3)
    peer.way = showing([])
    await interval(clock, peer, 5)
    await sink.close()
  }))

test('options that cannot be posted by are faults of the configuration', () => {
  const thrown = (given: Partial<AlertmanagerOptions>): unknown => {
    try {
      checkAlertmanager(optionsWithDefaults(alertmanagerOptions, given))
      return undefined
    } catch (error) {
      return error
    }
  }
  for (const given of [
    { urls: [] },
    { urls: ['hidden'] },
    { urls: ['ftp://hidden'] },
    { instance: '' },
    { token: 'hidden\n' },
    { user: 'a' },
    { user: 'a', password: 'hidden', token: 'hidden' },
  ]) {
    expect(thrown(given)).toMatchObject({ code: 'ERR_CONFIG_INVALID' })
    expect(String(thrown(given))).not.toMatch(/hidden/)
  }
  expect(thrown({})).toBeUndefined()
})
