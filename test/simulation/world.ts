/**
 * The world that a simulated process lives in: what survives it (log, store, sinks, senders) and an
 * adversary that fails, delays and kills.
 *
 * Every input and output passes through `io`, which takes virtual time and may end the process
 * there: then nothing of it ever goes on, and only what was done to the world before remains.
 */

import { Random } from '../../src/core/random.ts'
import type { InputRecord, NamedRecord } from '../../src/core/record.ts'
import type { Report, ReportKind } from '../../src/core/report.ts'
import { silencesKind } from '../../src/series/silences.ts'
import { SinkError } from '../../src/sinks/sink.ts'
import type { Sink } from '../../src/sinks/sink.ts'
import type {
  Checkpoint,
  LogBatch,
  LogState,
  OutboxEntry,
  RecordLog,
  SavedState,
  StateStore,
} from '../../src/stores/store.ts'
import type { VirtualClock } from '../virtual-clock.ts'

/** How often what goes wrong; each in [0, 1]. */
export interface Odds {
  readonly crash: number
  readonly storeFails: number
  readonly answerLost: number
  readonly sinkFails: number
  readonly logFull: number
}

/** Faults planted in the protocol, to prove that the laws find them. */
export type Plant =
  | 'none'
  | 'outbox skipped'
  | 'positions saved first'
  | 'upstream saved first'
  | 'acknowledged before saved'
  | 'saved before delivered'
  | 'no copy on touch'
  | 'answered before safe'
  | 'offsets begin anew'
  | 'partition renamed'
  | 'state half restored'
  | 'ids by chance'
  | 'marked before offered'
  | 'cut overtakes work'
  | 'silences not saved'

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
  readonly taken: Report[] = []
  /** How many items of the script the sender was answered for. */
  sent = 0
  lives = 0
  /** Shards of a life, at most. */
  workers = 1
  crashed = false
  clock: VirtualClock | undefined

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

  chance(odds: number): boolean {
    return odds > 0 && this.random.uniform() < odds
  }

  /** Takes a while; or the process ends here, and this never comes back. */
  async io(): Promise<void> {
    if (this.crashed) await never
    const clock = this.clock as VirtualClock
    await new Promise<void>((resolve) => clock.after(this.random.below(40), resolve))
    if (this.chance(this.odds.crash)) this.crashed = true
    if (this.crashed) await never
  }
}

const never = new Promise<never>(() => {})

/** The log of a world. */
export class WorldLog implements RecordLog {
  readonly partition = 'log'
  readonly #world: World
  #read: number
  #wake: (() => void) | undefined
  #closed = false

  constructor(world: World, position: number) {
    this.#world = world
    this.#read = position + 1
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
    if (world.chance(world.odds.logFull)) throw new Error('full')
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
        yield { records, lastOffset: last.record.origin.offset }
      } else if (this.#closed) return
      else await new Promise<void>((wake) => (this.#wake = wake))
    }
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
    if (world.chance(world.odds.storeFails)) throw new Error('the disk is full')
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
    const saved = checkpoint.saved.filter(
      ({ ownerKey }) => plant !== 'silences not saved' || ownerKey !== silencesKind,
    )
    if (plant === 'upstream saved first') saved.reverse()
    const positions = (): void => {
      this.#world.positions = new Map([...this.#world.positions, ...checkpoint.positions])
    }
    const steps = [
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

const keyOf = ({ sink, sequence }: { sink: string; sequence: number }): string =>
  `${sink} ${sequence}`

/** A sink of a world: fails, takes a batch and says it failed, is dead for a while. */
export class WorldSink implements Sink {
  readonly accepts: ReadonlySet<ReportKind> = new Set(['score', 'alarm', 'rejection'])
  readonly #world: World
  /** Virtual time until which it is dead. */
  readonly #deadUntilMs: number

  constructor(world: World, deadUntilMs: number) {
    this.#world = world
    this.#deadUntilMs = deadUntilMs
  }

  async write(reports: readonly Report[]): Promise<void> {
    const world = this.#world
    await world.io()
    const dead = (world.clock?.nowMs() ?? 0) < this.#deadUntilMs
    if (dead || world.chance(world.odds.sinkFails)) throw gone
    world.taken.push(...(world.plant === 'ids by chance' ? reports.map(elsewhere) : reports))
    await world.io()
    if (world.chance(world.odds.answerLost)) throw gone
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

const gone = new SinkError('gone', { retryable: true })

let chance = 0

/** The same report as if it came from another place: so its id is another one. */
function elsewhere(report: Report): Report {
  return { ...report, origin: { ...report.origin, offset: -++chance } }
}
