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
import type { Delivery } from '../sinks/delivery.ts'
import type { ControlTopic } from '../sources/kafka/control-topic.ts'
import type { GroupMember, Ownership } from '../sources/source.ts'
import type { Surroundings } from './compose.ts'
import type { Config } from './config.ts'
import { Lane } from './lane.ts'
import { SeriesSums } from './lane-telemetry.ts'

/** What partitions are made with. */
export interface PartitionsParts {
  readonly config: Config
  /** Its table of sinks makes shares; see shared-sinks.ts. */
  readonly surroundings: Surroundings
  /** What people said, for all partitions; absent where nobody can say anything. */
  readonly words?: Pick<ControlTopic, 'partition' | 'after'> | undefined
  /** Told what checkpoints have saved. */
  readonly onSaved: (positions: ReadonlyMap<string, number>) => void
  /** Told where a pipeline broke. */
  readonly onBroken: (error: unknown) => void
}

/** See the head of the file. */
export class Partitions implements Ownership {
  readonly #parts: PartitionsParts
  readonly #lanes = new Map<string, Lane>()
  readonly #sums: SeriesSums
  #turn: Promise<unknown> = Promise.resolve()
  readonly #toldOutlived: ((partition: string) => void)[] = []

  constructor(parts: PartitionsParts) {
    this.#parts = parts
    this.#sums = new SeriesSums(parts.surroundings.telemetry)
  }

  /** Hands records of one partition to its pipeline; passes over those of one that was lost. */
  async hand(records: readonly InputRecord[]): Promise<void> {
    const partition = records[0]?.origin.partition ?? ''
    await this.#lanes.get(partition)?.hand(records)
  }

  async settle(): Promise<readonly string[]> {
    const lanes = [...this.#lanes.values()]
    const settled = await Promise.all(lanes.map((lane) => lane.settle()))
    return lanes.filter((_, i) => settled[i] === false).map(({ partition }) => partition)
  }

  lost(partitions: readonly string[]): Promise<void> {
    return this.#inTurn(async () => {
      await Promise.all(partitions.map((partition) => this.#left(partition)))
    })
  }

  /** The next assignment may come before the one before was taken: one after the other. */
  gained(
    partitions: readonly string[],
    member: GroupMember,
    isCurrent: () => boolean,
  ): Promise<ReadonlyMap<string, number>> {
    return this.#inTurn(() => this.#gained(partitions, member, isCurrent))
  }

  onOutlived(told: (partition: string) => void): void {
    this.#toldOutlived.push(told)
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
  async close(late: AbortSignal): Promise<ReadonlyMap<string, number>> {
    const saved = new Map<string, number>()
    await Promise.all(
      [...this.#lanes].map(async ([partition, lane]) => {
        const offset = await lane.close(late)
        if (offset !== undefined) saved.set(partition, offset)
      }),
    )
    this.#lanes.clear()
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
    const onOutlived = (): void => this.#toldOutlived.forEach((told) => told(partition))
    const parts = { ...this.#parts, member, sums: this.#sums, onOutlived }
    const lane = await Lane.opened(partition, parts)
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
