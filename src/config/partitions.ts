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
import { Pipeline } from '../pipeline.ts'
import { summaryOrder } from '../series/series-order.ts'
import type { SeriesQuery } from '../series/catalog.ts'
import type { Explanation } from '../series/explanation.ts'
import type { SeriesSummary } from '../series/series-summary.ts'
import type { Input } from '../series/taking.ts'
import type { Ownership, Source } from '../sources/source.ts'
import { ControlSource } from '../sources/control.ts'
import { NoLog } from '../stores/no-log.ts'
import { RedisStore } from '../stores/redis.ts'
import { redisStoreOf } from '../stores/redis/options.ts'
import type { Delivery } from '../sinks/delivery.ts'
import type { Checkpoint, SavedState, StateStore } from '../stores/store.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { compose } from './compose.ts'
import type { Composition, Surroundings } from './compose.ts'
import type { Config } from './config.ts'
import { ticksName } from './cross-checks.ts'
import { rowOf } from './judging.ts'
import { PartitionFeed } from './partition-feed.ts'
import { isRepartitioned, mergedDecoder, stagedTransforms } from './repartition.ts'

/** What partitions are made with. */
export interface PartitionsParts {
  readonly config: Config
  /** Its table of sinks makes shares; see shared-sinks.ts. */
  readonly surroundings: Surroundings
  /** Told what checkpoints have saved. */
  readonly onSaved: (positions: ReadonlyMap<string, number>) => void
  /** Told where a pipeline broke. */
  readonly onBroken: (error: unknown) => void
}

/** One assigned partition at work. */
interface Lane {
  readonly feed: PartitionFeed
  readonly composition: Composition
  readonly store: LeavableStore
  readonly stop: AbortController
  readonly ended: Promise<void>
}

/** See the head of the file. */
export class Partitions implements Ownership {
  readonly #parts: PartitionsParts
  readonly #lanes = new Map<string, Lane>()
  readonly #counts = new Map<string, number>()

  constructor(parts: PartitionsParts) {
    this.#parts = parts
  }

  /** Hands records of one partition to its pipeline; passes over those of one that was lost. */
  async hand(records: readonly InputRecord[]): Promise<void> {
    const partition = records[0]?.origin.partition ?? ''
    await this.#lanes.get(partition)?.feed.hand(records)
  }

  async settle(): Promise<void> {
    await Promise.all(
      [...this.#lanes.values()].map(async ({ feed, composition }) => {
        await feed.idle()
        await composition.parts.durability.checkpoints.take()
      }),
    )
  }

  async lost(partitions: readonly string[]): Promise<void> {
    await Promise.all(partitions.map((partition) => this.#left(partition)))
  }

  async gained(partitions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const positions = new Map<string, number>()
    for (const partition of partitions) {
      const lane = this.#lanes.get(partition) ?? (await this.#opened(partition))
      for (const [name, offset] of lane.composition.parts.durability.checkpoints.positions) {
        if (name === partition) positions.set(name, offset)
      }
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
      [...this.#lanes].map(async ([partition, { stop, ended, composition, store }]) => {
        stop.abort('stopping')
        await ended
        await Promise.all(composition.deliveries.map((delivery) => delivery.drain(late)))
        // What was drained after the last checkpoint need not be sent again by the next holder.
        const { checkpoints } = composition.parts.durability
        const offset = checkpoints.positions.get(partition)
        if ((await checkpoints.take()) && offset !== undefined) saved.set(partition, offset)
        await composition.parts.scoring.close()
        await store.close()
      }),
    )
    this.#lanes.clear()
    return saved
  }

  /** Partitions that are this program's. */
  get names(): readonly string[] {
    return [...this.#lanes.keys()]
  }

  /** Deliveries of all partitions; those of one sink have its name. */
  get deliveries(): Delivery[] {
    return [...this.#lanes.values()].flatMap(({ composition }) => composition.deliveries)
  }

  get size(): number {
    let size = 0
    for (const { composition } of this.#lanes.values()) size += composition.parts.scoring.size
    return size
  }

  has(key: string): boolean {
    return [...this.#lanes.values()].some(({ composition }) => composition.parts.scoring.has(key))
  }

  async list(query: SeriesQuery): Promise<SeriesSummary[]> {
    const lanes = [...this.#lanes.values()]
    const lists = lanes.map(({ composition }) => composition.parts.scoring.list(query))
    return (await Promise.all(lists)).flat().sort(summaryOrder).slice(0, query.limit)
  }

  async summaries(keys: readonly string[]): Promise<SeriesSummary[]> {
    const lanes = [...this.#lanes.values()]
    const lists = lanes.map(({ composition }) => composition.parts.scoring.summaries(keys))
    const byKey = new Map((await Promise.all(lists)).flat().map((row) => [row.key, row]))
    return keys.map((key) => byKey.get(key)).filter((row) => row !== undefined)
  }

  async explain(key: string): Promise<Explanation | undefined> {
    for (const { composition } of this.#lanes.values()) {
      if (composition.parts.scoring.has(key)) return composition.parts.scoring.explain(key)
    }
    return undefined
  }

  async #opened(partition: string): Promise<Lane> {
    const { config, surroundings, onSaved, onBroken } = this.#parts
    const options = redisStoreOf(config.store)
    const scope = { ...options, prefix: `${options.prefix}/${partition}` }
    const store = new LeavableStore(new RedisStore(scope))
    const state = await store.load()
    const run = { store, state, log: new NoLog(), lostLogBytes: 0 }
    const feed = new PartitionFeed(onSaved)
    const { clock, tables } = surroundings
    const source = config.sources.find(({ name }) => partition.startsWith(`${name}/`))
    if (source === undefined) throw new RangeError(`no source of the partition ${partition}`)
    const merged = isRepartitioned(source) ? mergedDecoder(source) : undefined
    const transforms = merged
      ? stagedTransforms(config.transforms, tables).second
      : config.transforms
    const { codec } = source
    const decoder = merged?.decoder ?? rowOf(tables.decoders, codec).create(codec.options)
    const input: Input = { name: source.name, source: feed, decoder, ownPositions: true }
    const composition = await compose(
      { ...config, sources: [source], transforms },
      { ...surroundings, telemetry: this.#telemetryOf(partition) },
      {
        run,
        control: new ControlSource(ticksName, clock),
        inputs: new Map([
          [source.name, input],
          [ticksName, { name: ticksName, source: silent, decoder, companion: true }],
        ]),
        sinks: new Map(),
        keepers: merged ? [merged.time] : [],
      },
    )
    const stop = new AbortController()
    const ended = new Pipeline(composition.parts).run(stop.signal).catch(onBroken)
    const lane = { feed, composition, store, stop, ended }
    this.#lanes.set(partition, lane)
    return lane
  }

  /** What is saved stays as it is: the partition may be another's already. */
  async #left(partition: string): Promise<void> {
    const lane = this.#lanes.get(partition)
    if (lane === undefined) return
    this.#lanes.delete(partition)
    lane.store.leave()
    lane.stop.abort('lost')
    await lane.ended
    const { deliveries, parts } = lane.composition
    // Alarms that are not told yet are in the outbox, which is the next holder's.
    await Promise.all(deliveries.map((delivery) => delivery.drain(AbortSignal.abort())))
    await parts.scoring.close()
    await lane.store.close()
    this.#counts.delete(partition)
  }

  /** The number of series is the sum over all partitions. */
  #telemetryOf(partition: string): Telemetry {
    const { telemetry } = this.#parts.surroundings
    return overlaid(telemetry, {
      seriesCount: (live: number, limit: number): void => {
        this.#counts.set(partition, live)
        let sum = 0
        for (const count of this.#counts.values()) sum += count
        telemetry.seriesCount(sum, limit)
      },
    })
  }
}

/** A source that has nothing to say. */
const silent: Source = {
  async *batches() {},
}

/** A store that can be left: from then on nothing is saved, and that is no failure. */
class LeavableStore implements StateStore {
  readonly #store: StateStore
  #left = false

  constructor(store: StateStore) {
    this.#store = store
  }

  leave(): void {
    this.#left = true
  }

  load(): Promise<SavedState> {
    return this.#store.load()
  }

  async save(checkpoint: Checkpoint): Promise<void> {
    if (!this.#left) await this.#store.save(checkpoint)
  }

  async renew(nowMs: number): Promise<string> {
    return (await this.#store.renew?.(nowMs)) ?? ''
  }

  close(): Promise<void> {
    return this.#store.close()
  }
}

/** All methods of one telemetry, but for some. */
function overlaid(telemetry: Telemetry, changes: Partial<Telemetry>): Telemetry {
  return new Proxy(telemetry, {
    get(target, name) {
      const changed: unknown = Reflect.get(changes, name)
      if (changed !== undefined) return changed
      const own: unknown = Reflect.get(target, name)
      return typeof own === 'function' ? own.bind(target) : own
    },
  })
}
