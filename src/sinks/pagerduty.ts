/**
 * The PagerDuty sink: alarms as events of its Events API, version 2.
 *
 *   firing        trigger
 *   acknowledged  acknowledge     all under one dedup_key, the alarm's id
 *   resolved      resolve
 *
 * An event is taken where the answer is 202 and says `success`. 429 and 5xx are tried again, all
 * else would be refused again. An event over 512,000 bytes goes without its details.
 *
 * A silenced alarm is not sent; its end is, as it may have been told before: PagerDuty passes over
 * the end of what it does not know.
 *
 * Source: https://developer.pagerduty.com/docs/send-alert-event
 */

import type { Clock } from '../core/clock.ts'
import { dateText } from '../core/date-text.ts'
import type { AnyOptions, OptionSpecs, OptionsOf } from '../core/options.ts'
import { isForPeople } from '../core/report.ts'
import type { AlarmReport, Report, ReportKind } from '../core/report.ts'
import { checkAddress, fault } from './posting/address.ts'
import { HttpPlace, answeredJson, jsonAsking, trustOptions } from './posting/http-place.ts'
import { overloadStatuses } from './posting/refusal.ts'
import { SinkError } from './sink.ts'
import type { Sink, SinkRow, SinkSurroundings } from './sink.ts'
import { alarmFacts, isTold, namedFacts } from '../core/alarm-facts.ts'
import { RecentlyTold } from './telling/recently-told.ts'

/** Options of the PagerDuty sink. */
export const pagerdutyOptions = {
  routingKey: {
    kind: 'text',
    default: '',
    secret: true,
    about: 'Integration key of the service: 32 letters and digits.',
  },
  url: {
    kind: 'text',
    default: 'https://events.pagerduty.com/v2/enqueue',
    about: 'Where events go; accounts in Europe have an address of their own.',
  },
  ...trustOptions,
} as const satisfies OptionSpecs

export type PagerdutyOptions = OptionsOf<typeof pagerdutyOptions>

const summaryMax = 1024
const keyMax = 255
const eventBytesMax = 512_000

/** Throws ERR_CONFIG_INVALID, without the key, where these options cannot be posted by. */
export function checkPagerduty({ routingKey, url }: PagerdutyOptions): void {
  if (!/^[A-Za-z0-9]{32}$/.test(routingKey)) {
    throw fault('routing_key: expected 32 letters and digits')
  }
  checkAddress('url', url, 'https://events.pagerduty.com/v2/enqueue')
}

/** See the head of the file. Throws ERR_CONFIG_INVALID as `checkPagerduty` does. */
export class PagerdutySink implements Sink {
  readonly accepts: ReadonlySet<ReportKind> = new Set(['alarm'])
  readonly #routingKey: string
  readonly #pageUrl: string
  readonly #place: HttpPlace
  readonly #told = new RecentlyTold()

  constructor(options: PagerdutyOptions, clock: Clock, pageUrl: string) {
    checkPagerduty(options)
    const { routingKey, url, tlsCa } = options
    this.#routingKey = routingKey
    this.#pageUrl = pageUrl
    this.#place = new HttpPlace({ url, tlsCa, clock, later: overloadStatuses })
  }

  async write(reports: readonly Report[], signal: AbortSignal): Promise<void> {
    for (const report of reports) {
      if (report.kind !== 'alarm' || this.#told.has(report)) continue
      const action = actionOf(report)
      if (action === undefined) continue
      const answer = await this.#place.taken(this.#asking(report, action), signal)
      const said = answeredJson(answer, this.#place) as { status?: unknown } | null
      if (said?.status !== 'success') {
        const message = `${this.#place.name} answered ${answer.status}, but not "success"`
        throw new SinkError(message, { retryable: true })
      }
      this.#told.add(report)
    }
  }

  close(): Promise<void> {
    this.#place.close()
    return Promise.resolve()
  }

  #asking(alarm: AlarmReport, action: Action) {
    const facts = alarmFacts(alarm, this.#pageUrl)
    const head = {
      routing_key: this.#routingKey,
      event_action: action,
      dedup_key: `forewarn-${alarm.alarmId}`.slice(0, keyMax),
    }
    if (action !== 'trigger') return jsonAsking(head)
    const { labels, severity, startedMs } = alarm
    const payload = {
      summary: `${facts.series}: ${facts.reason}`.slice(0, summaryMax),
      source: cut(labels.get('host') ?? facts.series),
      severity,
      timestamp: `${dateText(startedMs).replace(' ', 'T')}Z`,
      component: cut(labels.name),
      class: cut(facts.rule),
    }
    const link = facts.link === '' ? {} : { links: [{ href: facts.link, text: 'Open the page' }] }
    const event = { ...head, client: 'Forewarn', client_url: this.#pageUrl, ...link }
    const details = Object.fromEntries(namedFacts(facts))
    const asking = jsonAsking({ ...event, payload: { ...payload, custom_details: details } })
    if (asking.body.length <= eventBytesMax) return asking
    return jsonAsking({ ...head, payload })
  }
}

type Action = 'trigger' | 'acknowledge' | 'resolve'

/** What an alarm's change is to PagerDuty; undefined where it is nothing. */
function actionOf(alarm: AlarmReport): Action | undefined {
  if (alarm.state === 'resolved') return 'resolve'
  if (alarm.silenced !== undefined) return undefined
  if (alarm.news === 'acknowledged') return 'acknowledge'
  return isTold(alarm) && isForPeople(alarm) ? 'trigger' : undefined
}

/** Short names stay as they are; a series key may be long. */
function cut(text: string): string {
  return text.slice(0, summaryMax)
}

/** The row of the PagerDuty sink. */
export const pagerdutySink = {
  about: 'Triggers, acknowledges and resolves incidents in PagerDuty.',
  options: pagerdutyOptions,
  check: (options: AnyOptions) => checkPagerduty(options as PagerdutyOptions),
  create: (options: AnyOptions, { clock, pageUrl = '' }: SinkSurroundings) =>
    new PagerdutySink(options as PagerdutyOptions, clock, pageUrl),
} satisfies SinkRow
