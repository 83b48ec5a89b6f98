/**
 * The world that a simulated process lives in: what survives it (log, store, sinks, senders) and an
 * adversary that fails, delays and kills.
 *
 * Every input and output passes through `io`, which takes virtual time and may end the process
 * there: then nothing of it ever goes on, and only what was done to the world before remains.
 */

import { Random } from '../../src/core/random.ts'
import type { InputRecord, NamedRecord } from '../../src/core/record.ts'
import type { Report } from '../../src/core/report.ts'
import { isOrphanKey } from '../../src/series/owner-key.ts'
import { silencesKind } from '../../src/series/silences.ts'
import type {
  Checkpoint,
  LogBatch,
  LogState,
  OutboxEntry,
  RecordLog,
  SavedState,
  StateStore,
} from '../../src/stores/store.ts'
import { sinkPartition } from '../../src/series/checkpoint.ts'
import type { VirtualClock } from '../virtual-clock.ts'
import { startMs } from './script.ts'

/** How often what goes wrong; each in [0, 1]. */
export interface Odds {
  readonly crash: number
  readonly storeFails: number
  readonly answerLost: number
  readonly sinkFails: number
  readonly logFull: number
  /** That the disk is full from now on, for some seconds. */
  readonly diskFills: number
}

/** Faults planted in the protocol, to prove that the laws find them. */
export type Plant =
  | 'none'
  | 'outbox skipped'
  | 'positions saved first'
  | 'upstream saved first'
  | 'acknowledged before saved'
  | 'saved before delivered'
  | 'scores not waited for'
  | 'no copy on touch'
  | 'answered before safe'
  | 'offsets begin anew'
  | 'partition renamed'
  | 'state half restored'
  | 'ids by chance'
  | 'marked before offered'
  | 'cut overtakes work'
  | 'silences not saved'
  | 'receive time taken twice'
  | 'answered though full'
  | 'stale sink position'
  | 'failed batch given up'
  | 'reload forgets what waits'
  | 'reload from an older state'
  | 'orphans not saved'
  | 'warnings forgotten'

/** After so many lives the process is killed less often, so that what is left comes to an end. */
const tiredAfter = 30

/** A full disk stays so for up to this long, and then has room for at least this long. */
const fullMs = 8000
const roomyMs = 5000

/** See the head of the file. One for each seed; it outlives the processes in it. */
export class World {
  readonly random: Random
  readonly odds: Odds
  readonly plant: Plant
  /** A store that saves key by key, positions last, instead of all at once. */
  readonly storeByKeys: boolean
  readonly logEntries: NamedRecord[] = []
  logAcknowledged = -1
  logNext = 0
  readonly owners = new Map<string, Uint8Array>()
  readonly outbox = new Map<string, OutboxEntry>()
  positions = new Map<string, number>()
  /** What each sink has, by its name. */
  readonly taken = new Map<string, Report[]>()
  /** How many items of the script the sender was answered for. */
  sent = 0
  lives = 0
  /** Of the configuration that holds: how often it was changed. */
  rules = 0
  /**
   * Alarms that were told before a process was killed, by input that no checkpoint has and that is
   * read again by other rules: nothing is left that knows of them.
   */
  readonly forgottenAlarms = new Set<string>()
  /** Shards of a life, at most. */
  workers = 1
  crashed = false
  clock: VirtualClock | undefined
  #fullUntilMs = -roomyMs

  constructor(seed: number, odds: Odds, plant: Plant, storeByKeys: boolean) {
    this.random = new Random(seed)
    this.odds = odds
    this.plant = plant
    this.storeByKeys = storeByKeys
  }

  /** A new process begins. */
  begin(clock: VirtualClock): void {
    this.clock = clock
    this.crashed = false
    this.lives++
  }

  /** Shards of this life: the most at first, then one less, down to one; then the most again. */
  get shards(): number {
    return this.workers - ((this.lives - 1) % this.workers)
  }

  /**
   * Other rules hold from the last checkpoint on; `open` are the ids of the alarms that are up in
   * it. A sample may be judged at a tick behind it, so the place of the sample that ended an alarm
   * does not say whether a checkpoint has it.
   */
  changeRules(open: ReadonlySet<string>): void {
    this.rules++
    for (const report of [...this.taken.values()].flat()) {
      if (report.kind !== 'alarm') continue
      const { alarmId, state, origin, news } = report
      const isNew = origin.offset > (this.positions.get(origin.partition) ?? -1)
      const isEnd = news === undefined && (state === 'resolved' || state === 'inactive')
      if (isNew || (isEnd && open.has(alarmId))) this.forgottenAlarms.add(alarmId)
    }
  }

  chance(odds: number): boolean {
    return odds > 0 && this.random.uniform() < odds
  }

  /** Whether nothing can be written just now. Somebody makes room after a while. */
  get diskFull(): boolean {
    const nowMs = this.clock?.nowMs() ?? 0
    if (nowMs > this.#fullUntilMs + roomyMs && this.chance(this.odds.diskFills)) {
      this.#fullUntilMs = nowMs + this.random.below(fullMs)
    }
    return nowMs < this.#fullUntilMs
  }

  /** Takes a while; or the process ends here, and this never comes back. */
  async io(): Promise<void> {
    if (this.crashed) await never
    const clock = this.clock as VirtualClock
    await new Promise<void>((resolve) => clock.after(this.random.below(40), resolve))
    const mercy = this.lives > tiredAfter ? 4 : 1
    if (this.chance(this.odds.crash / mercy)) this.crashed = true
    if (this.crashed) await never
  }
}

/** What never comes to an end: whatever the process waits for once it is killed. */
export const never = new Promise<never>(() => {})

/** The log of a world. */
export class WorldLog implements RecordLog {
  readonly partition = 'log'
  readonly #world: World
  #read: number
  /** The last offset that an earlier process wrote. */
  readonly #lastInherited: number
  #wake: (() => void) | undefined
  #closed = false

  constructor(world: World, position: number) {
    this.#world = world
    this.#read = position + 1
    this.#lastInherited = world.logNext - 1
    if (world.plant === 'offsets begin anew') world.logNext = world.logEntries.length
  }

  async append(input: string, records: readonly InputRecord[]): Promise<void> {
    const world = this.#world
    const write = (): void => {
      for (const record of records) {
        const origin = { ...record.origin, partition: 'log', offset: world.logNext++ }
        world.logEntries.push({ input, record: { ...record, origin } })
      }
      this.#wake?.()
    }
    if (world.diskFull && world.plant === 'answered though full') return
    if (world.diskFull || world.chance(world.odds.logFull)) throw new Error('full')
    if (world.plant === 'answered before safe') {
      void world.io().then(write)
      return
    }
    await world.io()
    write()
    if (world.chance(world.odds.answerLost)) throw new Error('the answer is lost')
    await world.io()
  }

  async *batches(): AsyncIterable<LogBatch> {
    for (;;) {
      const records = this.#world.logEntries
        .filter(({ record }) => record.origin.offset >= this.#read)
        .slice(0, 1 + this.#world.random.below(5))
      const last = records.at(-1)
      if (last !== undefined) {
        this.#read = last.record.origin.offset + 1
        await this.#world.io()
        yield { records: this.#stamped(records), lastOffset: last.record.origin.offset }
      } else if (this.#closed) return
      else await new Promise<void>((wake) => (this.#wake = wake))
    }
  }

  /** A receive time must stay what it was, whatever the clock says when it is read again. */
  #stamped(records: readonly NamedRecord[]): readonly NamedRecord[] {
    if (this.#world.plant !== 'receive time taken twice') return records
    const receivedMs = startMs + (this.#world.clock?.nowMs() ?? 0) + 7_200_000
    return records.map(({ input, record }) => {
      if (record.origin.offset > this.#lastInherited) return { input, record }
      return { input, record: { ...record, origin: { ...record.origin, receivedMs } } }
    })
  }

  /** Passes over what was not read yet: a planted fault. */
  skip(): void {
    this.#read = this.#world.logNext
  }

  acknowledge(offset: number): void {
    const { logEntries } = this.#world
    this.#world.logAcknowledged = Math.max(this.#world.logAcknowledged, offset)
    while ((logEntries[0]?.record.origin.offset ?? Infinity) <= offset) logEntries.shift()
  }

  state(): LogState {
    const lastOffset = this.#world.logNext - 1
    const acknowledgedOffset = this.#world.logAcknowledged
    return { diskBytes: 0, memoryBytes: 0, lastOffset, acknowledgedOffset }
  }

  close(): Promise<void> {
    this.#closed = true
    this.#wake?.()
    return Promise.resolve()
  }
}

/** The store of a world. */
export class WorldStore implements StateStore {
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  async load(): Promise<SavedState> {
    await this.#world.io()
    const { owners, outbox, positions } = this.#world
    return {
      positions: new Map(positions),
      owners: [...owners].map(([ownerKey, sealed]) => ({ ownerKey, sealed })),
      outbox: [...outbox.values()].sort((a, b) => a.sequence - b.sequence),
    }
  }

  async save(checkpoint: Checkpoint): Promise<void> {
    const world = this.#world
    if (world.plant === 'acknowledged before saved') {
      void this.#saveAll(checkpoint).catch(() => {})
      return
    }
    await this.#saveAll(checkpoint)
    await world.io()
    if (world.chance(world.odds.answerLost)) throw new Error('the answer is lost')
  }

  async #saveAll(checkpoint: Checkpoint): Promise<void> {
    const world = this.#world
    await world.io()
    if (world.diskFull || world.chance(world.odds.storeFails)) throw new Error('the disk is full')
    const order = this.#steps(checkpoint)
    for (const step of order) {
      if (world.storeByKeys) {
        await world.io()
        if (world.chance(world.odds.storeFails / 10)) throw new Error('the disk is full')
      }
      step()
    }
  }

  /** Every key by itself, in the order of a store that is not atomic. */
  #steps(checkpoint: Checkpoint): (() => void)[] {
    const { owners, outbox, plant } = this.#world
    const added = plant === 'outbox skipped' ? [] : checkpoint.outboxAdded
    const lost = (ownerKey: string): boolean =>
      (plant === 'silences not saved' && ownerKey === silencesKind) ||
      (plant === 'orphans not saved' && isOrphanKey(ownerKey))
    const saved = checkpoint.saved.filter(({ ownerKey }) => !lost(ownerKey))
    if (plant === 'upstream saved first') saved.reverse()
    const setAll = (which: 'sinks' | 'sources'): void => {
      const { positions } = this.#world
      const ofThese = ([name]: readonly [string, number]): boolean =>
        ofSink(name) === (which === 'sinks')
      const kept = [...positions].filter((each) => !ofThese(each))
      const set = [...checkpoint.positions].filter(ofThese)
      const stale = plant === 'stale sink position' ? [...positions].filter(ofThese) : []
      this.#world.positions = new Map([...kept, ...set, ...(which === 'sinks' ? stale : [])])
    }
    const positions = (): void => setAll('sources')
    const steps = [
      () => setAll('sinks'),
      ...added.map((entry) => () => outbox.set(keyOf(entry), entry)),
      ...saved.map(
        ({ ownerKey, sealed }) =>
          () =>
            owners.set(ownerKey, sealed),
      ),
      ...checkpoint.forgotten.map((key) => () => owners.delete(key)),
      positions,
      ...checkpoint.outboxRemoved.map((entry) => () => outbox.delete(keyOf(entry))),
    ]
    return plant === 'positions saved first' ? [positions, ...steps] : steps
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

const ofSink = (partition: string): boolean => partition.startsWith(sinkPartition(''))

const keyOf = ({ sink, sequence }: { sink: string; sequence: number }): string =>
  `${sink} ${sequence}`
