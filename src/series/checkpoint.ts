/**
 * The checkpoint: how state, position and reports stay in step.
 *
 *   cut      every owner that changed since the last cut is due; positions P are noted; each outlet
 *            marks its last report                                             (one moment)
 *   copy     due owners are copied in the background, or when they are touched
 *   deliver  every report up to its mark is with its sink, or in the outbox; those that are to come
 *            exactly once are committed, with P. Scores are waited for a while only, unless the
 *            sink is owed every one of them (`when_full: wait`)
 *   save     states, positions and outbox, in one transaction
 *   acknowledge  P to the sources: what came before may be forgotten
 *
 * The order is the law: after a crash between any two steps the next run starts from the last saved
 * P with the states of that moment, and at worst sends reports again, under the same ids. A save
 * that fails is not acknowledged: its owners are due again and the sources keep their records.
 * So it is where a sink that is owed its scores does not take them. A slow one is waited for as
 * long as it gets on (a new cut would be as far ahead of it as this one), by the checkpoints that
 * come by themselves; one that fails and gets no further is left for the next checkpoint, and so is
 * a slow one when somebody else wants a checkpoint, at a stop or a hand-over.
 * Where the store itself turns out to be damaged, it is put aside, and the next checkpoint saves
 * all that there is, changed or not, to an empty one.
 */

import type { SavedOwner } from '../core/ledger.ts'
import { ForewarnError } from '../core/errors.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import { sinkPositionPrefix } from '../stores/store.ts'
import type { OutboxEntry, Positions, StateStore } from '../stores/store.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { Clock, Timers } from '../core/clock.ts'
import type { Cuts } from './cuts.ts'
import { mergedTimeKey } from './merged-time.ts'
import { isOrphanKey } from './owner-key.ts'

/** Options of checkpoints. */
export const checkpointOptions = {
  checkpointEveryMs: {
    kind: 'duration',
    min: 10,
    max: 3_600_000,
    default: 5_000,
    about: 'How often states are saved. After a crash at most this much input is read again.',
  },
  deliveryWaitMs: {
    kind: 'duration',
    min: 0,
    max: 600_000,
    default: 2_000,
    about:
      'How long a checkpoint waits for sinks. Alarms that a sink has not taken by then are kept ' +
      'in the outbox on disk; scores are lost if the program is killed before the sink has them. ' +
      'Sinks with delivery.when_full: wait lose none: nothing is saved until they have them.',
  },
} as const satisfies OptionSpecs

export type CheckpointOptions = OptionsOf<typeof checkpointOptions>

/** What checkpoints need of an outlet; see sinks/delivery.ts. */
export interface MarkedOutlet {
  readonly name: string
  /** Of where it writes: another one where it writes elsewhere. The name where it has none. */
  readonly place?: string
  mark(): number
  settled(signal: AbortSignal): Promise<void>
  outbox(): { added: readonly OutboxEntry[]; removed: readonly OutboxEntry[] }
  confirmOutbox(): void
  /**
   * What must be with the sink before anything up to the last mark may be saved: the number of the
   * first of it, and whether the last write failed. Undefined where there is nothing.
   */
  readonly owing?: { readonly from: number; readonly failing: boolean } | undefined
  /** What was kept is lost: all that the sink does not have is to be kept again. */
  loseOutbox?(): void
  readonly markedPosition: number | undefined
}

/** What checkpoints work on. */
export interface CheckpointParts {
  readonly options: CheckpointOptions
  /** The owners of all states. */
  readonly cuts: Cuts
  /** True where no checkpoint builds on the one before: each is of everything. */
  readonly whole?: boolean
  readonly store: StateStore
  readonly outlets: readonly MarkedOutlet[]
  /** Commits what was reported up to the cut, with its positions; only then is anything saved. */
  readonly commit?: ((positions: Positions) => Promise<void>) | undefined
  readonly telemetry: Telemetry
  readonly clock: Clock & Timers
}

/** How saving goes. */
export interface SavingState {
  /** When the last checkpoint was saved, Unix milliseconds; null before the first one. */
  readonly lastSavedMs: number | null
  /** True while the last checkpoint could not be saved. */
  readonly failing: boolean
}

/** See the head of the file. One checkpoint runs at a time. */
export class Checkpoints {
  readonly #parts: CheckpointParts
  /** The last offset taken of each partition. */
  readonly #positions: Map<string, number>
  readonly #acknowledgers: ((positions: ReadonlyMap<string, number>) => void)[] = []
  #running: Promise<boolean> | undefined
  /** Ends the wait of the one that runs for slow sinks. */
  #hurry = new AbortController()
  #saving: SavingState = { lastSavedMs: null, failing: false }

  constructor(parts: CheckpointParts, positions: ReadonlyMap<string, number>) {
    this.#parts = parts
    const ofSources = [...positions].filter(([name]) => !name.startsWith(sinkPositionPrefix))
    this.#positions = new Map(ofSources)
  }

  get saving(): SavingState {
    return this.#saving
  }

  /** The last offset taken of each partition, at this moment. */
  get positions(): Positions {
    return new Map(this.#positions)
  }

  /** Notes that everything of a partition up to an offset was taken. */
  taken(partition: string, offset: number): void {
    this.#positions.set(partition, offset)
  }

  /** To be called with the saved positions after each save. */
  onSaved(acknowledge: (positions: ReadonlyMap<string, number>) => void): void {
    this.#acknowledgers.push(acknowledge)
  }

  /** Takes a checkpoint each `checkpointEveryMs` until the signal aborts. */
  async runUntil(signal: AbortSignal): Promise<void> {
    const { clock, options } = this.#parts
    signal.addEventListener('abort', () => this.#hurry.abort(), { once: true })
    while (!signal.aborted) {
      await new Promise<void>((resolve) => {
        const cancel = clock.after(options.checkpointEveryMs, resolve)
        signal.addEventListener(
          'abort',
          () => {
            cancel()
            resolve()
          },
          { once: true },
        )
      })
      if (!signal.aborted) await this.take(signal)
    }
  }

  /**
   * One whole checkpoint; true if it was saved. A second caller waits for the first one's. Beyond
   * `deliveryWaitMs` it waits for slow sinks only until `patience` aborts, or somebody else calls.
   */
  async take(patience: AbortSignal = AbortSignal.abort()): Promise<boolean> {
    while (this.#running !== undefined) {
      this.#hurry.abort()
      await this.#running
    }
    this.#hurry = new AbortController()
    if (patience.aborted) this.#hurry.abort()
    this.#running = this.#once(this.#hurry.signal)
    try {
      return await this.#running
    } finally {
      this.#running = undefined
    }
  }

  async #once(hurry: AbortSignal): Promise<boolean> {
    const { cuts, whole, outlets, clock, telemetry } = this.#parts
    const startMs = clock.nowMs()
    if (whole === true) cuts.lost?.()
    const positions = new Map(this.#positions)
    await cuts.cut(() => outlets.forEach((outlet) => outlet.mark()))
    const { saved: copies, forgotten } = await cuts.copies()
    const owed = await this.#delivered(hurry)
    const saved = downstreamFirst(copies)
    const kept = outlets.map((outlet) => outlet.outbox())
    // Of one that has not come to its mark no position is kept: nothing of it may be cut back.
    for (const { name, place = name, markedPosition } of outlets) {
      if (markedPosition !== undefined) positions.set(sinkPartition(place), markedPosition)
    }
    const outboxAdded = kept.flatMap(({ added }) => added)
    const outboxRemoved = kept.flatMap(({ removed }) => removed)
    try {
      await this.#parts.commit?.(positions)
      if (owed !== undefined) throw owed
      await this.#parts.store.save({ saved, forgotten, positions, outboxAdded, outboxRemoved })
    } catch (error) {
      cuts.putBack()
      this.#saving = { ...this.#saving, failing: true }
      telemetry.checkpointFailed(error)
      await this.#mended(error)
      return false
    }
    cuts.saved()
    this.#saving = { lastSavedMs: clock.nowMs(), failing: false }
    for (const outlet of outlets) outlet.confirmOutbox()
    telemetry.checkpointSaved(saved.length, clock.nowMs() - startMs)
    for (const acknowledge of this.#acknowledgers) acknowledge(positions)
    return true
  }

  /** A store that is damaged is put aside; all that it held is due again. */
  async #mended(error: unknown): Promise<void> {
    const { store, cuts, outlets, clock, telemetry } = this.#parts
    if (!(error instanceof ForewarnError) || error.code !== 'ERR_STORE_DAMAGED') return
    const aside = await store.renew?.(clock.nowMs())
    if (aside === undefined) return
    telemetry.storePutAside(aside, error)
    cuts.lost?.()
    for (const outlet of outlets) outlet.loseOutbox?.()
  }

  /**
   * Waits for the sinks, but not for ever: a dead one must not stop this. Resolves to why nothing
   * may be saved, where that is so. What is committed with P is not held up by other sinks.
   */
  async #delivered(hurry: AbortSignal): Promise<ForewarnError | undefined> {
    const { outlets, options, commit } = this.#parts
    let before = owingOf(outlets)
    await this.#settled(outlets, options.deliveryWaitMs)
    for (;;) {
      const late = owingOf(outlets)
      if (late.size === 0) return undefined
      const stuck = [...late].some(
        ([outlet, { from, failing }]) => failing && before.get(outlet)?.from === from,
      )
      if (stuck || hurry.aborted || commit !== undefined) {
        const names = [...late.keys()].map(({ name }) => name).join(', ')
        const said = `${names} must have every score (when_full: wait) and does not take them`
        return new ForewarnError('ERR_SINK_WRITE', said)
      }
      before = late
      await this.#settled([...late.keys()], options.checkpointEveryMs, hurry)
    }
  }

  /** Resolves once outlets are at their marks, the time is over, or the signal aborts. */
  async #settled(
    outlets: readonly MarkedOutlet[],
    waitMs: number,
    hurry?: AbortSignal,
  ): Promise<void> {
    const enough = new AbortController()
    const end = (): void => enough.abort()
    const cancel = this.#parts.clock.after(waitMs, end)
    hurry?.addEventListener('abort', end, { once: true })
    await Promise.all(outlets.map((outlet) => outlet.settled(enough.signal)))
    cancel()
    hurry?.removeEventListener('abort', end)
  }
}

/** Outlets that must have more before anything is saved. */
function owingOf(outlets: readonly MarkedOutlet[]) {
  const owing = new Map<MarkedOutlet, NonNullable<MarkedOutlet['owing']>>()
  for (const outlet of outlets) if (outlet.owing !== undefined) owing.set(outlet, outlet.owing)
  return owing
}

/**
 * Orphans, then series, then transforms and silences, then what ticks are made of: a store that is
 * not atomic saves in this order, so that none is ever ahead of what hangs on it. (The other way
 * round, input read again would be skipped by the transform and never reach the series.)
 */
function downstreamFirst(copies: readonly SavedOwner[]): SavedOwner[] {
  const rank = ({ ownerKey }: SavedOwner): number => {
    if (isOrphanKey(ownerKey)) return 0
    return ownerKey.startsWith('series') ? 1 : ownerKey === mergedTimeKey ? 3 : 2
  }
  return copies.toSorted((a, b) => rank(a) - rank(b))
}

/** The name under which the position of an outlet's place is saved beside those of the sources. */
export function sinkPartition(place: string): string {
  return `${sinkPositionPrefix}${place}`
}
