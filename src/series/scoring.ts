/**
 * Scoring: where observations become reports, in this thread or on several.
 *
 *   records ─▶ decoder ─▶ transforms ─▶ judge ─┬─▶ catalog, here             (LocalScoring)
 *                                              └─▶ shards on worker threads  (workers/)
 *                                                         │
 *                              outlets ◀── reports, in the order of the input
 *
 * The pipeline takes records, flushes, and is handed the reports of all records in their order: at
 * once, or later where other threads work on them. Whoever runs it sees no other difference.
 */

import type { Timers } from '../core/clock.ts'
import type { Ledger, OwnerKeeper, SavedOwner } from '../core/ledger.ts'
import type { AlarmState, Report } from '../core/report.ts'
import type { Reports, ScoreRuns } from '../core/score-run.ts'
import type { Catalog, SeriesQuery } from './catalog.ts'
import { LedgerCuts } from './cuts.ts'
import type { Copies, Cuts } from './cuts.ts'
import type { Explanation } from './explanation.ts'
import type { Judge } from './flow.ts'
import type { QuotaUse } from './quota.ts'
import type { SeriesSummary } from './series-summary.ts'
import type { Silence } from './silences.ts'

/** Reports in the order of the input, with the inputs whose records caused them. */
export interface ReportBatch {
  /** All of them; scores may be rows. */
  readonly all: Reports
  /** Those that are no rows. */
  readonly reports: readonly Report[]
  /** Each input up to an index of `reports` (that one not included), one after the other. */
  readonly causes: readonly { readonly input: string; readonly end: number }[]
}

/** See the head of the file. */
export interface Scoring extends Cuts {
  /** What stands behind the transforms. */
  readonly judge: Judge
  /** Where whoever stands in front of the judge puts reports of the record under way. */
  readonly reports: Report[]
  /** Number of series held, and how many are let in. */
  readonly size: number
  readonly limit: number
  /** How much of the quota of heavy detectors is taken. */
  readonly quotaUse: QuotaUse
  /** To be called once, before the first record: who is handed the reports. */
  begin(offer: (batch: ReportBatch) => void, broken: (error: unknown) => void): void
  /** Resolves when more can be taken; undefined where it can be now. To be asked again then. */
  room(): Promise<void> | undefined
  /** Ends a record that came in by an input. */
  recordTaken(input: string): void
  /** Hands out what was taken, as far as it is done; the rest follows by itself. */
  flush(): void
  /** Resolves once the reports of everything taken so far have been handed out. */
  offered(): Promise<void>
  /** Puts saved series back, before the first record; returns how many. */
  restore(
    owners: readonly SavedOwner[],
    refused: (ownerKey: string, error: unknown) => void,
  ): Promise<number>
  /** Whether there is a series of this key. */
  has(key: string): boolean
  /** Summaries for people, as `Catalog.list`. */
  list(query: SeriesQuery): SeriesSummary[] | Promise<SeriesSummary[]>
  /** Summaries of those of some keys that there are, in their order. */
  summaries(keys: readonly string[]): SeriesSummary[] | Promise<SeriesSummary[]>
  /** What the series of a key was given, has learned and chosen; undefined where there is none. */
  explain(key: string): Explanation | undefined | Promise<Explanation | undefined>
  /** The silences that hold now; every shard has the same ones. */
  silences(): Silence[] | Promise<Silence[]>
  /** The state of the alarm of an id, where it is the present or last one of a series. */
  alarmState(alarmId: string): AlarmState | undefined | Promise<AlarmState | undefined>
  /** Lets go of threads. What they still hold is lost. */
  close(): Promise<void>
}

/** What scoring in this thread is made of. */
export interface LocalScoringParts {
  readonly catalog: Catalog
  /** The transforms, and whoever else has owners beside the catalog. */
  readonly keepers: readonly OwnerKeeper[]
  /** The ledger of the catalog and the keepers. */
  readonly ledger: Ledger
  /** Where the series of the catalog put scores as rows, if they do. */
  readonly runs?: ScoreRuns | undefined
  readonly clock: Timers
  /** Owners copied between two turns of the event loop. */
  readonly ownersPerTurn?: number
}

/** Scoring in this thread: nothing waits, nothing is handed over. */
export class LocalScoring implements Scoring {
  readonly judge: Catalog
  reports: Report[] = []
  #causes: { input: string; end: number }[] = []
  #offer: (batch: ReportBatch) => void = () => undefined
  readonly #cuts: Cuts
  readonly #runs: ScoreRuns | undefined

  constructor({ catalog, keepers, runs, ...cuts }: LocalScoringParts) {
    this.judge = catalog
    this.#runs = runs
    this.#cuts = new LedgerCuts({
      ...cuts,
      findOwner: (key) => {
        for (const each of [catalog, ...keepers]) {
          const owner = each.owner?.(key)
          if (owner !== undefined) return owner
        }
        return undefined
      },
      *owners() {
        for (const each of [catalog, ...keepers]) yield* each.owners?.() ?? []
      },
    })
  }

  get size(): number {
    return this.judge.size
  }

  get limit(): number {
    return this.judge.limit
  }

  get quotaUse(): QuotaUse {
    return this.judge.quotaUse
  }

  begin(offer: (batch: ReportBatch) => void): void {
    this.#offer = offer
  }

  room(): undefined {
    return undefined
  }

  recordTaken(input: string): void {
    noteCause(this.#causes, input, this.reports.length)
  }

  flush(): void {
    const { reports } = this
    const causes = this.#causes
    this.reports = []
    this.#causes = []
    this.#offer({ all: this.#runs?.woven(reports) ?? reports, reports, causes })
  }

  offered(): Promise<void> {
    return Promise.resolve()
  }

  restore(
    owners: readonly SavedOwner[],
    refused: (ownerKey: string, error: unknown) => void,
  ): Promise<number> {
    let count = 0
    for (const owner of owners) {
      try {
        if (this.judge.restore(owner) !== undefined) count++
      } catch (error) {
        refused(owner.ownerKey, error)
      }
    }
    return Promise.resolve(count)
  }

  has(key: string): boolean {
    return this.judge.has(key)
  }

  list(query: SeriesQuery): SeriesSummary[] {
    return this.judge.list(query)
  }

  summaries(keys: readonly string[]): SeriesSummary[] {
    return this.judge.summaries(keys)
  }

  explain(key: string): Explanation | undefined {
    return this.judge.explain(key)
  }

  silences(): Silence[] {
    return this.judge.silences()
  }

  alarmState(alarmId: string): AlarmState | undefined {
    return this.judge.ofAlarm(alarmId)?.alarmState
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  cut(offered: () => void): Promise<void> {
    return this.#cuts.cut(offered)
  }

  copies(): Promise<Copies> {
    return this.#cuts.copies()
  }

  saved(): void {
    this.#cuts.saved()
  }

  putBack(): void {
    this.#cuts.putBack()
  }

  lost(): void {
    this.#cuts.lost?.()
  }
}

/** Notes that the reports up to `end` were caused by an input, where there are any. */
export function noteCause(
  causes: { input: string; end: number }[],
  input: string,
  end: number,
): void {
  const last = causes.at(-1)
  if (end === (last?.end ?? 0)) return
  if (last?.input === input) last.end = end
  else causes.push({ input, end })
}
