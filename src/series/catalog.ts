/**
 * The catalog: from labels to series.
 *
 * Finding the series of a sample costs more than scoring it, so the series is kept in a slot of the
 * Labels object itself: decoders hand out the same object for the same identity, and the second
 * sample of a series is found by one pointer. Only a Labels object that was never seen is looked up
 * by its key.
 *
 *   labels.slot ──▶ series            the usual way: no hashing at all
 *   labels.slot ──▶ this catalog      no rule wants these labels
 *   byKey.get(labels.key) ──▶ series  once for each Labels object
 *   create(labels) ──▶ series         once for each series, up to `seriesMax`
 *
 * At the limit new series are refused, loudly; series that sent nothing for `idleAfterMs` are
 * forgotten, at ticks only, so that a replay forgets them at the same place.
 */

import { readLabels } from '../core/labels.ts'
import type { Labels } from '../core/labels.ts'
import type { KeyedOwner, Ledger, SavedOwner } from '../core/ledger.ts'
import type { Observation, Origin } from '../core/observation.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { ControlRecord } from '../core/record.ts'
import { rejection } from '../core/rejection.ts'
import type { AlarmState, Report, SilenceMark } from '../core/report.ts'
import { openedSnapshot } from '../core/snapshot.ts'
import { Smallest } from '../stats/smallest.ts'
import type { Cause } from './alarm-report.ts'
import { explanationOf } from './explanation.ts'
import type { Explanation } from './explanation.ts'
import { IdleClock, idleClockKey } from './idle-clock.ts'
import { layoutOf } from './layout.ts'
import { Orphans } from './orphans.ts'
import type { LeftSeries } from './orphans.ts'
import { Quota, quotaClockKey } from './quota.ts'
import type { Grade, QuotaUse } from './quota.ts'
import { byUrgency, matchesState, sortBySeries } from './series-order.ts'
import { isOrphanKey, seriesKeyOf } from './owner-key.ts'
import { fits, misfit } from './saved-fit.ts'
import type { Series } from './series.ts'
import type { SeriesSummary } from './series-summary.ts'
import type { SeriesHome } from './series-home.ts'
import { Silences, silencesKind } from './silences.ts'
import type { Silence } from './silences.ts'

const dayMs = 86_400_000

/** Options of the catalog. */
export const catalogOptions = {
  limit: {
    kind: 'integer',
    min: 1,
    max: 10_000_000,
    default: 100_000,
    about: 'At most this many series; samples of further ones are refused and counted.',
  },
  idleAfterMs: {
    kind: 'duration',
    min: 0,
    max: 3650 * dayMs,
    default: 7 * dayMs,
    about: 'A series that sent nothing for this long is forgotten. 0: never.',
  },
  quota: {
    kind: 'integer',
    min: 0,
    max: 10_000_000,
    default: 0,
    about:
      'At most this many series are judged by a heavy detector (htm); further ones by a light ' +
      'one, and are listed so. 0: no quota.',
  },
  overQuota: {
    kind: 'choice',
    words: ['ema', 'auto'],
    default: 'ema',
    about: 'The light detector, with its usual options and filters.',
  },
  quotaIdleAfterMs: {
    kind: 'duration',
    min: 0,
    max: 3650 * dayMs,
    default: 0,
    about:
      'While the quota is full, a series with a heavy detector that sent nothing for this long ' +
      'is forgotten, which makes room. 0: only idle_after counts.',
  },
} as const satisfies OptionSpecs

export type CatalogOptions = OptionsOf<typeof catalogOptions>

/** Makes the series of labels, or says that no rule wants them. */
export type CreateSeries = (labels: Labels, grade: Grade) => Series | undefined

/** What a list of series is asked for. */
export interface SeriesQuery {
  /** Part of the series key, in any case; empty for all. */
  readonly search: string
  readonly state: 'all' | AlarmState | 'learning'
  readonly limit: number
}

/** See the head of the file. */
export class Catalog implements SeriesHome {
  readonly #options: CatalogOptions
  /** Makes the series of labels, or says that no rule wants them. */
  readonly #create: CreateSeries
  readonly #quota: Quota
  /** Told of every series before it changes. */
  readonly #ledger: Ledger
  readonly #byKey = new Map<string, Series>()
  readonly #awake = new Set<Series>()
  readonly #clock: IdleClock
  readonly #silences = new Silences()
  readonly #orphans: Orphans
  #refusals = 0
  #evictions = 0

  constructor(options: CatalogOptions, create: CreateSeries, ledger: Ledger) {
    this.#options = options
    this.#create = create
    this.#ledger = ledger
    this.#clock = new IdleClock(options.idleAfterMs, ledger)
    this.#quota = new Quota(options, ledger)
    this.#orphans = new Orphans(ledger)
  }

  /** Number of series held. */
  get size(): number {
    return this.#byKey.size
  }

  get limit(): number {
    return this.#options.limit
  }

  get quotaUse(): QuotaUse {
    return this.#quota.use
  }

  /** Samples refused because of the limit, since the start. */
  get refusals(): number {
    return this.#refusals
  }

  /** Series forgotten, since the start. */
  get evictions(): number {
    return this.#evictions
  }

  /** Hands an observation to its series; appends reports. O(1). */
  update(observation: Observation, reports: Report[]): void {
    const { labels } = observation
    if (labels.slot === this) return
    let series = labels.slot as Series | undefined
    if (series === undefined || series.home !== this) {
      series = this.#lookedUp(observation, reports)
      if (series === undefined) return
    }
    if (series.mark !== 'changed') this.#ledger.touch(series)
    series.update(observation, reports)
    if (series.awake) this.#awake.add(series)
  }

  /** The series of labels that were not seen before; makes it where a rule wants it. */
  #lookedUp(observation: Observation, reports: Report[]): Series | undefined {
    const { labels } = observation
    let series = this.#byKey.get(labels.key)
    if (series === undefined) {
      if (this.#byKey.size >= this.#options.limit) {
        this.#refusals++
        reports.push(limitRefusal(observation, this.#options.limit))
        return undefined
      }
      series = this.#create(labels, this.#quota.grade)
      if (series === undefined) {
        labels.slot = this
        return undefined
      }
      this.#quota.add(series.rule)
      series.home = this
      this.#byKey.set(labels.key, series)
    }
    labels.slot = series
    return series
  }

  /**
   * Time passing: for series with an alarm or waiting samples, and for idle ones. A tick counts for
   * the series fed from its own partition: only there has it a place in the order of samples. Its
   * reports are in the order of the series keys, so that no restart changes it.
   */
  tick(timestampMs: number, origin: Origin, reports: Report[]): void {
    const first = reports.length
    if (this.#silences.due(timestampMs, origin)) {
      this.#ledger.touch(this.#silences)
      const ended = this.#silences.tick(timestampMs, origin)
      this.#settle(ended, { timestampMs, origin, index: 0 }, reports)
    }
    for (const series of this.#awake) {
      if (!series.hearsTick(origin)) continue
      this.#ledger.touch(series)
      series.tick(timestampMs, origin, reports)
      if (!series.awake) this.#awake.delete(series)
    }
    this.#orphans.tick({ timestampMs, origin, index: 0 }, reports)
    sortBySeries(reports, first)
    const heavyIdleBeforeMs = this.#quota.idleBeforeMs(timestampMs)
    const idleBeforeMs = this.#clock.idleBeforeMs(timestampMs)
    if (idleBeforeMs !== undefined) this.forgetIdle(idleBeforeMs, origin)
    if (heavyIdleBeforeMs !== undefined) this.forgetIdle(heavyIdleBeforeMs, origin, 'heavy')
  }

  /**
   * Takes a person's word; appends reports. A word about an alarm that is no more changes nothing.
   * For series fed from its own partition it has a place in the order of samples; for others it
   * counts from the moment at which it is read.
   */
  control(record: ControlRecord, reports: Report[]): void {
    const { origin } = record
    if (record.action === 'silence' || record.action === 'end_silence') {
      this.#ledger.touch(this.#silences)
      const changed = this.#silences.take(record)
      const first = reports.length
      this.#settle(changed, { timestampMs: origin.receivedMs, origin, index: 0 }, reports)
      sortBySeries(reports, first)
      return
    }
    const series = this.ofAlarm(record.alarmId)
    if (series === undefined) return
    this.#ledger.touch(series)
    series.heed(record, reports)
  }

  /** Tells the series that changed silences are about. */
  #settle(changed: ReadonlySet<string>, at: Cause, reports: Report[]): void {
    if (changed.size === 0) return
    for (const series of this.#awake) {
      const { alarmId, silence, labels } = series
      if (alarmId === undefined) continue
      const held = silence !== undefined && changed.has(silence.silenceId)
      if (!held && !this.#silences.concerns(changed, labels, alarmId)) continue
      this.#ledger.touch(series)
      series.settle(at, reports)
    }
  }

  silenceOf(labels: Labels, alarmId: string): SilenceMark | undefined {
    return this.#silences.of(labels, alarmId)
  }

  /** The silences that hold now, oldest first. */
  silences(): Silence[] {
    return this.#silences.all()
  }

  /** The series whose present or last alarm has this id, or undefined. Linear in the series. */
  ofAlarm(alarmId: string): Series | undefined {
    for (const series of this.#byKey.values()) if (series.alarmId === alarmId) return series
    return undefined
  }

  /**
   * Forgets the series that received nothing since a time, where a tick at this place counts for
   * them; returns their keys. Done by `tick` where the catalog has an `idleAfterMs`.
   */
  forgetIdle(beforeMs: number, origin: Origin, which: 'all' | 'heavy' = 'all'): string[] {
    const forgotten: string[] = []
    for (const [key, series] of this.#byKey) {
      if (which === 'heavy' && series.rule.heavy !== true) continue
      if (series.awake || series.lastReceivedMs > beforeMs || !series.hearsTick(origin)) continue
      series.home = undefined
      this.#ledger.forget(series)
      this.#byKey.delete(key)
      this.#evictions++
      this.#quota.remove(series.rule)
      forgotten.push(key)
    }
    return forgotten
  }

  /**
   * Takes a saved owner back: the series, or undefined where no rule wants it any more and where
   * the owner is not a series. Throws ERR_SNAPSHOT_DAMAGED, or ERR_SNAPSHOT_UNKNOWN where the state
   * is of another detector, version or set of options; the series then starts anew with its next
   * sample. An alarm that was up ends at the next tick; see orphans.ts.
   */
  restore({ ownerKey, sealed }: SavedOwner): Series | undefined {
    if (ownerKey === idleClockKey) {
      this.#clock.unseal(sealed)
      return undefined
    }
    if (ownerKey === quotaClockKey) {
      this.#quota.clock.unseal(sealed)
      return undefined
    }
    if (ownerKey === silencesKind) {
      this.#silences.restore(openedSnapshot(sealed).body)
      return undefined
    }
    if (isOrphanKey(ownerKey)) {
      this.#orphans.restore(sealed)
      return undefined
    }
    const { head, body } = openedSnapshot(sealed)
    const labels = readLabels(body)
    const layout = layoutOf(head)
    let series = this.#create(labels, 'full')
    if (series === undefined) {
      this.#leave(ownerKey, { labels, body, layout, reason: 'removed' })
      return undefined
    }
    if (series.rule.heavy === true && !fits(head, series)) {
      const light = this.#create(labels, 'light')
      if (light !== undefined && fits(head, light)) series = light
    }
    if (!fits(head, series)) {
      this.#leave(ownerKey, { labels, body, layout, reason: 'changed' })
      throw misfit(head, series)
    }
    series.restoreLayout(body, layout)
    series.home = this
    this.#quota.add(series.rule)
    this.#byKey.set(labels.key, series)
    if (series.awake) this.#awake.add(series)
    return series
  }

  /** What a series has saved goes where an orphan takes its place, so that it comes up once. */
  #leave(ownerKey: string, left: LeftSeries): void {
    if (this.#orphans.take(left)) this.#ledger.forgetKey(ownerKey)
  }

  /** The series of a key, or undefined. */
  find(key: string): Series | undefined {
    return this.#byKey.get(key)
  }

  has(key: string): boolean {
    return this.#byKey.has(key)
  }

  /** The owner saved under a key of the ledger, or undefined. */
  owner(ownerKey: string): KeyedOwner | undefined {
    if (ownerKey === idleClockKey) return this.#clock
    if (ownerKey === quotaClockKey) return this.#quota.clock
    if (ownerKey === silencesKind) return this.#silences
    if (isOrphanKey(ownerKey)) return this.#orphans.owner(ownerKey)
    const key = seriesKeyOf(ownerKey)
    return key === undefined ? undefined : this.#byKey.get(key)
  }

  /** Everything that is saved under a key of its own. */
  *owners(): IterableIterator<KeyedOwner> {
    yield this.#clock
    yield this.#quota.clock
    yield this.#silences
    yield* this.#orphans.owners()
    yield* this.#byKey.values()
  }

  /** All series, oldest first. */
  all(): IterableIterator<Series> {
    return this.#byKey.values()
  }

  /** Summaries for people: firing first, then pending, then by key. Linear in the series held. */
  list(query: SeriesQuery): SeriesSummary[] {
    const search = query.search.toLowerCase()
    const first = new Smallest<Series>(query.limit, byUrgency)
    for (const [key, series] of this.#byKey) {
      if (search !== '' && !key.toLowerCase().includes(search)) continue
      if (matchesState(series, query.state)) first.offer(series)
    }
    return first.sorted().map((series) => series.summary())
  }

  /** What the series of a key was given, has learned and chosen; undefined where there is none. */
  explain(key: string): Explanation | undefined {
    const series = this.#byKey.get(key)
    return series === undefined ? undefined : explanationOf(series)
  }

  /** Summaries of those of some keys that there are, in their order. */
  summaries(keys: readonly string[]): SeriesSummary[] {
    const found: SeriesSummary[] = []
    for (const key of keys) {
      const series = this.#byKey.get(key)
      if (series !== undefined) found.push(series.summary())
    }
    return found
  }
}

/** The rejection of a sample of a further series, where there are as many as may be. */
export function limitRefusal({ labels, timestampMs, origin }: Observation, limit: number): Report {
  const detail = `already at the limit of ${limit} series`
  const refused = rejection('series_limit', detail, labels.key)
  return { kind: 'rejection', ...refused, labels, timestampMs, origin }
}
