/**
 * The Slack sink: alarms as messages in a channel.
 *
 *   by an incoming webhook   a message for each change
 *   by a bot token           one message for each alarm, which changes with it: chat.postMessage,
 *                            then chat.update when it is acknowledged or over
 *
 * Of more than ten changes at once each twenty are one message: a channel takes about one message a
 * second. A webhook has taken what it answers with 200 and `ok`, the API what it answers with
 * `"ok": true`. What is too much, and what is Slack's own fault, is tried again, after the time
 * that Retry-After asks for; so is what somebody can put right for a bot (its rights, its channel).
 * All else would be refused again and is given up.
 *
 * Source: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks,
 * https://docs.slack.dev/reference/methods/chat.update
 */

import type { Clock } from '../core/clock.ts'
import type { AnyOptions, OptionSpecs, OptionsOf } from '../core/options.ts'
import { isForPeople } from '../core/report.ts'
import type { AlarmReport, Report, ReportKind } from '../core/report.ts'
import { checkAddress, checkHeaderText, fault } from './posting/address.ts'
import { HttpPlace, answeredJson, jsonAsking, trustOptions } from './posting/http-place.ts'
import { overloadStatuses } from './posting/refusal.ts'
import { SinkError } from './sink.ts'
import type { Sink, SinkRow, SinkSurroundings } from './sink.ts'
import { alarmMessage, digestMessage } from './slack/message.ts'
import type { SlackMessage } from './slack/message.ts'
import { alarmFacts, isTold } from '../core/alarm-facts.ts'
import { RecentlyTold } from './telling/recently-told.ts'

/** Options of the Slack sink. */
export const slackOptions = {
  url: {
    kind: 'text',
    default: '',
    secret: true,
    about: 'Address of an incoming webhook. Either this or token and channel.',
  },
  token: {
    kind: 'text',
    default: '',
    secret: true,
    about: 'Token of a bot (xoxb-…) with the scope chat:write: messages change with their alarm.',
  },
  channel: {
    kind: 'text',
    default: '',
    about: 'For a bot: id of the channel (C…); the bot must be a member.',
  },
  apiUrl: {
    kind: 'text',
    default: 'https://slack.com/api',
    about: 'For a bot: where Slack’s API is, for proxies.',
  },
  ...trustOptions,
} as const satisfies OptionSpecs

export type SlackOptions = OptionsOf<typeof slackOptions>

/** Changes that come as messages of their own; of more, so many are one message. */
const singleMax = 10
const digestMax = 20
/** Alarms of which the message is remembered; of an older one the next change is a new message. */
const messagesMax = 10_000

/** Answers of the API that may be others later: load, faults, and what somebody can put right. */
const laterErrors: ReadonlySet<string> = new Set([
  'ratelimited',
  'rate_limited',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'not_in_channel',
  'channel_not_found',
  'is_archived',
  'not_authed',
  'invalid_auth',
  'account_inactive',
  'token_expired',
  'token_revoked',
  'missing_scope',
  'restricted_action',
])

/** The message is gone or may not be changed any more: a new one takes its place. */
const unchangeableErrors: ReadonlySet<string> = new Set([
  'message_not_found',
  'cant_update_message',
  'edit_window_closed',
])

/** Where the message of an alarm is. */
interface Posted {
  readonly channel: string
  readonly ts: string
}

/** Throws ERR_CONFIG_INVALID where these options cannot be posted by. */
export function checkSlack({ url, token, channel, apiUrl }: SlackOptions): void {
  if ((url === '') === (token === '')) {
    throw fault(`expected either url or token, found ${url === '' ? 'none' : 'both'}`)
  }
  if (url !== '') checkAddress('url', url, 'https://hooks.slack.com/services/T…/B…/…')
  checkAddress('api_url', apiUrl, 'https://slack.com/api')
  checkHeaderText('token', token)
  if (token !== '' && channel === '') throw fault('channel: expected an id such as C0123456789')
}

/** See the head of the file. Throws ERR_CONFIG_INVALID as `checkSlack` does. */
export class SlackSink implements Sink {
  readonly accepts: ReadonlySet<ReportKind> = new Set(['alarm'])
  readonly #options: SlackOptions
  readonly #pageUrl: string
  readonly #place: HttpPlace
  readonly #isBot: boolean
  readonly #told = new RecentlyTold()
  /** By alarm id, the oldest first. */
  readonly #posted = new Map<string, Posted>()

  constructor(options: SlackOptions, clock: Clock, pageUrl: string) {
    checkSlack(options)
    this.#options = options
    this.#pageUrl = pageUrl
    const { url, token, apiUrl, tlsCa } = options
    this.#isBot = token !== ''
    const headers = this.#isBot ? { authorization: `Bearer ${token}` } : {}
    const address = this.#isBot ? apiUrl : url
    this.#place = new HttpPlace({ url: address, tlsCa, clock, headers, later: overloadStatuses })
  }

  async write(reports: readonly Report[], signal: AbortSignal): Promise<void> {
    const alarms = reports.filter((report) => report.kind === 'alarm')
    const wanted = alarms.filter((alarm) => !this.#told.has(alarm) && this.#isToTell(alarm))
    if (wanted.length <= singleMax) {
      for (const alarm of wanted) {
        await this.#tell(alarm, signal)
        this.#told.add(alarm)
      }
      return
    }
    for (let i = 0; i < wanted.length; i += digestMax) {
      const some = wanted.slice(i, i + digestMax)
      const message = digestMessage(some.map((alarm) => alarmFacts(alarm, this.#pageUrl)))
      await this.#new(message, signal)
      for (const alarm of some) this.#told.add(alarm)
    }
  }

  close(): Promise<void> {
    this.#place.close()
    return Promise.resolve()
  }

  /** Besides what is for people: what a message that is there must show. */
  #isToTell(alarm: AlarmReport): boolean {
    if (isForPeople(alarm)) return isTold(alarm)
    if (!this.#posted.has(alarm.alarmId)) return false
    return alarm.news === 'acknowledged' || (alarm.state === 'resolved' && alarm.news === undefined)
  }

  async #tell(alarm: AlarmReport, signal: AbortSignal): Promise<void> {
    const message = alarmMessage(alarmFacts(alarm, this.#pageUrl))
    const posted = this.#posted.get(alarm.alarmId)
    if (posted !== undefined && (await this.#changed(posted, message, signal))) {
      if (alarm.state === 'resolved') this.#posted.delete(alarm.alarmId)
      return
    }
    const made = await this.#new(message, signal)
    if (made === undefined || alarm.state === 'resolved') return
    this.#posted.set(alarm.alarmId, made)
    if (this.#posted.size <= messagesMax) return
    const [oldest] = this.#posted.keys()
    if (oldest !== undefined) this.#posted.delete(oldest)
  }

  /** Posts a new message; says where it is, if that can be told. */
  async #new(message: SlackMessage, signal: AbortSignal): Promise<Posted | undefined> {
    const { channel } = this.#options
    if (!this.#isBot) return this.#byWebhook(message, signal)
    const said = await this.#call('chat.postMessage', { channel, ...message }, signal)
    if (said.error !== undefined) throw this.#refused(said.error)
    const { channel: where, ts } = said
    return typeof where === 'string' && typeof ts === 'string' ? { channel: where, ts } : undefined
  }

  async #byWebhook(message: SlackMessage, signal: AbortSignal): Promise<undefined> {
    const { text } = await this.#place.taken(jsonAsking(message), signal)
    if (text.trim() === 'ok') return undefined
    const why = `${this.#place.name} answered 200, but not "ok": something else has answered`
    throw new SinkError(why, { retryable: true })
  }

  /** True once the message shows the change; false where it cannot be changed any more. */
  async #changed(posted: Posted, message: SlackMessage, signal: AbortSignal): Promise<boolean> {
    const { error } = await this.#call('chat.update', { ...posted, ...message }, signal)
    if (error === undefined) return true
    if (unchangeableErrors.has(error)) return false
    throw this.#refused(error)
  }

  async #call(path: string, body: object, signal: AbortSignal) {
    const answer = await this.#place.taken({ ...jsonAsking(body), path }, signal)
    const said = (answeredJson(answer, this.#place) ?? {}) as Record<string, unknown>
    if (said['ok'] === true) return { channel: said['channel'], ts: said['ts'] }
    const { error } = said
    return { error: typeof error === 'string' ? error : 'internal_error' }
  }

  #refused(error: string): SinkError {
    const word = error.slice(0, 100)
    const message = `${this.#place.name} refused the message: ${word}`
    return new SinkError(message, { retryable: laterErrors.has(error) })
  }
}

/** The row of the Slack sink. */
export const slackSink = {
  about: 'Posts alarms to a Slack channel, by an incoming webhook or as a bot.',
  options: slackOptions,
  check: (options: AnyOptions) => checkSlack(options as SlackOptions),
  create: (options: AnyOptions, { clock, pageUrl = '' }: SinkSurroundings) =>
    new SlackSink(options as SlackOptions, clock, pageUrl),
} satisfies SinkRow
