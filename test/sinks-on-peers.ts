/**
 * Every sink that writes to another program, with a peer that takes what it is sent. For tests that
 * all of them must pass.
 */

import { AlertmanagerWebhookEncoder } from '../src/codecs/alertmanager-webhook.ts'
import { GraphiteScoresEncoder, graphiteScoresOptions } from '../src/codecs/graphite-scores.ts'
import { InfluxScoresEncoder, influxScoresOptions } from '../src/codecs/influx-scores.ts'
import { JsonLinesEncoder } from '../src/codecs/json-lines.ts'
import { WebhookEncoder } from '../src/codecs/webhook.ts'
import type { Clock, Timers } from '../src/core/clock.ts'
import { optionsWithDefaults } from '../src/core/options.ts'
import { AlertmanagerSink, alertmanagerOptions } from '../src/sinks/alertmanager.ts'
import { EmailSink } from '../src/sinks/email.ts'
import { emailOptions } from '../src/sinks/email/options.ts'
import { GrafanaSink, grafanaOptions } from '../src/sinks/grafana.ts'
import { GraphiteSink, graphiteSink, graphiteSinkOptions } from '../src/sinks/graphite.ts'
import { InfluxSink, influxSink, influxSinkOptions } from '../src/sinks/influx.ts'
import { PagerdutySink, pagerdutyOptions } from '../src/sinks/pagerduty.ts'
import { RedisSink } from '../src/sinks/redis.ts'
import { redisSinkOptions } from '../src/sinks/redis/options.ts'
import type { Sink } from '../src/sinks/sink.ts'
import { SlackSink, slackOptions } from '../src/sinks/slack.ts'
import { WebhookSink, webhookOptions } from '../src/sinks/webhook.ts'
import { ZabbixSink } from '../src/sinks/zabbix.ts'
import { zabbixSinkOptions } from '../src/sinks/zabbix/options.ts'
import { HttpPeer } from './http-peer.ts'
import type { PeerWay } from './http-peer.ts'
import { LinePeer } from './line-peer.ts'
import { RedisPeer } from './redis-peer.ts'
import { SmtpPeer } from './smtp-peer.ts'
import { ZabbixPeer } from './zabbix-peer.ts'

const page = 'https://fw.example.org'

/** The other side of a sink. */
export interface StartedPeer {
  readonly port: number
  /** What it took, in order, one text for each alarm or more. */
  texts(): readonly string[]
  stop(): Promise<void>
}

/** A sink and how its other side is started. */
export interface SinkOnPeer {
  readonly name: string
  start(): Promise<StartedPeer>
  sink(port: number, clock: Clock & Timers): Sink
}

/** A sink that speaks HTTP, and how its other side answers what it takes. */
export interface SinkOnHttp {
  readonly name: string
  takes(): PeerWay
  sink(port: number, clock: Clock & Timers): Sink
}

const url = (port: number): string => `http://127.0.0.1:${port}/hook`
const json = (status: number, value: unknown): PeerWay => {
  return (response) => response.writeHead(status).end(JSON.stringify(value))
}

/** Numbers its answers, as services do that give ids. */
function counted(answer: (count: number, method: string, path: string) => unknown): () => PeerWay {
  return () => {
    let count = 0
    return (response, { method, path }) => {
      response.writeHead(200).end(JSON.stringify(answer(++count, method, path)))
    }
  }
}

export const sinksOnHttp: readonly SinkOnHttp[] = [
  {
    name: 'webhook',
    takes: () => json(200, {}),
    sink: (port, clock) => {
      const options = optionsWithDefaults(webhookOptions, { url: url(port), scores: true })
      return new WebhookSink(options, new WebhookEncoder({ pageUrl: page }), clock)
    },
  },
  {
    name: 'webhook, Alertmanager’s',
    takes: () => json(200, {}),
    sink: (port, clock) => {
      const options = optionsWithDefaults(webhookOptions, {
        url: url(port),
        format: 'alertmanager',
      })
      const encoder = new AlertmanagerWebhookEncoder({
        receiver: 'r',
        externalUrl: '',
        pageUrl: page,
      })
      return new WebhookSink(options, encoder, clock)
    },
  },
  {
    name: 'slack, webhook',
    takes: () => (response) => response.writeHead(200).end('ok'),
    sink: (port, clock) =>
      new SlackSink(optionsWithDefaults(slackOptions, { url: url(port) }), clock, page),
  },
  {
    name: 'slack, bot',
    takes: counted((count) => ({ ok: true, channel: 'C9', ts: `${count}.5` })),
    sink: (port, clock) => {
      const bot = { token: 'xoxb-secret', channel: 'C1', apiUrl: url(port) }
      return new SlackSink(optionsWithDefaults(slackOptions, bot), clock, page)
    },
  },
  {
    name: 'pagerduty',
    takes: () => json(202, { status: 'success', message: 'Event processed', dedup_key: 'k' }),
    sink: (port, clock) => {
      const given = { routingKey: '0123456789abcdef0123456789abcdef', url: url(port) }
      return new PagerdutySink(optionsWithDefaults(pagerdutyOptions, given), clock, page)
    },
  },
  {
    name: 'alertmanager',
    takes: () => (response, request) =>
      response.writeHead(200).end(request.method === 'GET' ? '[]' : ''),
    sink: (port, clock) => {
      const options = optionsWithDefaults(alertmanagerOptions, { urls: [url(port)] })
      return new AlertmanagerSink(options, clock, page)
    },
  },
  {
    name: 'grafana',
    takes: counted((id, method) => (method === 'GET' ? [] : { message: 'Annotation added', id })),
    sink: (port, clock) =>
      new GrafanaSink(optionsWithDefaults(grafanaOptions, { url: url(port) }), clock, page),
  },
  {
    name: 'influx',
    takes: () => (response) => response.writeHead(204).end(),
    sink: (port, clock) => {
      const options = optionsWithDefaults(influxSinkOptions, { url: url(port), gzip: false })
      const chosen = optionsWithDefaults(influxScoresOptions, influxSink.encoderOptions(options))
      return new InfluxSink(options, new InfluxScoresEncoder(chosen), clock)
    },
  },
]

/** The peer's bodies, but for questions, split where several alarms are in one. */
function httpPeer({ takes }: SinkOnHttp): () => Promise<StartedPeer> {
  return async () => {
    const peer = await HttpPeer.started()
    peer.way = takes()
    return {
      port: Number(new URL(peer.url).port),
      texts: () =>
        peer.requests
          .filter(({ method }) => method !== 'GET')
          .flatMap(({ body }) => body.split(/(?<=\}),(?=\{"(?:kind|status|labels)")|\n/)),
      stop: () => peer.stop(),
    }
  }
}

const redisTo = (given: { channel?: string; stream?: string }) => (port: number) => {
  const options = { url: `redis://127.0.0.1:${port}`, ...given }
  return new RedisSink(optionsWithDefaults(redisSinkOptions, options), new JsonLinesEncoder())
}
async function redisPeer(): Promise<StartedPeer> {
  const peer = await RedisPeer.started()
  const texts = () => peer.messages.map(({ text }) => text)
  return { port: peer.port, texts, stop: () => peer.stop() }
}

export const sinksOnPeers: readonly SinkOnPeer[] = [
  ...sinksOnHttp.map((each) => ({ name: each.name, start: httpPeer(each), sink: each.sink })),
  {
    name: 'email',
    start: async () => {
      const peer = await SmtpPeer.started()
      const texts = () => peer.mails.map(({ text }) => text)
      return { port: peer.port, texts, stop: () => peer.stop() }
    },
    sink: (port) => {
      const to = { from: 'forewarn@example.org', to: ['ada@example.org'], chart: false }
      const place = { host: '127.0.0.1', port, tls: 'none' } as const
      return new EmailSink(optionsWithDefaults(emailOptions, { ...place, ...to }), page)
    },
  },
  {
    name: 'zabbix',
    start: async () => {
      const peer = await ZabbixPeer.started()
      const reasons = () => peer.values.filter(({ key }) => key.startsWith('forewarn.reason'))
      const texts = () => reasons().map(({ value }) => value)
      return { port: peer.port, texts, stop: () => peer.stop() }
    },
    sink: (port, clock) =>
      new ZabbixSink(optionsWithDefaults(zabbixSinkOptions, { port }), clock, page),
  },
  {
    name: 'graphite',
    start: async () => {
      const peer = await LinePeer.started()
      const texts = () => peer.lines.filter((line) => line.includes('.alarm_value.'))
      return { port: peer.port, texts, stop: () => peer.stop() }
    },
    sink: (port) => {
      const options = optionsWithDefaults(graphiteSinkOptions, { port })
      const chosen = optionsWithDefaults(
        graphiteScoresOptions,
        graphiteSink.encoderOptions(options),
      )
      return new GraphiteSink(options, new GraphiteScoresEncoder(chosen))
    },
  },
  { name: 'redis, channel', start: redisPeer, sink: redisTo({}) },
  { name: 'redis, stream', start: redisPeer, sink: redisTo({ channel: '', stream: 's' }) },
]
