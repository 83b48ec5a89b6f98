/**
 * The webhook sink: batches posted as JSON to an address of your choice.
 *
 *   format webhook        our own body: docs/formats/webhook.schema.json
 *   format alertmanager   the body of Alertmanager's webhook, version 4
 *
 * Taken is what is answered 2xx; posting/refusal.ts says what the other answers mean. A batch that
 * is too large for the other side (413) is posted again in halves, down to single reports.
 *
 *   X-Forewarn-Signature: sha256=<HMAC-SHA256 of the body by signing_key, hexadecimal>
 */

import { createHmac } from 'node:crypto'
import { validateHeaderName } from 'node:http'
import type { Encoder } from '../codecs/codec.ts'
import type { Clock } from '../core/clock.ts'
import type { AnyOptions, OptionSpecs, OptionsOf } from '../core/options.ts'
import type { Report, ReportKind } from '../core/report.ts'
import { checkAddress, checkHeaderText, fault } from './posting/address.ts'
import { HttpPlace, trustOptions } from './posting/http-place.ts'
import type { Sink, SinkRow, SinkSurroundings } from './sink.ts'

/** Options of the webhook sink. */
export const webhookOptions = {
  url: {
    kind: 'text',
    default: '',
    secret: true,
    about: 'Address to post to: http:// or https://.',
  },
  format: {
    kind: 'choice',
    words: ['webhook', 'alertmanager'],
    default: 'webhook',
    about:
      'webhook: reports of every kind, by a published schema. alertmanager: alarms as the ' +
      'webhook of Alertmanager has them.',
  },
  token: {
    kind: 'text',
    default: '',
    secret: true,
    about: 'Sent as Authorization: Bearer …. Empty: none.',
  },
  headers: {
    kind: 'text-map',
    default: {},
    about: 'Further headers. Not for secrets: they are shown by `forewarn check`.',
  },
  signingKey: {
    kind: 'text',
    default: '',
    secret: true,
    about: 'Signs each body, in the header X-Forewarn-Signature. Empty: bodies are not signed.',
  },
  ...trustOptions,
  receiver: {
    kind: 'text',
    default: 'forewarn',
    about: 'For the format alertmanager: what it says as `receiver`.',
  },
  externalUrl: {
    kind: 'text',
    default: '',
    about:
      'For the format alertmanager: address of the page, for links in messages. Empty: ' +
      'server.public_url.',
  },
  warnings: {
    kind: 'boolean',
    default: true,
    about: 'Post every warning of a broken objective, and what became of it.',
  },
  scores: {
    kind: 'boolean',
    default: false,
    about: 'Also post every scored sample.',
  },
  rejections: {
    kind: 'boolean',
    default: false,
    about: 'Also post every refused sample or line.',
  },
  forecasts: {
    kind: 'boolean',
    default: false,
    about: 'Also post every forecast.',
  },
} as const satisfies OptionSpecs

export type WebhookOptions = OptionsOf<typeof webhookOptions>

const statusTooLarge = 413

/** Headers that the sink or the protocol sets. */
const ownHeaders: ReadonlySet<string> = new Set([
  'authorization',
  'connection',
  'content-length',
  'content-type',
  'host',
  'transfer-encoding',
  'user-agent',
  'x-forewarn-signature',
])

/** Throws ERR_CONFIG_INVALID, without the URL itself, where these options cannot be posted by. */
export function checkWebhook({ url, headers, token }: WebhookOptions): void {
  checkAddress('url', url, 'https://alerts.example.org/hook')
  checkHeaderText('token', token)
  for (const [name, value] of Object.entries(headers)) {
    if (ownHeaders.has(name.toLowerCase()))
      throw fault(`headers: ${name} is set by the sink itself`)
    try {
      validateHeaderName(name)
    } catch {
      throw fault(`headers: ${JSON.stringify(name)}: has a character that no header can have`)
    }
    checkHeaderText(`headers: ${JSON.stringify(name)}`, value)
  }
}

/** See the head of the file. Throws ERR_CONFIG_INVALID as `checkWebhook` does. */
export class WebhookSink implements Sink {
  readonly accepts: ReadonlySet<ReportKind>
  readonly #options: WebhookOptions
  readonly #encoder: Encoder
  readonly #place: HttpPlace

  constructor(options: WebhookOptions, encoder: Encoder, clock: Clock) {
    checkWebhook(options)
    const kinds: ReportKind[] = ['alarm']
    if (options.scores) kinds.push('score')
    if (options.rejections) kinds.push('rejection')
    if (options.warnings && options.format === 'webhook') kinds.push('warning')
    if (options.forecasts) kinds.push('forecast')
    this.accepts = new Set(kinds)
    this.#options = options
    this.#encoder = encoder
    const { url, tlsCa } = options
    this.#place = new HttpPlace({ url, tlsCa, clock })
  }

  async write(reports: readonly Report[], signal: AbortSignal): Promise<void> {
    const body = this.#encoder.encode(reports)
    if (body.length === 0) return
    const answer = await this.#place.answer({ headers: this.#headers(body), body }, signal)
    if (answer.status === statusTooLarge && reports.length > 1) {
      const half = reports.length >> 1
      await this.write(reports.slice(0, half), signal)
      await this.write(reports.slice(half), signal)
      return
    }
    const refusal = this.#place.refusal(answer)
    if (refusal !== undefined) throw refusal
  }

  #headers(body: Uint8Array): Record<string, string> {
    const { headers, token, signingKey } = this.#options
    const all: Record<string, string> = {
      ...headers,
      'content-type': this.#encoder.contentType,
    }
    if (token !== '') all['authorization'] = `Bearer ${token}`
    if (signingKey !== '') {
      const signature = createHmac('sha256', signingKey).update(body).digest('hex')
      all['x-forewarn-signature'] = `sha256=${signature}`
    }
    return all
  }

  close(): Promise<void> {
    this.#place.close()
    return Promise.resolve()
  }
}

/** The row of the webhook sink. */
export const webhookSink = {
  about: 'Posts reports as JSON to an address, in our own form or in Alertmanager’s.',
  options: webhookOptions,
  encoderName: (options: AnyOptions) => {
    return (options as WebhookOptions).format === 'webhook' ? 'webhook' : 'alertmanager-webhook'
  },
  encoderOptions: (options: AnyOptions): AnyOptions => {
    const { format, receiver, externalUrl } = options as WebhookOptions
    return format === 'webhook' ? {} : { receiver, externalUrl }
  },
  check: (options: AnyOptions) => checkWebhook(options as WebhookOptions),
  create: (options: AnyOptions, { name, clock, encoder }: SinkSurroundings) => {
    if (encoder === undefined) throw new TypeError(`the webhook sink ${name} was given no encoder`)
    return new WebhookSink(options as WebhookOptions, encoder, clock)
  },
} satisfies SinkRow
