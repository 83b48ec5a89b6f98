/**
 * Partitions: the unit in which several programs share a topic. Each assigned partition is a
 * pipeline of its own, with its own series, checkpoints and saved states; what the group takes away
 * goes with its states to whoever has it next.
 *
 *   brokers ─▶ source ─┬─▶ partition 0: flow ─▶ deliveries ─┐
 *                      ├─▶ partition 1: flow ─▶ deliveries ─┼─▶ sinks, shared
 *                      └─▶ …            │                   ┘
 *                                       └─▶ Redis, {PREFIX/source/topic/N}
 *
 *   settle   before the group joins again: everything taken is in a checkpoint
 *   lost     the partition's pipeline ends as it was saved; nothing is saved any more
 *   gained   its states are loaded, which locks every earlier holder out; it goes on from there
 *
 * Series are in one partition only where the topic is keyed by what tells them apart; a series that
 * comes by two partitions is two, each of half the samples.
 */

import type { InputRecord } from '../core/record.ts'
import type { AlarmState } from '../core/report.ts'
import type { SavingState } from '../series/checkpoint.ts'
import { summaryOrder } from '../series/series-order.ts'
import type { SeriesQuery } from '../series/catalog.ts'
import type { Explanation } from '../series/explanation.ts'
import type { SeriesSummary } from '../series/series-summary.ts'
import type { History } from '../history/history.ts'
import type { Changes } from '../server/reload.ts'
import type { Delivery } from '../sinks/delivery.ts'
import type { ControlTopic } from '../sources/kafka/control-topic.ts'
import type { GroupMember, Ownership } from '../sources/source.ts'
import type { Surroundings } from './compose.ts'
import type { Config } from './config.ts'
import { Lane } from './lane.ts'
import type { LaneChange } from './lane.ts'
import { SeriesSums } from './lane-telemetry.ts'

/** What partitions are made with. */
export interface PartitionsParts {
  readonly config: Config
  /** What keeps scores, for all partitions; absent where nothing does. */
  readonly history?: History | undefined
  /** Its table of sinks makes shares; see shared-sinks.ts. */
  readonly surroundings: Surroundings
  /** What people said, for all partitions; absent where nobody can say anything. */
  readonly words?: Pick<ControlTopic, 'partition' | 'after'> | undefined
  /** Told what checkpoints have saved. */
  readonly onSaved: (positions: ReadonlyMap<string, number>) => void
  /** Told where a pipeline broke. */
  readonly onBroken: (error: unknown) => void
}

/** The partitions of one source. */
export interface SourcePartitions extends Ownership {
  /** Saves and ends them: it gets none any more. Resolves to what was saved. */
  end(late: AbortSignal): Promise<ReadonlyMap<string, number>>
}

/** Another configuration. */
export interface PartitionsChange {
  readonly config: Config
  readonly sinks: Changes
  /** Puts everything else to work with it, once all partitions can. May refuse by throwing. */
  readonly takeOver: () => Promise<void>
}

/** See the head of the file. */
export class Partitions {
  readonly #parts: PartitionsParts
  #config: Config
  readonly #lanes = new Map<string, Lane>()
  readonly #sums: SeriesSums
  #turn: Promise<unknown> = Promise.resolve()
  readonly #toldOutlived = new Set<(partition: string) => void>()

  constructor(parts: PartitionsParts) {
    this.#parts = parts
    this.#config = parts.config
    this.#sums = new SeriesSums(parts.surroundings.telemetry)
  }

  /** Hands records of one partition to its pipeline; passes over those of one that was lost. */
  async hand(records: readonly InputRecord[]): Promise<void> {
    const partition = records[0]?.origin.partition ?? ''
    await this.#lanes.get(partition)?.hand(records)
  }

  /** Where a source has its partitions. */
  of(source: string): SourcePartitions {
    let hasEnded = false
    const listeners: ((partition: string) => void)[] = []
    return {
      settle: () => this.#settle(source),
      lost: (partitions) => {
        return this.#inTurn(async () => {
          await Promise.all(partitions.map((partition) => this.#left(partition)))
        })
      },
      // The next assignment may come before the one before was taken: one after the other.
      gained: (partitions, member, isCurrent) => {
        return this.#inTurn(async () => {
          if (hasEnded) throw new Error(`${source} has ended: it takes no partitions any more`)
          return this.#gained(partitions, member, isCurrent)
        })
      },
      onOutlived: (told) => {
        listeners.push(told)
        this.#toldOutlived.add(told)
      },
      end: (late) => {
        return this.#inTurn(() => {
          hasEnded = true
          for (const told of listeners) this.#toldOutlived.delete(told)
          return this.#closed(this.#lanesOf(source), late)
        })
      },
    }
  }

  /**
   * Goes on under another configuration, in all partitions or in none, from exactly where each is.
   * Throws why it could not.
   */
  exchange({ config, sinks, takeOver }: PartitionsChange): Promise<void> {
    return this.#inTurn(async () => {
      const lanes = [...this.#lanes.values()]
      let failure: { readonly error: unknown } | undefined
      let voted = 0
      const all = Promise.withResolvers<boolean>()
      const count = async (): Promise<void> => {
        if (++voted < lanes.length) return
        if (failure === undefined) await takeOver().catch((error: unknown) => (failure = { error }))
        if (failure === undefined) this.#config = config
        all.resolve(failure === undefined)
      }
      const vote = (failed?: { readonly error: unknown }): Promise<boolean> => {
        failure ??= failed
        void count()
        return all.promise
      }
      const exchanged = lanes.map((lane) => exchangedLane(lane, { config, sinks, vote }))
      if (lanes.length === 0) await vote()
      await Promise.all(exchanged)
      if (failure !== undefined) throw failure.error
    })
  }

  #lanesOf(source: string): Lane[] {
    return [...this.#lanes.values()].filter(({ partition }) => partition.startsWith(`${source}/`))
  }

  async #settle(source: string): Promise<readonly string[]> {
    const lanes = this.#lanesOf(source)
    const settled = await Promise.all(lanes.map((lane) => lane.settle()))
    return lanes.filter((_, i) => settled[i] === false).map(({ partition }) => partition)
  }

  async #gained(
    partitions: readonly string[],
    member: GroupMember,
    isCurrent: () => boolean,
  ): Promise<ReadonlyMap<string, number>> {
    const positions = new Map<string, number>()
    for (const partition of partitions) {
      // Opening one that is another's by now would lock that one out.
      if (!isCurrent()) break
      const lane = this.#lanes.get(partition) ?? (await this.#opened(partition, member))
      lane.confirm(member)
      if (lane.offset !== undefined) positions.set(partition, lane.offset)
    }
    return positions
  }

  /**
   * Saves and ends every partition; deliveries have until `late`. Resolves to what was saved: only
   * then may others go on.
   */
  close(late: AbortSignal): Promise<ReadonlyMap<string, number>> {
    return this.#closed([...this.#lanes.values()], late)
  }

  async #closed(lanes: readonly Lane[], late: AbortSignal): Promise<ReadonlyMap<string, number>> {
    const saved = new Map<string, number>()
    await Promise.all(
      lanes.map(async (lane) => {
        const offset = await lane.close(late)
        if (offset !== undefined) saved.set(lane.partition, offset)
        this.#lanes.delete(lane.partition)
        this.#sums.forget(lane.partition)
      }),
    )
    return saved
  }

  /** There are words that nobody has heard yet. */
  hear(): void {
    for (const lane of this.#lanes.values()) lane.hear()
  }

  /** The state of the alarm of an id, where it is one of a partition of this program. */
  async alarmState(alarmId: string): Promise<AlarmState | undefined> {
    for (const { scoring } of this.#lanes.values()) {
      const state = await scoring.alarmState(alarmId)
      if (state !== undefined) return state
    }
    return undefined
  }

  /** Partitions that are this program's. */
  get names(): readonly string[] {
    return [...this.#lanes.keys()]
  }

  /** Deliveries of all partitions; those of one sink have its name. */
  get deliveries(): Delivery[] {
    return [...this.#lanes.values()].flatMap(({ deliveries }) => deliveries)
  }

  /** How saving goes: as of the partition that was saved the longest ago. */
  get saving(): SavingState {
    const all = [...this.#lanes.values()].map(({ saving }) => saving)
    const times = all.map(({ lastSavedMs }) => lastSavedMs).filter((ms) => ms !== null)
    return {
      lastSavedMs: times.length === 0 ? null : Math.min(...times),
      failing: all.some(({ failing }) => failing),
    }
  }

  get size(): number {
    let size = 0
    for (const { scoring } of this.#lanes.values()) size += scoring.size
    return size
  }

  has(key: string): boolean {
    return [...this.#lanes.values()].some(({ scoring }) => scoring.has(key))
  }

  async list(query: SeriesQuery): Promise<SeriesSummary[]> {
    const lanes = [...this.#lanes.values()]
    const lists = lanes.map(({ scoring }) => scoring.list(query))
    return (await Promise.all(lists)).flat().sort(summaryOrder).slice(0, query.limit)
  }

  async summaries(keys: readonly string[]): Promise<SeriesSummary[]> {
    const lanes = [...this.#lanes.values()]
    const lists = lanes.map(({ scoring }) => scoring.summaries(keys))
    const byKey = new Map((await Promise.all(lists)).flat().map((row) => [row.key, row]))
    return keys.map((key) => byKey.get(key)).filter((row) => row !== undefined)
  }

  async explain(key: string): Promise<Explanation | undefined> {
    for (const { scoring } of this.#lanes.values()) {
      if (scoring.has(key)) return scoring.explain(key)
    }
    return undefined
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => undefined)
    return done
  }

  async #opened(partition: string, member: GroupMember): Promise<Lane> {
    const lane = await Lane.opened(partition, {
      ...this.#parts,
      config: this.#config,
      member,
      sums: this.#sums,
      onOutlived: () => this.#toldOutlived.forEach((told) => told(partition)),
    })
    this.#lanes.set(partition, lane)
    lane.hear()
    return lane
  }

  async #left(partition: string): Promise<void> {
    const lane = this.#lanes.get(partition)
    if (lane === undefined) return
    this.#lanes.delete(partition)
    await lane.leave()
    this.#sums.forget(partition)
  }
}

/** A lane that is over says so, so that the others need not wait for its vote. */
async function exchangedLane(lane: Lane, change: LaneChange): Promise<void> {
  let voted = false
  const vote: LaneChange['vote'] = (failure) => {
    voted = true
    return change.vote(failure)
  }
  try {
    await lane.exchange({ ...change, vote })
  } catch (error) {
    if (voted) throw error
    await vote({ error })
  }
}
