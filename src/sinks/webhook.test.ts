import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { HttpPeer, refusalBy, withHttpPeer } from '../../test/http-peer.ts'
import type { PeerWay } from '../../test/http-peer.ts'
import { alarmReport, noonMs, scoreReport } from '../../test/sample-reports.ts'
import { VirtualClock } from '../../test/virtual-clock.ts'
import { AlertmanagerWebhookEncoder } from '../codecs/alertmanager-webhook.ts'
import { WebhookEncoder } from '../codecs/webhook.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { sinkContract } from './sink.contract.ts'
import { SinkError } from './sink.ts'
import { WebhookSink, webhookOptions, webhookSink } from './webhook.ts'
import type { WebhookOptions } from './webhook.ts'

const patience = new AbortController().signal
const all = { scores: true, rejections: true, forecasts: true }

function made(
  given: Partial<WebhookOptions>,
  encoder = new WebhookEncoder({ pageUrl: '' }),
): WebhookSink {
  return new WebhookSink(
    optionsWithDefaults(webhookOptions, given),
    encoder,
    new VirtualClock(noonMs),
  )
}

/** The reports or alerts of every body that was taken. */
function partsOf(peer: HttpPeer): string[] {
  return peer.requests.flatMap(({ body }) => {
    const { reports, alerts } = JSON.parse(body) as { reports?: object[]; alerts?: object[] }
    return (reports ?? alerts ?? []).map((part) => JSON.stringify(part))
  })
}

sinkContract('webhook', {
  runs: 50,
  open: async () => {
    const peer = await HttpPeer.started()
    return {
      sink: made({ url: peer.url, ...all }),
      received: () => Promise.resolve(partsOf(peer)),
      breakOtherSide: () => {
        peer.way = (response) => response.writeHead(500).end()
        return Promise.resolve()
      },
      dispose: () => peer.stop(),
    }
  },
})

sinkContract('webhook, Alertmanager’s', {
  runs: 50,
  open: async () => {
    const peer = await HttpPeer.started()
    const options = optionsWithDefaults(webhookOptions, { url: peer.url, format: 'alertmanager' })
    const encoder = new AlertmanagerWebhookEncoder({ receiver: 'r', externalUrl: '', pageUrl: '' })
    return {
      sink: new WebhookSink(options, encoder, new VirtualClock(noonMs)),
      received: () => Promise.resolve(partsOf(peer)),
      breakOtherSide: () => peer.stop(),
      dispose: () => peer.stop(),
    }
  },
})

const takes: PeerWay = (response) => response.writeHead(204).end()

const withPeer = (work: (peer: HttpPeer) => Promise<void>) => withHttpPeer(takes, work)

/** The error that one write ends with, where the peer answers in a way; undefined: it was taken. */
async function errorBy(way: PeerWay) {
  const refusal = await refusalBy(way, (peer) => made({ url: peer.url }))
  return refusal as SinkError | undefined
}

test('posts JSON with its headers, token and signature', () =>
  withPeer(async (peer) => {
    const headers = { 'X-Team': 'blue' }
    const sink = made({ url: peer.url, headers, token: 'secret', signingKey: 'key' })
    await sink.write([alarmReport('firing'), alarmReport('resolved')], patience)
    await sink.close()
    const [request] = peer.requests
    expect(request).toMatchObject({ method: 'POST', path: '/hook' })
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      authorization: 'Bearer secret',
      'user-agent': 'forewarn',
      'x-team': 'blue',
    })
    const digest = createHmac('sha256', 'key').update(String(request?.body)).digest('hex')
    expect(request?.headers['x-forewarn-signature']).toBe(`sha256=${digest}`)
    expect(partsOf(peer)).toHaveLength(2)
  }))

test('any 2xx is taken', async () => {
  for (const status of [200, 201, 202, 204]) {
    expect(await errorBy((response) => response.writeHead(status).end('ok'))).toBeUndefined()
  }
})

test('statuses are tried again or not', async () => {
  const f = async (status: number, retryable: boolean): Promise<void> => {
    const error = await errorBy((response) => response.writeHead(status).end('because'))
    expect(error).toBeInstanceOf(SinkError)
    expect([status, error?.retryable]).toEqual([status, retryable])
    expect(error?.message).toMatch(`http://127.0.0.1:`)
    expect(error?.message).toMatch(`answered ${status}: because`)
  }
  for (const status of [400, 405, 410, 413, 415, 422]) await f(status, false)
  for (const status of [401, 403, 404, 408, 425, 429, 500, 502, 503, 504]) await f(status, true)
})

test('Retry-After is passed on, as seconds or a date, and only where it is one', async () => {
  const f = async (header: string, wantMs: number, status = 429): Promise<void> => {
    const way: PeerWay = (response) => response.writeHead(status, { 'retry-after': header }).end()
    expect((await errorBy(way))?.retryAfterMs).toBe(wantMs)
  }
  await f('30', 30_000)
  await f('1.5', 1500, 503)
  await f('Sat, 01 Mar 2025 12:00:09 GMT', 9000)
  await f('Sat, 01 Mar 2025 11:00:00 GMT', 0)
  await f('soon', 0)
  await f('-5', 0)
  await f('30', 0, 400)
})

test('a redirect is refused and nothing is sent on', () =>
  withPeer(async (other) => {
    const way: PeerWay = (response) => {
      response.writeHead(307, { location: `${other.url}?token=hidden` }).end()
    }
    const error = await errorBy(way)
    expect(error).toMatchObject({ retryable: false })
    expect(error?.message).toMatch(/answered 307, a redirect to http:.*, which is not followed$/)
    expect(error?.message).not.toMatch(/hidden/)
    expect(other.requests).toEqual([])
  }))

test('a stopped peer is tried again', () =>
  withPeer(async (peer) => {
    const sink = made({ url: peer.url })
    await peer.stop()
    const write = sink.write([alarmReport('firing')], patience)
    await expect(write).rejects.toThrow(/^cannot post to http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/)
    await sink.close()
  }))

test('of an endless answer only the beginning is read', async () => {
  const endless: PeerWay = (response) => {
    response.writeHead(500)
    const more = (): void => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
      if (!response.destroyed) response.once('drain', more)
    }
    more()
  }
  const error = await errorBy(endless)
  expect(error?.retryable).toBe(true)
  expect(error?.message.length).toBeLessThan(300)
})

test('a batch that is too large is posted in halves, in order; one report is given up', () =>
  withPeer(async (peer) => {
    const taken: string[] = []
    peer.way = (response, { body }) => {
      const { reports } = JSON.parse(body) as { reports: { value: number }[] }
      const tooLarge = reports.length > 2
      if (!tooLarge) taken.push(...reports.map(({ value }) => String(value)))
      response.writeHead(tooLarge ? 413 : 204).end()
    }
    const sink = made({ url: peer.url, scores: true })
    const reports = [1, 2, 3, 4, 5].map((value) => scoreReport({ value }))
    await sink.write(reports, patience)
    expect(taken).toEqual(['1', '2', '3', '4', '5'])
    peer.way = (response) => response.writeHead(413).end()
    await expect(sink.write(reports, patience)).rejects.toMatchObject({ retryable: false })
    await sink.close()
  }))

test('options that cannot be posted by are faults of the configuration, without secrets', () => {
  const f = (given: Partial<WebhookOptions>): void => {
    const invalid = expect.objectContaining({ code: 'ERR_CONFIG_INVALID' })
    expect(() => made(given)).toThrow(invalid)
    expect(() => made(given)).not.toThrow(/hidden/)
  }
  const url = 'https://h.example/hidden'
  f({})
  f({ url: 'h.example/hidden' })
  f({ url: 'ftp://h.example/hidden' })
  f({ url: 'https://user:hidden@h.example' })
  f({ url, token: 'hidden\n' })
  f({ url, headers: { 'not a name': 'x' } })
  f({ url, headers: { name: 'x\ny' } })
  f({ url, headers: { Host: 'x' } })
})

test('the table makes it with the encoder that its format names', () => {
  const f = (given: Partial<WebhookOptions>, name: string, encoderOptions: object): void => {
    const options = optionsWithDefaults(webhookOptions, given)
    expect(webhookSink.encoderName(options)).toBe(name)
    expect(webhookSink.encoderOptions(options)).toEqual(encoderOptions)
  }
  f({}, 'webhook', {})
  f({ format: 'alertmanager' }, 'alertmanager-webhook', { receiver: 'forewarn', externalUrl: '' })
})
