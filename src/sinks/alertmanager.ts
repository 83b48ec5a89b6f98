/**
 * The Alertmanager sink: alarms by its API, version 2, as Prometheus itself sends alerts.
 *
 *   firing ───▶ POST api/v2/alerts, ends 4 intervals from now ──▶ again every interval
 *   resolved ─▶ the same labels, ended now ──▶ again every interval, for 5 minutes
 *
 * Labels alone are an alert's identity: the series' own, the rule as `alertname`, `severity`, the
 * whole key as `series` and this program's name as `forewarn`. What changes from sample to sample
 * is in annotations. Alertmanager forgets an alert that nobody repeats; after a restart of this
 * program the sink asks it which alerts of its own name are active and goes on repeating those, as
 * long as Alertmanager still says that they are.
 *
 * Every address is sent everything, as replicas of Alertmanager do not exchange alerts: a batch is
 * taken once one of them took it, and the next repetition brings the others up to date.
 *
 * An alarm that somebody silences here after it was sent is repeated until it ends, so that nobody
 * is told of an end that was none; Alertmanager has silences of its own for its reminders.
 *
 * Source: Alertmanager's api/v2/openapi.yaml; the factor of 4 is Prometheus' (cmd/prometheus,
 * sendAlerts), the 5 minutes are Alertmanager's resolve_timeout.
 */

import type { Clock, Timers } from '../core/clock.ts'
import { dateText } from '../core/date-text.ts'
import { fieldLabel, nameLabel } from '../core/labels.ts'
import type { AnyOptions, OptionSpecs, OptionsOf } from '../core/options.ts'
import { isForPeople } from '../core/report.ts'
import type { AlarmReport, Report, ReportKind } from '../core/report.ts'
import { checkAddress, checkHeaderText, fault } from './posting/address.ts'
import { HttpPlace, answeredJson, jsonAsking, trustOptions } from './posting/http-place.ts'
import { SinkError } from './sink.ts'
import type { Sink, SinkRow, SinkSurroundings } from './sink.ts'
import { alarmFacts, isTold } from '../core/alarm-facts.ts'

/** Options of the Alertmanager sink. */
export const alertmanagerOptions = {
  urls: {
    kind: 'text-list',
    default: ['http://127.0.0.1:9093'],
    about: 'Addresses, one for each replica: every one is sent everything.',
  },
  instance: {
    kind: 'text',
    default: 'forewarn',
    about:
      'Name of this program in the label `forewarn`. Programs that send to the same Alertmanager ' +
      'need a name each.',
  },
  labels: {
    kind: 'text-map',
    default: {},
    about: 'Further labels of every alert, such as team: blue, for its routes.',
  },
  intervalMs: {
    kind: 'duration',
    min: 1_000,
    max: 3_600_000,
    default: 60_000,
    about: 'How often firing alerts are repeated; without that they end after four intervals.',
  },
  user: {
    kind: 'text',
    default: '',
    about: 'Name for basic authentication; with password. Empty: none.',
  },
  password: { kind: 'text', default: '', secret: true, about: 'Password for it.' },
  token: {
    kind: 'text',
    default: '',
    secret: true,
    about: 'Sent as Authorization: Bearer …. Empty: none.',
  },
  ...trustOptions,
} as const satisfies OptionSpecs

export type AlertmanagerOptions = OptionsOf<typeof alertmanagerOptions>

/** Alerts outlive so many intervals, so that three lost repetitions do no harm. */
const intervalsOfLife = 4
/** Ends are repeated for so long, as a replica may have been away. */
const resolvedForMs = 300_000
/** What Alertmanager can hold at a time; beyond it repetitions leave out the oldest. */
const alertsMax = 10_000
/** The list of active alerts is read up to here. */
const answerBytesMax = 64 * 1_048_576
const path = 'api/v2/alerts'

type Texts = Readonly<Record<string, string>>

/** An alert as it is sent, but for its end. */
interface Alert {
  readonly labels: Texts
  readonly annotations: Texts
  readonly startsAt: string
  readonly generatorURL?: string
}

/** An alert that is repeated. */
interface Held {
  readonly alert: Alert
  /** Undefined while it fires. */
  readonly endedMs: number | undefined
  /** True for one that this run did not send first. */
  readonly found: boolean
}

/** Throws ERR_CONFIG_INVALID where these options cannot be posted by. */
export function checkAlertmanager(options: AlertmanagerOptions): void {
  const { urls, instance, user, password, token } = options
  if (urls.length === 0) throw fault('urls: expected at least one address, found none')
  for (const url of urls) checkAddress('urls', url, 'http://127.0.0.1:9093')
  if (instance === '') throw fault('instance: expected a name, found none')
  checkHeaderText('token', token)
  if ((user === '') !== (password === '')) throw fault('expected user and password together')
  if (user !== '' && token !== '') throw fault('expected either token or user, found both')
}

/** See the head of the file. Throws ERR_CONFIG_INVALID as `checkAlertmanager` does. */
export class AlertmanagerSink implements Sink {
  readonly accepts: ReadonlySet<ReportKind> = new Set(['alarm'])
  readonly #options: AlertmanagerOptions
  readonly #clock: Clock & Timers
  readonly #pageUrl: string
  readonly #places: readonly HttpPlace[]
  /** By identity, in the order in which they were last told. */
  readonly #held = new Map<string, Held>()
  readonly #closing = new AbortController()
  #cancel: () => void
  #sought = false
  #repeating: Promise<void> = Promise.resolve()

  constructor(options: AlertmanagerOptions, clock: Clock & Timers, pageUrl: string) {
    checkAlertmanager(options)
    this.#options = options
    this.#clock = clock
    this.#pageUrl = pageUrl
    const { urls, tlsCa } = options
    const headers = authorization(options)
    const parts = { tlsCa, clock, headers, answerBytesMax }
    this.#places = urls.map((url) => new HttpPlace({ ...parts, url }))
    this.#cancel = this.#later()
  }

  async write(reports: readonly Report[], signal: AbortSignal): Promise<void> {
    const told: Held[] = []
    for (const report of reports) {
      if (report.kind !== 'alarm' || !isToSend(report)) continue
      const alert = this.#alertOf(report)
      const endedMs = report.state === 'resolved' ? this.#clock.nowMs() : undefined
      told.push({ alert, endedMs, found: false })
    }
    if (told.length === 0) return
    await this.#send(told, signal)
    for (const held of told) this.#hold(identity(held.alert.labels), held)
  }

  async close(): Promise<void> {
    this.#cancel()
    this.#closing.abort()
    await this.#repeating
    for (const place of this.#places) place.close()
  }

  #hold(key: string, held: Held): void {
    this.#held.delete(key)
    this.#held.set(key, held)
    if (this.#held.size <= alertsMax) return
    const [oldest] = this.#held.keys()
    if (oldest !== undefined) this.#held.delete(oldest)
  }

  /** Sends to every address; throws the failure of the first where none took it. */
  async #send(alerts: readonly Held[], signal: AbortSignal): Promise<void> {
    const endMs = this.#clock.nowMs() + intervalsOfLife * this.#options.intervalMs
    const body = alerts.map(({ alert, endedMs }) => ({
      ...alert,
      endsAt: rfc3339(endedMs ?? endMs),
    }))
    const asking = { ...jsonAsking(body), path }
    const sent = this.#places.map((place) => place.taken(asking, signal))
    const ends = await Promise.allSettled(sent)
    const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []))
    if (failures.length < this.#places.length) return
    throw failures.find((error) => error instanceof SinkError && error.retryable) ?? failures[0]
  }

  #later(): () => void {
    return this.#clock.after(this.#options.intervalMs, () => {
      this.#repeating = this.#repeat()
    })
  }

  /** A repetition that fails is made up for by the next; new alarms show it as a failed write. */
  async #repeat(): Promise<void> {
    const { signal } = this.#closing
    try {
      await this.#seek(signal)
      const nowMs = this.#clock.nowMs()
      for (const [key, { endedMs = nowMs }] of this.#held) {
        if (nowMs - endedMs > resolvedForMs) this.#held.delete(key)
      }
      if (this.#held.size > 0) await this.#send([...this.#held.values()], signal)
    } catch (error) {
      if (!(error instanceof SinkError)) throw error
    }
    if (!signal.aborted) this.#cancel = this.#later()
  }

  /** Takes over what fires under this program's name, and lets go of what no longer does. */
  async #seek(signal: AbortSignal): Promise<void> {
    const found = [...this.#held].filter(([, held]) => held.found)
    if (this.#sought && found.length === 0) return
    const active = await this.#active(signal)
    for (const [key, held] of found) {
      if (!active.has(key) && this.#held.get(key) === held) this.#held.delete(key)
    }
    for (const [key, alert] of active) {
      if (this.#sought || this.#held.has(key)) continue
      this.#hold(key, { alert, endedMs: undefined, found: true })
    }
    this.#sought = true
  }

  /** Active alerts of this program's name, from whichever address answers. */
  async #active(signal: AbortSignal): Promise<Map<string, Alert>> {
    const filter = encodeURIComponent(`forewarn=${JSON.stringify(this.#options.instance)}`)
    const asking = { method: 'GET' as const, path: `${path}?active=true&filter=${filter}` }
    let failure: unknown
    for (const place of this.#places) {
      try {
        const said = answeredJson(await place.taken(asking, signal), place)
        const alerts = Array.isArray(said) ? said.map(alertFrom) : []
        return new Map(alerts.flatMap((each) => (each ? [[identity(each.labels), each]] : [])))
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }

  #alertOf(alarm: AlarmReport): Alert {
    const facts = alarmFacts(alarm, this.#pageUrl)
    const annotations = {
      summary: facts.title.replace(/^\w+: /, '') + ': ' + facts.reason,
      description: facts.reason,
      value: String(alarm.value),
      score: String(alarm.score),
      expected: facts.expected,
      since: facts.since,
      rarity: facts.rarity,
      link: facts.link,
      alarm_id: alarm.alarmId,
    }
    return {
      labels: this.#labelsOf(alarm),
      annotations: withoutEmpty(Object.entries(annotations)),
      startsAt: rfc3339(alarm.startedMs),
      ...(facts.link !== '' && { generatorURL: facts.link }),
    }
  }

  #labelsOf({ labels, rule, severity }: AlarmReport): Texts {
    const { instance, labels: more } = this.#options
    const own = { ...more, alertname: rule, severity, series: labels.key, forewarn: instance }
    const all: [string, string][] = []
    for (const [name, value] of labels.entries()) {
      if (name === nameLabel || name === fieldLabel) continue
      const plain = name.replace(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=\d|$)/, '_')
      all.push([Object.hasOwn(own, plain) ? `exported_${plain}` : plain, value])
    }
    return withoutEmpty([...all, ...Object.entries(own)])
  }
}

/**
 * What is for people, and every end: one that was told before somebody silenced the alarm must not
 * be repeated for ever, and Alertmanager tells nobody of the end of what never fired.
 */
function isToSend(alarm: AlarmReport): boolean {
  return isTold(alarm) && (isForPeople(alarm) || alarm.state === 'resolved')
}

/** Names with an empty value are none to Alertmanager. */
function withoutEmpty(pairs: readonly (readonly [string, string])[]): Texts {
  const kept = pairs.filter(([, text]) => text !== '')
  return Object.fromEntries(kept.map(([name, text]) => [name, text.toWellFormed()]))
}

function identity(labels: Texts): string {
  return JSON.stringify(Object.entries(labels).sort())
}

/** What Alertmanager shows of an alert, as it would be sent; undefined where it is not one. */
function alertFrom(shown: unknown): Alert | undefined {
  const { labels, annotations, startsAt, generatorURL } = (shown ?? {}) as Partial<Alert>
  if (!isTexts(labels) || !isTexts(annotations) || typeof startsAt !== 'string') return undefined
  const link = typeof generatorURL === 'string' && generatorURL !== '' ? { generatorURL } : {}
  return { labels, annotations, startsAt, ...link }
}

function isTexts(value: unknown): value is Texts {
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).every((each) => typeof each === 'string')
}

function authorization({ user, password, token }: AlertmanagerOptions): Texts {
  if (token !== '') return { authorization: `Bearer ${token}` }
  if (user === '') return {}
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
}

/** RFC 3339 ends with the year 9999 and begins with 0. */
function rfc3339(timestampMs: number): string {
  const bounded = Math.min(253_402_300_799_999, Math.max(0, timestampMs))
  return dateText(Number.isFinite(bounded) ? bounded : 0).replace(' ', 'T') + 'Z'
}

/** The row of the Alertmanager sink. */
export const alertmanagerSink = {
  about: 'Sends alarms to Prometheus’ Alertmanager by its API, and repeats them while they fire.',
  options: alertmanagerOptions,
  check: (options: AnyOptions) => checkAlertmanager(options as AlertmanagerOptions),
  create: (options: AnyOptions, { clock, pageUrl = '' }: SinkSurroundings) =>
    new AlertmanagerSink(options as AlertmanagerOptions, clock, pageUrl),
} satisfies SinkRow
