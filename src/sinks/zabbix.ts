/**
 * The Zabbix sink: scores and alarms as values of trapper items, which Zabbix makes by itself.
 *
 *   new series ─▶ forewarn.series          low-level discovery: the series of a host, as JSON
 *   score      ─▶ forewarn.score[ID]       in [0, 1]
 *   alarm      ─▶ forewarn.reason[ID]      why, in words
 *                 forewarn.alarm[ID]       0 none (or silenced), 1 info, 2 warning, 3 critical
 *
 * ID is the hash of the series key. Items and triggers are prototypes of the template
 * deploy/zabbix/forewarn.yaml; a trigger recovers with the alarm's 0.
 *
 * The server counts what it did not take and does not say which. Series are therefore sent in two
 * groups: those whose items are known to be there, and the others, which are found by halving. What
 * has no item yet makes the write fail in a way that Delivery tries again, at most `item_wait` for
 * each series; of such a batch only what was not taken is sent again. Then it is given up, aloud.
 */

import type { Clock } from '../core/clock.ts'
import { hash64 } from '../core/hash.ts'
import { alarmFacts } from '../core/alarm-facts.ts'
import type { Labels } from '../core/labels.ts'
import type { AlarmReport, Report, ReportKind, ScoreReport } from '../core/report.ts'
import { SinkError } from './sink.ts'
import type { Sink } from './sink.ts'
import { checkZabbixSink } from './zabbix/options.ts'
import type { ZabbixSinkOptions } from './zabbix/options.ts'
import { exchanged, trapperRequest } from './zabbix/trapper.ts'
import type { TrapperAnswer, TrapperValue } from './zabbix/trapper.ts'

/** The server reads requests whole; its own sender has 250 values in one. */
const requestValuesMax = 5_000
/** How soon values without items are tried again. */
const itemRetryMs = 1_000
/** Clock is a 32-bit number in the server's tables. */
const clockMax = 2 ** 31 - 1
/** Names of items have at most 255 characters in Zabbix. */
const seriesTextMax = 200
const severities = { info: 1, warning: 2, critical: 3 } as const

/** What the sink knows of one series. */
interface Known {
  readonly id: string
  readonly host: string
  readonly key: string
  /** True once the server took a value of it. */
  isThere: boolean
  /** When a value of it was refused first; undefined while none was. */
  refusedMs: number | undefined
}

/** The values of one report; they are taken or refused together. */
interface Parcel {
  readonly report: Report
  readonly known: Known
  readonly values: readonly TrapperValue[]
}

/** See the head of the file. Throws ERR_CONFIG_INVALID as `checkZabbixSink` does. */
export class ZabbixSink implements Sink {
  readonly accepts: ReadonlySet<ReportKind>
  readonly #options: ZabbixSinkOptions
  readonly #clock: Clock
  readonly #pageUrl: string
  readonly #known = new Map<string, Known>()
  /** Reports of a batch that failed in part, which the server has. */
  #taken = new WeakSet<Report>()
  #announcedMs = Number.NEGATIVE_INFINITY
  /** Hosts with series that were not announced yet. */
  readonly #unannounced = new Set<string>()

  constructor(options: ZabbixSinkOptions, clock: Clock, pageUrl = '') {
    checkZabbixSink(options)
    this.accepts = new Set<ReportKind>(options.scores ? ['alarm', 'score'] : ['alarm'])
    this.#options = options
    this.#clock = clock
    this.#pageUrl = pageUrl
  }

  async write(reports: readonly Report[], signal: AbortSignal): Promise<void> {
    const parcels = this.#parcels(reports)
    if (parcels.length === 0) return
    try {
      await this.#announce(signal)
      await this.#send(
        parcels.filter(({ known }) => known.isThere),
        signal,
      )
      await this.#send(
        parcels.filter((parcel) => !this.#taken.has(parcel.report)),
        signal,
      )
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new SinkError(`cannot send to ${this.#place}: ${why}`, { retryable: true, cause })
    }
    this.#judge(parcels.filter(({ report }) => !this.#taken.has(report)))
    this.#taken = new WeakSet()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  get #place(): string {
    const { host, port } = this.#options
    return `Zabbix at ${host.includes(':') ? `[${host}]` : host}:${port}`
  }

  /** Throws where something was not taken: to be tried again while its items may still come. */
  #judge(left: readonly Parcel[]): void {
    const [first] = left
    if (first === undefined) return
    const nowMs = this.#clock.nowMs()
    const { itemWaitMs } = this.#options
    for (const { known } of left) known.refusedMs ??= nowMs
    const isWorthWaiting = left.some(
      ({ known }) => nowMs - (known.refusedMs ?? nowMs) < itemWaitMs && this.#known.has(known.key),
    )
    const values = `${left.length} values have no item in ${this.#place}`
    const example = `on the host "${first.known.host}", the first of ${first.known.key}`
    if (!isWorthWaiting) this.#taken = new WeakSet()
    throw new SinkError(`${values} ${example}`, {
      retryable: isWorthWaiting,
      retryAfterMs: isWorthWaiting ? itemRetryMs : 0,
    })
  }

  #parcels(reports: readonly Report[]): Parcel[] {
    const parcels: Parcel[] = []
    for (const report of reports) {
      if (report.kind !== 'score' && report.kind !== 'alarm') continue
      const known = this.#series(report.labels)
      if (this.#taken.has(report)) continue
      const values =
        report.kind === 'score'
          ? scoreValues(report, known)
          : alarmValues(report, known, this.#pageUrl)
      if (values.length > 0) parcels.push({ report, known, values })
    }
    return parcels
  }

  #series(labels: Labels): Known {
    const { key } = labels
    const held = this.#known.get(key)
    if (held !== undefined) return held
    const { hostLabel, zabbixHost, seriesMax } = this.#options
    const host = (hostLabel === '' ? undefined : labels.get(hostLabel)) ?? zabbixHost
    const known = { id: hash64(key), host, key, isThere: false, refusedMs: undefined }
    if (this.#known.size >= seriesMax) return known
    this.#known.set(key, known)
    this.#unannounced.add(host)
    return known
  }

  /**
   * Makes new series known, and now and again all. A discovery has every series of its host, since
   * Zabbix takes those that are missing for gone.
   */
  async #announce(signal: AbortSignal): Promise<void> {
    const nowMs = this.#clock.nowMs()
    if (nowMs - this.#announcedMs >= this.#options.discoveryEveryMs) {
      for (const { host } of this.#known.values()) this.#unannounced.add(host)
      this.#announcedMs = nowMs
    }
    for (const host of this.#unannounced) {
      const rows = [...this.#known.values()]
        .filter((known) => known.host === host)
        .map(({ id, key }) => ({ '{#ID}': id, '{#SERIES}': key.slice(0, seriesTextMax) }))
      const value = JSON.stringify(rows)
      const row = { host, key: 'forewarn.series', value, clock: Math.floor(nowMs / 1000), ns: 0 }
      const { failed } = await this.#exchanged([row], signal)
      // The template is not there yet: it is tried again with the next batch.
      if (failed === 0) this.#unannounced.delete(host)
    }
  }

  /** Sends parcels, in order; those that were taken are in #taken afterwards. */
  async #send(parcels: readonly Parcel[], signal: AbortSignal): Promise<void> {
    const partMax = Math.floor(requestValuesMax / 2)
    for (let i = 0; i < parcels.length; i += partMax) {
      await this.#sendPart(parcels.slice(i, i + partMax), signal)
    }
  }

  async #sendPart(parcels: readonly Parcel[], signal: AbortSignal): Promise<void> {
    const { processed, failed } = await this.#exchanged(
      parcels.flatMap(({ values }) => values),
      signal,
    )
    if (failed === 0) {
      for (const { report, known } of parcels) {
        this.#taken.add(report)
        known.isThere = true
        known.refusedMs = undefined
      }
      return
    }
    for (const { known } of parcels) known.isThere = false
    const isHopeless = processed === 0 || parcels.length === 1
    if (isHopeless) return
    const middle = parcels.length >> 1
    await this.#sendPart(parcels.slice(0, middle), signal)
    await this.#sendPart(parcels.slice(middle), signal)
  }

  #exchanged(values: readonly TrapperValue[], signal: AbortSignal): Promise<TrapperAnswer> {
    return exchanged(this.#options, trapperRequest(values, this.#options.compress), signal)
  }
}

function scoreValues(report: ScoreReport, known: Known): TrapperValue[] {
  const value = String(report.score)
  return [{ ...placeOf(report, known), key: `forewarn.score[${known.id}]`, value }]
}

/** An alarm that is only pending, or over before it fired, is none to Zabbix. */
function alarmValues(report: AlarmReport, known: Known, pageUrl: string): TrapperValue[] {
  const isFiring = report.state === 'firing' && report.silenced === undefined
  const place = placeOf(report, known)
  const level = isFiring ? severities[report.severity] : 0
  const { link, since } = alarmFacts(report, pageUrl)
  const lines = [
    `${report.state}: ${report.reason}`,
    `${report.labels.key}, ${report.severity} since ${since}`,
    link,
  ]
  const reason = lines.filter(Boolean).join('\n')
  return [
    { ...place, key: `forewarn.reason[${known.id}]`, value: reason },
    { ...place, key: `forewarn.alarm[${known.id}]`, value: String(level) },
  ]
}

function placeOf(
  report: ScoreReport | AlarmReport,
  { host }: Known,
): { host: string; clock: number; ns: number } {
  const { timestampMs } = report
  const clock = Math.min(clockMax, Math.max(0, Math.floor(timestampMs / 1000)))
  const remainderNs = report.kind === 'score' ? report.remainderNs : 0
  return { host, clock, ns: (((timestampMs % 1000) + 1000) % 1000) * 1_000_000 + remainderNs }
}
