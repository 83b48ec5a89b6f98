/**
 * The Grafana sink: alarms as annotations, so that every dashboard can show when they fired.
 *
 *   firing    POST api/annotations         from the start of the alarm
 *   resolved  PATCH api/annotations/ID     its end: the annotation becomes a region
 *
 * Tags: `forewarn`, the severity, the rule as `rule:…`, the alarm as `alarm:ID`, and those of the
 * configuration. Of an alarm whose annotation this run did not make, Grafana is asked for it by the
 * tag of the alarm; where there is none any more the whole region is made anew.
 *
 * Source: https://grafana.com/docs/grafana/latest/developers/http_api/annotations/
 */

import type { Clock } from '../core/clock.ts'
import type { AnyOptions, OptionSpecs, OptionsOf } from '../core/options.ts'
import type { AlarmReport, Report, ReportKind } from '../core/report.ts'
import { checkAddress, checkHeaderText, fault } from './posting/address.ts'
import { HttpPlace, answeredJson, jsonAsking, trustOptions } from './posting/http-place.ts'
import { SinkError } from './sink.ts'
import type { Sink, SinkRow, SinkSurroundings } from './sink.ts'
import { alarmFacts, isTold } from '../core/alarm-facts.ts'
import { RecentlyTold } from './telling/recently-told.ts'

/** Options of the Grafana sink. */
export const grafanaOptions = {
  url: {
    kind: 'text',
    default: 'http://127.0.0.1:3000',
    about: 'Address of Grafana.',
  },
  token: {
    kind: 'text',
    default: '',
    secret: true,
    about: 'Token of a service account that may write annotations.',
  },
  tags: { kind: 'text-list', default: [], about: 'Further tags of every annotation.' },
  dashboard: {
    kind: 'text',
    default: '',
    about: 'uid of the one dashboard to annotate. Empty: every dashboard that asks for the tags.',
  },
  panel: {
    kind: 'integer',
    min: 0,
    max: 1_000_000,
    default: 0,
    about: 'Id of the one panel of that dashboard. 0: all of them.',
  },
  ...trustOptions,
} as const satisfies OptionSpecs

export type GrafanaOptions = OptionsOf<typeof grafanaOptions>

const path = 'api/annotations'
const statusNotFound = 404
/** Alarms of which the annotation is remembered; of others Grafana is asked. */
const annotationsMax = 10_000
/** Grafana keeps tags of up to 100 characters. */
const tagMax = 100

/** Throws ERR_CONFIG_INVALID where these options cannot be posted by. */
export function checkGrafana({ url, token, dashboard, panel }: GrafanaOptions): void {
  checkAddress('url', url, 'http://127.0.0.1:3000')
  checkHeaderText('token', token)
  if (panel !== 0 && dashboard === '') throw fault('panel: expected dashboard with it, found none')
}

/** See the head of the file. Throws ERR_CONFIG_INVALID as `checkGrafana` does. */
export class GrafanaSink implements Sink {
  readonly accepts: ReadonlySet<ReportKind> = new Set(['alarm'])
  readonly #options: GrafanaOptions
  readonly #pageUrl: string
  readonly #place: HttpPlace
  readonly #told = new RecentlyTold()
  /** Ids of annotations by alarm id, the oldest first. */
  readonly #annotations = new Map<string, number>()

  constructor(options: GrafanaOptions, clock: Clock, pageUrl: string) {
    checkGrafana(options)
    this.#options = options
    this.#pageUrl = pageUrl
    const { url, token, tlsCa } = options
    const headers = token === '' ? {} : { authorization: `Bearer ${token}` }
    this.#place = new HttpPlace({ url, tlsCa, clock, headers })
  }

  async write(reports: readonly Report[], signal: AbortSignal): Promise<void> {
    for (const report of reports) {
      if (report.kind !== 'alarm' || !isTold(report) || this.#told.has(report)) continue
      if (report.news !== undefined) continue
      if (report.state === 'firing') await this.#begin(report, signal)
      else await this.#end(report, signal)
      this.#told.add(report)
    }
  }

  close(): Promise<void> {
    this.#place.close()
    return Promise.resolve()
  }

  async #begin(alarm: AlarmReport, signal: AbortSignal): Promise<void> {
    const answer = await this.#place.taken({ ...jsonAsking(this.#bodyOf(alarm)), path }, signal)
    const { id } = (answeredJson(answer, this.#place) ?? {}) as { id?: unknown }
    if (typeof id !== 'number') {
      const message = `${this.#place.name} answered ${answer.status} without the annotation's id`
      throw new SinkError(message, { retryable: true })
    }
    if (alarm.state === 'resolved') return
    this.#annotations.set(alarm.alarmId, id)
    if (this.#annotations.size <= annotationsMax) return
    const [oldest] = this.#annotations.keys()
    if (oldest !== undefined) this.#annotations.delete(oldest)
  }

  async #end(alarm: AlarmReport, signal: AbortSignal): Promise<void> {
    const id = this.#annotations.get(alarm.alarmId) ?? (await this.#found(alarm, signal))
    if (id === undefined) return this.#begin(alarm, signal)
    const { timeEnd, text, tags } = this.#bodyOf(alarm)
    const asking = jsonAsking({ timeEnd, text, tags })
    const request = { ...asking, method: 'PATCH' as const, path: `${path}/${id}` }
    const answer = await this.#place.answer(request, signal)
    // Somebody has removed it.
    if (answer.status === statusNotFound) return this.#begin(alarm, signal)
    const refusal = this.#place.refusal(answer)
    if (refusal !== undefined) throw refusal
    this.#annotations.delete(alarm.alarmId)
  }

  /** The annotation that an earlier run made of an alarm. */
  async #found(alarm: AlarmReport, signal: AbortSignal): Promise<number | undefined> {
    const query = new URLSearchParams({ tags: alarmTag(alarm), limit: '1', type: 'annotation' })
    // A day around the start: Grafana looks at the last hours only unless it is told otherwise.
    query.set('from', String(Math.max(0, alarm.startedMs - dayMs)))
    query.set('to', String(Math.max(0, alarm.timestampMs + dayMs)))
    const asking = { method: 'GET' as const, path: `${path}?${query}` }
    const said = answeredJson(await this.#place.taken(asking, signal), this.#place)
    const [first] = Array.isArray(said) ? (said as { id?: unknown }[]) : []
    return typeof first?.id === 'number' ? first.id : undefined
  }

  #bodyOf(alarm: AlarmReport) {
    const { dashboard, panel, tags } = this.#options
    const facts = alarmFacts(alarm, this.#pageUrl)
    const link = facts.link === '' ? '' : `<br><a href="${escaped(facts.link)}">page</a>`
    const told = `${facts.severity} since ${facts.since}`
    const own = ['forewarn', facts.severity, `rule:${facts.rule}`, alarmTag(alarm)]
    return {
      time: alarm.startedMs,
      ...(alarm.state === 'resolved' && { timeEnd: alarm.timestampMs }),
      tags: [...own, ...tags].map((tag) => tag.slice(0, tagMax)),
      text: `${escaped(`${facts.series}: ${facts.reason}`)}<br>${escaped(told)}${link}`,
      ...(dashboard !== '' && { dashboardUID: dashboard }),
      ...(panel !== 0 && { panelId: panel }),
    }
  }
}

const dayMs = 86_400_000

function alarmTag({ alarmId }: AlarmReport): string {
  return `alarm:${alarmId}`.slice(0, tagMax)
}

/** Grafana shows a text as HTML. */
function escaped(text: string): string {
  const inText = text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
  return inText.replace(/"/g, '&quot;')
}

/** The row of the Grafana sink. */
export const grafanaSink = {
  about: 'Writes alarms to Grafana as annotations that last as long as the alarm.',
  options: grafanaOptions,
  check: (options: AnyOptions) => checkGrafana(options as GrafanaOptions),
  create: (options: AnyOptions, { clock, pageUrl = '' }: SinkSurroundings) =>
    new GrafanaSink(options as GrafanaOptions, clock, pageUrl),
} satisfies SinkRow
