/**
 * Kafka: records of topics, shared with the other members of a consumer group.
 *
 *   brokers ─▶ one fetch under way from each ─▶ records of one partition, in order ─▶ batch
 *                        ▲                                                              │
 *                        └── the next one starts while this one is being taken ◀────────┘
 *
 * A record's receive time is Kafka's timestamp of it and its position is (source/topic/partition,
 * offset), so whoever reads it, and however often, sees the same. A source that is not asked
 * fetches no more: that is the back-pressure, and the member's heartbeats go on meanwhile.
 *
 * What a broker does not answer is asked again, with pauses that grow, and told; a record that was
 * deleted before it was read is passed over, loudly.
 *
 * Memory: at most two answers of each broker. Speed: bench/speed/kafka.ts.
 */

import { findErrorBy } from '@platformatic/kafka'
import type { Consumer, FetchOptions } from '@platformatic/kafka'
import type { Batch, InputRecord } from '../core/record.ts'
import { Announcer } from './kafka/announcer.ts'
import { Membership } from './kafka/membership.ts'
import { checkKafkaSource, fetchWaitMs } from './kafka/options.ts'
import type { KafkaSourceOptions } from './kafka/options.ts'
import type { PartitionReader } from './kafka/partition-reader.ts'
import type { Source, SourceSurroundings } from './source.ts'

/** First and longest pause before something is asked for again. */
const againFirstMs = 250
const againCapMs = 10_000
/** How long brokers may take to let a member go; without them its session ends by itself. */
const leaveWithinMs = 5_000

type FetchRequestTopic = FetchOptions<Buffer, Buffer, Buffer, Buffer>['topics'][number]
type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>

/** An answer of a broker, or why there is none. */
interface Answer {
  readonly node: number
  readonly generation: number
  /** When the broker was asked, by the clock of this machine. */
  readonly askedMs: number
  readonly topics: ReadonlyMap<string, ReadonlyMap<number, PartitionReader>>
  /** The partitions that were asked for. */
  readonly asked: readonly PartitionReader[]
  readonly response?: FetchResponse
  readonly error?: unknown
}

/** Records of one partition, and the offset that its reader had before them. */
interface PartitionBatch {
  readonly batch: Batch
  readonly reader: PartitionReader
  readonly from: number
}

/** What one broker is asked for. */
interface Question {
  readonly wanted: FetchRequestTopic[]
  readonly asked: PartitionReader[]
}

/** See the head of the file. Throws ERR_CONFIG_INVALID where its options do not go together. */
export class KafkaSource implements Source {
  readonly #options: KafkaSourceOptions
  readonly #surroundings: SourceSurroundings
  #membership: Membership | undefined
  #ended = false
  /** Resolves once the group is left. */
  #leaving: Promise<void> = Promise.resolve()
  #failures = 0
  /** Ends the wait for an answer: there may be something else to ask for. */
  #wake: () => void = () => {}

  constructor(options: KafkaSourceOptions, surroundings: SourceSurroundings) {
    this.#options = options
    this.#surroundings = surroundings
    checkKafkaSource(options)
  }

  async *batches(
    signal: AbortSignal,
    positions?: ReadonlyMap<string, number>,
  ): AsyncGenerator<Batch> {
    if (signal.aborted) return
    const membership = this.#newMembership(positions ?? new Map())
    const announcer = new Announcer(this.#options)
    const timers: (() => void)[] = []
    try {
      if (!(await this.#joined(membership, signal))) return
      timers.push(this.#every(this.#options.commitEveryMs, () => membership.commit()))
      timers.push(this.#every(this.#options.topicsEveryMs, () => membership.refresh()))
      if (this.#options.announceTopic !== '') {
        const say = () => announcer.announce(membership.assigned.map(({ topic }) => topic))
        timers.push(this.#every(this.#options.announceEveryMs, say))
      }
      yield* this.#fetched(membership, signal)
    } finally {
      for (const cancel of timers) cancel()
      await announcer.close().catch((error: unknown) => this.#told(error, 0))
      this.#ended = true
      // With checkpoints the last one comes after this; nobody else may go on before it.
      if (positions === undefined) {
        this.#membership = undefined
        await membership.close()
      }
    }
  }

  /** What was saved need never be read again. After the last checkpoint it leaves the group. */
  saved(positions: ReadonlyMap<string, number>): void {
    const membership = this.#membership
    if (membership === undefined) return
    for (const [partition, offset] of positions) membership.taken(partition, offset + 1)
    if (!this.#ended) return
    this.#membership = undefined
    this.#leaving = membership.close().catch((error: unknown) => this.#told(error, 0))
  }

  /** Whoever ends before has not left: the others would wait for its session to end. */
  async closed(): Promise<void> {
    let cancel = (): void => {}
    const late = new Promise<void>((resolve) => {
      cancel = this.#surroundings.clock.after(leaveWithinMs, resolve)
    })
    await Promise.race([this.#leaving, late])
    cancel()
  }

  #newMembership(saved: ReadonlyMap<string, number>): Membership {
    const { name, clock, onRejection, ownership, share } = this.#surroundings
    const onFailure = (error: unknown, againMs: number): void => this.#told(error, againMs)
    const options = this.#options
    const onAssigned = (): void => this.#wake()
    const surroundings = { name, clock, onRejection, onFailure, ownership, share }
    this.#membership = new Membership({ ...surroundings, options, saved, onAssigned })
    return this.#membership
  }

  /** Joins the group, as often as it takes; false where the signal came first. */
  async #joined(membership: Membership, signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      try {
        await membership.join()
        this.#failures = 0
        return true
      } catch (error) {
        await this.#pause(error, signal)
      }
    }
    return false
  }

  /** One fetch a broker is under way at any time; answers are taken in the order they come. */
  async *#fetched(membership: Membership, signal: AbortSignal): AsyncGenerator<Batch> {
    const underWay = new Map<number, Promise<Answer>>()
    while (!signal.aborted) {
      await this.#ask(membership, underWay, signal)
      const answer = await this.#next(underWay, signal)
      if (answer === undefined) continue
      underWay.delete(answer.node)
      if (answer.error !== undefined) {
        if (findErrorBy(answer.error as Error, 'apiId', 'OFFSET_OUT_OF_RANGE')) {
          await membership.beginAnew().catch((error: unknown) => this.#told(error, 0))
        }
        await this.#pause(answer.error, signal)
        continue
      }
      this.#failures = 0
      const batches = this.#batches(answer, membership)
      await this.#ask(membership, underWay, signal)
      for (const [i, { batch, reader }] of batches.entries()) {
        if (membership.generation !== answer.generation) {
          for (const left of batches.slice(i).toReversed()) left.reader.rewind(left.from)
          break
        }
        yield batch
        this.#tellLag(reader, reader.nextOffset)
      }
    }
  }

  /** Starts a fetch from each leader of partitions that has none under way. */
  async #ask(
    membership: Membership,
    underWay: Map<number, Promise<Answer>>,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      const { generation, assigned } = membership
      const askedMs = this.#surroundings.clock.nowMs()
      const topics = assigned.map(({ topic }) => topic)
      if (topics.length === 0) return
      const metadata = await membership.consumer.metadata({ topics })
      const byNode = new Map<number, Question>()
      for (const { topic, readers } of assigned) {
        const known = metadata.topics.get(topic)
        if (known === undefined) continue
        for (const [partition, reader] of readers) {
          const node = known.partitions[partition]?.leader ?? -1
          if (node < 0 || underWay.has(node)) continue
          const question = byNode.get(node) ?? { wanted: [], asked: [] }
          byNode.set(node, question)
          const wish = this.#wish(partition, reader.fetchOffset)
          question.wanted.push({ topicId: known.id, partitions: [wish] })
          question.asked.push(reader)
        }
      }
      const readers = new Map(
        assigned.map(({ topic, readers }) => [metadata.topics.get(topic)?.id ?? '', readers]),
      )
      for (const [node, { wanted, asked }] of byNode) {
        const question = { node, generation, askedMs, topics: readers, asked }
        underWay.set(node, this.#fetch(membership, question, wanted))
      }
    } catch (error) {
      await this.#pause(error, signal)
    }
  }

  #wish(partition: number, fetchOffset: number): FetchRequestTopic['partitions'][number] {
    return {
      partition,
      fetchOffset: BigInt(fetchOffset),
      currentLeaderEpoch: -1,
      lastFetchedEpoch: -1,
      partitionMaxBytes: Math.max(1024 ** 2, this.#options.fetchBytes / 8),
    }
  }

  async #fetch(
    { consumer }: Membership,
    asked: Answer,
    topics: FetchRequestTopic[],
  ): Promise<Answer> {
    const { fetchBytes, isolation } = this.#options
    try {
      const response = await consumer.fetch({
        node: asked.node,
        topics,
        minBytes: 1,
        maxBytes: fetchBytes,
        maxWaitTime: fetchWaitMs(this.#options),
        isolationLevel: isolation === 'committed' ? 1 : 0,
      })
      return { ...asked, response }
    } catch (error) {
      return { ...asked, error }
    }
  }

  /**
   * The next answer; undefined where none came within the wait, so that ticks go on, or where there
   * is a new assignment.
   */
  async #next(
    underWay: ReadonlyMap<number, Promise<Answer>>,
    signal: AbortSignal,
  ): Promise<Answer | undefined> {
    const { clock } = this.#surroundings
    const nothing = Promise.withResolvers<undefined>()
    const stop = (): void => nothing.resolve(undefined)
    const cancel = clock.after(fetchWaitMs(this.#options), stop)
    this.#wake = stop
    signal.addEventListener('abort', stop, { once: true })
    const answer = await Promise.race([...underWay.values(), nothing.promise])
    cancel()
    signal.removeEventListener('abort', stop)
    return answer
  }

  /** One batch for each partition that has something new. */
  #batches(answer: Answer, membership: Membership): PartitionBatch[] {
    const { generation, askedMs, topics, asked, response } = answer
    if (response === undefined || generation !== membership.generation) return []
    const batches: PartitionBatch[] = []
    const nowMs = this.#surroundings.clock.nowMs()
    for (const { topicId, partitions } of response.responses) {
      for (const fetched of partitions) {
        const reader = topics.get(topicId)?.get(fetched.partitionIndex)
        if (reader === undefined) continue
        const records: InputRecord[] = []
        const from = reader.nextOffset
        reader.endOffset = this.#endOf(fetched)
        this.#tellLag(reader, from)
        reader.take(fetched.records ?? [], nowMs, records)
        this.#tellUnkeyed(reader)
        const batch = this.#batch(records, reader, membership)
        if (records.length > 0) batches.push({ batch, reader, from })
      }
    }
    for (const reader of asked) {
      // As of then: what has come since, while this process was at work or asleep, is not known.
      const tick = reader.idle(askedMs)
      const from = reader.nextOffset
      if (tick === undefined) continue
      batches.push({ batch: this.#batch([tick], reader, membership), reader, from })
    }
    return batches
  }

  #batch(records: readonly InputRecord[], reader: PartitionReader, membership: Membership): Batch {
    const { partition, nextOffset } = reader
    return { records, acknowledge: () => membership.taken(partition, nextOffset) }
  }

  /** Behind the newest record that is to be read. */
  #endOf(fetched: { highWatermark: bigint; lastStableOffset: bigint }): number {
    const committed = this.#options.isolation === 'committed'
    return Number(committed ? fetched.lastStableOffset : fetched.highWatermark)
  }

  /** Tells how far behind a partition is that was taken up to an offset. */
  #tellLag({ partition, endOffset }: PartitionReader, nextOffset: number): void {
    this.#surroundings.share?.behind(partition, Math.max(0, endOffset - nextOffset))
  }

  /** Without keys the series of a shared topic may be spread over partitions, each its own. */
  #tellUnkeyed(reader: PartitionReader): void {
    const { ownership, share } = this.#surroundings
    if (reader.unkeyed === 0) return
    if (this.#options.keyed && ownership !== undefined) share?.unkeyed(reader.unkeyed)
    reader.unkeyed = 0
  }

  async #pause(error: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const againMs = Math.min(againCapMs, againFirstMs * 2 ** Math.min(this.#failures, 10))
    this.#failures++
    this.#told(error, againMs)
    const { clock } = this.#surroundings
    await new Promise<void>((resolve) => {
      const cancel = clock.after(againMs, resolve)
      const stop = (): void => {
        cancel()
        resolve()
      }
      signal.addEventListener('abort', stop, { once: true })
    })
  }

  #told(error: unknown, againMs: number): void {
    this.#surroundings.onFailure?.(error, againMs)
  }

  #every(ms: number, work: () => Promise<void>): () => void {
    const { clock } = this.#surroundings
    let stopped = false
    let cancel = (): void => {}
    const again = (): void => {
      if (stopped) return
      cancel = clock.after(ms, () => {
        work()
          .catch((error: unknown) => this.#told(error, ms))
          .finally(again)
      })
    }
    again()
    return () => {
      stopped = true
      cancel()
    }
  }
}
