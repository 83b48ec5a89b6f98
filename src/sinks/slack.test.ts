import { expect, test } from 'vitest'
import { HttpPeer, refusalBy, withHttpPeer } from '../../test/http-peer.ts'
import type { PeerWay } from '../../test/http-peer.ts'
import { alarmReport, noonMs } from '../../test/sample-reports.ts'
import { VirtualClock } from '../../test/virtual-clock.ts'
import { Labels } from '../core/labels.ts'
import { optionsWithDefaults } from '../core/options.ts'
import type { AlarmReport } from '../core/report.ts'
import { sinkContract } from './sink.contract.ts'
import { SlackSink, checkSlack, slackOptions } from './slack.ts'
import type { SlackOptions } from './slack.ts'

const patience = new AbortController().signal
const page = 'https://fw.example.org'

/** A text of a block, or of a part of one. */
interface Text {
  readonly type: string
  readonly text: string
}

interface Message {
  readonly text: string
  readonly channel?: string
  readonly ts?: string
  readonly blocks: readonly {
    readonly type: string
    readonly text?: Text
    readonly fields?: readonly Text[]
    readonly elements?: readonly Text[]
  }[]
}

function made(given: Partial<SlackOptions>): SlackSink {
  const options = optionsWithDefaults(slackOptions, given)
  return new SlackSink(options, new VirtualClock(noonMs), page)
}

const says = (value: unknown): PeerWay => {
  return (response) => response.writeHead(200).end(JSON.stringify(value))
}
const asWebhook: PeerWay = (response) => response.writeHead(200).end('ok')

/** Answers as the API does, with a new time stamp for each new message. */
function asApi(): PeerWay {
  let count = 0
  return (response, { path, body }) => {
    const { ts = `${++count}.5` } = JSON.parse(body) as Message
    const ok = path.endsWith('/chat.update') || path.endsWith('/chat.postMessage')
    response.writeHead(200).end(JSON.stringify({ ok, channel: 'C9', ts }))
  }
}

const bot = (peer: HttpPeer) => ({ token: 'xoxb-secret', channel: 'C1', apiUrl: peer.url })

function messages(peer: HttpPeer): Message[] {
  return peer.requests.map(({ body }) => JSON.parse(body) as Message)
}

/** What a write ends with, where the peer answers in a way. */
const errorBy = (way: PeerWay, kind: 'webhook' | 'bot' = 'webhook') =>
  refusalBy(way, (peer) => made(kind === 'bot' ? bot(peer) : { url: peer.url }))

for (const kind of ['webhook', 'bot'] as const) {
  sinkContract(`slack, ${kind}`, {
    runs: 50,
    open: async () => {
      const peer = await HttpPeer.started()
      peer.way = kind === 'bot' ? asApi() : asWebhook
      return {
        sink: made(kind === 'bot' ? bot(peer) : { url: peer.url }),
        received: () => Promise.resolve(messages(peer).map(({ text }) => text)),
        breakOtherSide: () => {
          peer.way = (response) => response.writeHead(500).end('rollup_error')
          return Promise.resolve()
        },
        dispose: () => peer.stop(),
      }
    },
  })
}

test('a message says what an alarm is, in text and in blocks', () =>
  withHttpPeer(asWebhook, async (peer) => {
    const sink = made({ url: peer.url })
    await sink.write([alarmReport('firing', { severity: 'critical' })], patience)
    await sink.close()
    const [message] = messages(peer)
    const reason = '412, expected 180 to 260; once in 2000 samples'
    expect(message?.text).toBe(`Firing: cpu{host="a"}: ${reason}`)
    expect(message?.blocks.map(({ type }) => type)).toEqual([
      'header',
      'section',
      'section',
      'context',
    ])
    const [header, section, fields, context] = message?.blocks ?? []
    expect(header?.text).toEqual({ type: 'plain_text', text: 'Firing: cpu{host="a"}' })
    expect(section?.text).toEqual({ type: 'mrkdwn', text: `:red_circle: ${reason}` })
    expect(fields?.fields?.map(({ text }) => text)).toEqual([
      '*Series*\n`cpu{host="a"}`',
      '*Value*\n412',
      '*Expected*\n220 (180 to 260)',
      '*Since*\n2025-03-01 11:59:55 UTC',
      '*How rare*\nonce in 2000 samples',
      '*Severity*\ncritical',
      '*Rule*\ndefault',
    ])
    const link = `${page}/#cpu%7Bhost%3D%22a%22%7D`
    expect(context?.elements?.[0]?.text).toBe(`<${link}|Open it on the page>`)
    expect(peer.requests[0]?.headers).toMatchObject({ 'content-type': 'application/json' })
  }))

test('texts are escaped, and cut at Slack’s limits', () =>
  withHttpPeer(asWebhook, async (peer) => {
    const sink = made({ url: peer.url })
    const labels = Labels.named('<!channel>&`' + '<'.repeat(4000))
    await sink.write(
      [alarmReport('firing', { labels, reason: '<@U1> & ' + '&'.repeat(4000) })],
      patience,
    )
    await sink.close()
    const [message] = messages(peer)
    expect(message?.text.length).toBeLessThanOrEqual(3000)
    const [header, section, fields] = message?.blocks ?? []
    expect(header?.text?.text.length).toBe(150)
    expect(section?.text?.text.length).toBeLessThanOrEqual(3000)
    expect(section?.text?.text).toMatch(/^:large_orange_circle: &lt;@U1&gt; &amp; (&amp;)*…$/)
    for (const { text } of fields?.fields ?? []) {
      expect(text.length).toBeLessThanOrEqual(2000)
      expect(text).not.toMatch(/<!channel/)
    }
  }))

test('a bot’s message changes with its alarm', () =>
  withHttpPeer(asApi(), async (peer) => {
    const sink = made(bot(peer))
    const acknowledged = { who: 'ada', atMs: noonMs, text: '' }
    const silenced = { silenceId: 's', who: 'ada', untilMs: noonMs }
    await sink.write([alarmReport('firing')], patience)
    await sink.write([alarmReport('firing', { news: 'acknowledged', acknowledged })], patience)
    await sink.write([alarmReport('firing', { news: 'silenced', silenced })], patience)
    await sink.write([alarmReport('resolved', { silenced, acknowledged })], patience)
    await sink.write([alarmReport('firing', { alarmId: 'a2' })], patience)
    await sink.close()
    expect(peer.requests.map(({ path }) => path)).toEqual([
      '/hook/chat.postMessage',
      '/hook/chat.update',
      '/hook/chat.update',
      '/hook/chat.postMessage',
    ])
    expect(peer.requests[0]?.headers).toMatchObject({ authorization: 'Bearer xoxb-secret' })
    const all = messages(peer)
    expect(all.map(({ channel, ts }) => [channel, ts])).toEqual([
      ['C1', undefined],
      ['C9', '1.5'],
      ['C9', '1.5'],
      ['C1', undefined],
    ])
    expect(all[1]?.text).toMatch(/^Acknowledged: /)
    expect(all[2]?.text).toMatch(/^Resolved: /)
    expect(JSON.stringify(all[2])).toMatch(/:large_green_circle:.*\*Acknowledged\*\\nby ada/)
  }))

test('a message that cannot be changed any more is posted anew', () =>
  withHttpPeer(asApi(), async (peer) => {
    const sink = made(bot(peer))
    await sink.write([alarmReport('firing')], patience)
    const well = asApi()
    peer.way = (response, request) => {
      if (!request.path.endsWith('update')) return well(response, request)
      return says({ ok: false, error: 'message_not_found' })(response, request)
    }
    await sink.write([alarmReport('resolved')], patience)
    await sink.close()
    expect(peer.requests.map(({ path }) => path.slice('/hook/chat.'.length))).toEqual([
      'postMessage',
      'update',
      'postMessage',
    ])
  }))

test('silenced alarms and those that only may come are not told', () =>
  withHttpPeer(asWebhook, async (peer) => {
    const sink = made({ url: peer.url })
    const silenced = { silenceId: 's', who: 'ada', untilMs: noonMs }
    const alarms: AlarmReport[] = [
      alarmReport('firing', { silenced }),
      alarmReport('resolved', { silenced }),
      alarmReport('firing', { news: 'acknowledged' }),
      alarmReport('pending'),
      alarmReport('inactive'),
    ]
    await sink.write(alarms, patience)
    expect(peer.requests).toEqual([])
    await sink.write([alarmReport('firing', { news: 'told' })], patience)
    expect(peer.requests).toHaveLength(1)
    await sink.close()
  }))

test('a storm is a few messages', () =>
  withHttpPeer(asWebhook, async (peer) => {
    const sink = made({ url: peer.url })
    const storm = Array.from({ length: 45 }, (_, i) => alarmReport('firing', { alarmId: `a${i}` }))
    await sink.write(storm, patience)
    await sink.close()
    expect(messages(peer).map(({ blocks }) => blocks.length)).toEqual([21, 21, 6])
    expect(messages(peer)[0]?.text).toBe('20 changes of alarms')
  }))

test('after a failure in the middle only the rest is posted', () =>
  withHttpPeer(asWebhook, async (peer) => {
    const sink = made({ url: peer.url })
    peer.way = (response) => {
      const status = peer.requests.length === 2 ? 429 : 200
      response.writeHead(status, status === 429 ? { 'retry-after': '3' } : {}).end('ok')
    }
    const batch = ['a1', 'a2', 'a3'].map((alarmId) => alarmReport('firing', { alarmId }))
    const write = sink.write(batch, patience)
    await expect(write).rejects.toMatchObject({ retryable: true, retryAfterMs: 3000 })
    await sink.write(batch, patience)
    expect(peer.requests).toHaveLength(4)
    await sink.close()
  }))

test('only overload and faults of Slack are tried again', async () => {
  for (const status of [408, 429, 500, 503]) {
    const error = await errorBy((response) => response.writeHead(status).end('rollup_error'))
    expect(error).toMatchObject({ retryable: true })
  }
  for (const status of [302, 400, 403, 404, 410, 413]) {
    const error = await errorBy((response) => response.writeHead(status).end('no_service'))
    expect(error).toMatchObject({ retryable: false })
    expect(String(error)).toMatch(/answered/)
  }
  expect(await errorBy((response) => response.writeHead(200).end('<html>'))).toMatchObject({
    retryable: true,
  })
})

test('the API’s own words are read: what may be put right is tried again', async () => {
  const f = async (answer: unknown, retryable: boolean): Promise<void> => {
    expect(await errorBy(says(answer), 'bot')).toMatchObject({ retryable })
  }
  await f({ ok: false, error: 'ratelimited' }, true)
  await f({ ok: false, error: 'not_in_channel' }, true)
  await f({ ok: false, error: 'invalid_blocks' }, false)
  await f({ ok: false }, true)
  await f(null, true)
  const garbage = await errorBy((response) => response.writeHead(200).end('{'), 'bot')
  expect(garbage).toMatchObject({ retryable: true })
})

test('options that cannot be posted by are faults of the configuration, without secrets', () => {
  const url = 'https://hooks.slack.com/hidden'
  const token = 'hidden'
  const f = (given: Partial<SlackOptions>): void => {
    const check = (): void => checkSlack(optionsWithDefaults(slackOptions, given))
    expect(check).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_INVALID' }))
    expect(check).not.toThrow(/hidden/)
  }
  f({})
  f({ url, token, channel: 'C1' })
  f({ token })
  f({ token: 'hidden\n', channel: 'C1' })
  f({ url: 'hidden' })
  f({ token, channel: 'C1', apiUrl: '' })
  expect(() => made({ url })).not.toThrow()
})
