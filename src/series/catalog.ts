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

import { ForewarnError } from '../core/errors.ts'
import { readLabels } from '../core/labels.ts'
import type { Labels } from '../core/labels.ts'
import type { KeyedOwner, Ledger, Mark } from '../core/ledger.ts'
import type { Observation, Origin } from '../core/observation.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import { rejection } from '../core/rejection.ts'
import type { AlarmState, Report } from '../core/report.ts'
import { openedSnapshot, sealedSnapshot } from '../core/snapshot.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { Smallest } from '../stats/smallest.ts'
import type { Series, SeriesSummary } from './series.ts'

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
} as const satisfies OptionSpecs

export type CatalogOptions = OptionsOf<typeof catalogOptions>

/** What a list of series is asked for. */
export interface SeriesQuery {
  /** Part of the series key, in any case; empty for all. */
  readonly search: string
  readonly state: 'all' | AlarmState | 'learning'
  readonly limit: number
}

/** Share of `idleAfterMs` between two searches for idle series. */
const idleChecksPerPeriod = 16

const idleClockKind = 'idle-clock'

/** When idle series are looked for next: saved, so that a restart forgets none at another time. */
class IdleClock implements KeyedOwner {
  readonly ownerKey = 'series-idle-clock'
  mark: Mark = 'clean'
  nextIdleCheckMs = -Infinity

  sealed(): Uint8Array {
    const head = { kind: idleClockKind, version: 1, digest: 0, lastTimestampMs: 0 }
    return sealedSnapshot(head, (writer) => this.snapshot(writer))
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.nextIdleCheckMs)
  }

  restore(reader: SnapshotReader): void {
    this.nextIdleCheckMs = reader.float64()
  }
}

/** See the head of the file. */
export class Catalog {
  readonly #options: CatalogOptions
  /** Makes the series of labels, or says that no rule wants them. */
  readonly #create: (labels: Labels) => Series | undefined
  /** Told of every series before it changes. */
  readonly #ledger: Ledger
  readonly #byKey = new Map<string, Series>()
  readonly #awake = new Set<Series>()
  readonly #clock = new IdleClock()
  #refusals = 0
  #evictions = 0

  constructor(
    options: CatalogOptions,
    create: (labels: Labels) => Series | undefined,
    ledger: Ledger,
  ) {
    this.#options = options
    this.#create = create
    this.#ledger = ledger
  }

  /** Number of series held. */
  get size(): number {
    return this.#byKey.size
  }

  get limit(): number {
    return this.#options.limit
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
        this.#refuse(observation, reports)
        return undefined
      }
      series = this.#create(labels)
      if (series === undefined) {
        labels.slot = this
        return undefined
      }
      series.home = this
      this.#byKey.set(labels.key, series)
    }
    labels.slot = series
    return series
  }

  #refuse(observation: Observation, reports: Report[]): void {
    this.#refusals++
    const { labels, timestampMs, origin } = observation
    const detail = `already at the limit of ${this.#options.limit} series`
    const refused = rejection('series_limit', detail, labels.key)
    reports.push({ kind: 'rejection', ...refused, labels, timestampMs, origin })
  }

  /**
   * Time passing: for series with an alarm or waiting samples, and for idle ones. A tick counts for
   * the series fed from its own partition: only there has it a place in the order of samples.
   */
  tick(timestampMs: number, origin: Origin, reports: Report[]): void {
    for (const series of this.#awake) {
      if (series.partition !== origin.partition) continue
      this.#ledger.touch(series)
      series.tick(timestampMs, origin, reports)
      if (!series.awake) this.#awake.delete(series)
    }
    const { idleAfterMs } = this.#options
    if (idleAfterMs === 0 || timestampMs < this.#clock.nextIdleCheckMs) return
    this.#ledger.touch(this.#clock)
    this.#clock.nextIdleCheckMs = timestampMs + idleAfterMs / idleChecksPerPeriod
    this.#forgetIdle(timestampMs - idleAfterMs, origin.partition)
  }

  #forgetIdle(beforeMs: number, partition: string): void {
    for (const [key, series] of this.#byKey) {
      if (series.partition !== partition || series.awake || series.lastReceivedMs > beforeMs)
        continue
      series.home = undefined
      this.#ledger.forget(series)
      this.#byKey.delete(key)
      this.#evictions++
    }
  }

  /**
   * Takes a saved series back. False where no rule wants it any more. Throws ERR_SNAPSHOT_DAMAGED,
   * or ERR_SNAPSHOT_UNKNOWN where the state is of another detector, version or set of options; the
   * series then starts anew with its next sample.
   */
  restore(sealed: Uint8Array): boolean {
    const { head, body } = openedSnapshot(sealed)
    if (head.kind === idleClockKind) {
      this.#clock.restore(body)
      return false
    }
    const labels = readLabels(body)
    const series = this.#create(labels)
    if (series === undefined) return false
    const { detector, stateVersion, stateDigest } = series.rule
    if (head.kind !== detector || head.version !== stateVersion || head.digest !== stateDigest) {
      const was = `${head.kind} version ${head.version}, options ${head.digest.toString(16)}`
      const is = `${detector} version ${stateVersion}, options ${stateDigest.toString(16)}`
      const message = `cannot use the state of ${labels.key}: it is of ${was}; now ${is}`
      throw new ForewarnError('ERR_SNAPSHOT_UNKNOWN', message)
    }
    series.restore(body)
    series.home = this
    this.#byKey.set(labels.key, series)
    if (series.awake) this.#awake.add(series)
    return true
  }

  /** The series of a key, or undefined. */
  find(key: string): Series | undefined {
    return this.#byKey.get(key)
  }

  /** The owner saved under a key of the ledger, or undefined. */
  owner(ownerKey: string): KeyedOwner | undefined {
    const prefix = 'series/'
    if (ownerKey === this.#clock.ownerKey) return this.#clock
    return ownerKey.startsWith(prefix) ? this.#byKey.get(ownerKey.slice(prefix.length)) : undefined
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
}

function matchesState(series: Series, state: SeriesQuery['state']): boolean {
  if (state === 'all') return true
  if (state === 'learning') return series.status === 'probation'
  return series.alarmState === state
}

function byUrgency(a: Series, b: Series): number {
  return urgency(a) - urgency(b) || (a.labels.key < b.labels.key ? -1 : 1)
}

function urgency({ alarmState }: Series): number {
  if (alarmState === 'firing') return 0
  return alarmState === 'pending' ? 1 : 2
}
