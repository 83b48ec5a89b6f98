/**
 * One member of a consumer group: which partitions are this program's, and from where they are
 * read.
 *
 *   join ─▶ assigned ─▶ … ─▶ the group changes ─▶ leave off ─▶ join again ─▶ assigned
 *                                                     │
 *                          what was taken is saved and committed before the others may go on
 *
 * The group protocol is the classic, eager one: at a change every member leaves off, says what it
 * has taken, and joins again. Partitions that come back to the same member go on in memory as if
 * nothing had been. (The newer protocol of the library gives no moment between the loss of a
 * partition and its next owner's first read.)
 *
 * A position known to the saved state comes before one committed by the group, and that before
 * `start`: the saved state is the truth, the commit only tells others and people.
 */

import { Admin, Consumer } from '@platformatic/kafka'
import type { GroupAssignment } from '@platformatic/kafka'
import { kafkaClientOptions } from '../../connections/kafka.ts'
import type { Timers } from '../../core/clock.ts'
import { Glob } from '../../core/glob.ts'
import { rejection } from '../../core/rejection.ts'
import type { Ownership, RejectionListener, ShareListener } from '../source.ts'
import { commitOffsets } from './group-commit.ts'
import type { CommitPlace } from './group-commit.ts'
import type { KafkaSourceOptions } from './options.ts'
import { assignBySubscription } from './assignment.ts'
import { PartitionReader } from './partition-reader.ts'

/** Told of what goes wrong and is tried again. */
export type FailureListener = (error: unknown, againMs: number) => void

/** What a member works with. */
export interface MembershipParts {
  readonly name: string
  readonly options: KafkaSourceOptions
  readonly clock: Timers
  readonly onRejection: RejectionListener
  readonly onFailure: FailureListener
  /** Positions of the saved state, by partition name. */
  readonly saved: ReadonlyMap<string, number>
  /** Where states go with their partitions. */
  readonly ownership: Ownership | undefined
  readonly share: ShareListener | undefined
  /** Told of each assignment, once it may be read. */
  readonly onAssigned: () => void
}

/** One topic of which this member has partitions. */
export interface AssignedTopic {
  readonly topic: string
  readonly readers: ReadonlyMap<number, PartitionReader>
}

/** Pause before an assignment is taken again, or the group joined. */
const againMs = 500

/** Latest and earliest, as the protocol writes them. */
const startTimestamps = { latest: -1n, earliest: -2n } as const

/** See the head of the file. */
export class Membership {
  readonly consumer: Consumer
  readonly #parts: MembershipParts
  readonly #admin: Admin
  readonly #globs: readonly Glob[]
  readonly #wild: boolean
  #assigned = new Map<string, Map<number, PartitionReader>>()
  /** Partitions whose states were asked for and not given back, by name. */
  readonly #owned = new Set<string>()
  /** What was taken and may be committed: the next offset by partition name. */
  readonly #taken = new Map<string, CommitPlace>()
  #committing: Promise<void> = Promise.resolve()
  #generation = 0
  /** Between leaving off and the next assignment. */
  #isLeaving = true
  #taking: Promise<void> = Promise.resolve()
  #closed = false
  /** It is being tried to come back into the group. */
  #isJoining = false

  constructor(parts: MembershipParts) {
    const { options } = parts
    this.#parts = parts
    this.#globs = options.topics.map((topic) => new Glob(topic))
    this.#wild = options.topics.some((topic) => /[*?\\]/.test(topic))
    this.#admin = new Admin(kafkaClientOptions(options))
    this.consumer = new Consumer({
      ...kafkaClientOptions(options),
      groupId: options.group,
      sessionTimeout: options.sessionTimeoutMs,
      rebalanceTimeout: options.sessionTimeoutMs * 2,
      heartbeatInterval: heartbeatMs(options),
      isolationLevel: options.isolation === 'committed' ? 1 : 0,
      protocolsMetadata: () => this.#leftOff(),
      partitionAssigner: assignBySubscription,
    })
    this.consumer.on('consumer:heartbeat:error', ({ error }) =>
      parts.onFailure(error, heartbeatMs(options)),
    )
    // The library joins again where a heartbeat says so, but only a few times; then it is silent.
    this.consumer.on('error', (error: Error) => void this.#joinAgain(error))
    this.consumer.on('consumer:heartbeat:stalled', ({ lastError }) => {
      void this.#joinAgain(lastError ?? new Error('no heartbeat'))
    })
    this.consumer.on('consumer:group:join', () => void this.#takeAtLast())
    // The rightful owner loads what another has done meanwhile; one that was outlived lets go.
    parts.ownership?.onOutlived((partition) => {
      if (!this.#owned.has(partition) || this.#isLeaving) return
      this.#isLeaving = true
      this.consumer.joinGroup().catch((error: unknown) => this.#joinAgain(error))
    })
  }

  /** Grows with every new assignment. */
  get generation(): number {
    return this.#generation
  }

  /** What this member reads at the moment: nothing while the group changes. */
  get assigned(): readonly AssignedTopic[] {
    if (this.#isLeaving) return []
    return [...this.#assigned].map(([topic, readers]) => ({ topic, readers }))
  }

  /** Joins the group for all topics that fit by now. Throws what the brokers answer. */
  async join(): Promise<void> {
    await this.#subscribe()
    await this.consumer.joinGroup()
    await this.#taking
  }

  /** Looks for new topics; joins again where there are any. */
  async refresh(): Promise<void> {
    if (await this.#subscribe()) await this.consumer.joinGroup()
  }

  /**
   * After a broker said that an offset is none of its: records were deleted before they were read,
   * or the topic was made anew. Reading goes on at the oldest record there is, loudly.
   */
  async beginAnew(): Promise<void> {
    for (const [topic, readers] of this.#assigned) {
      const partitions = { [topic]: [...readers.keys()] }
      const bounds = { topics: [topic], partitions, isolationLevel: 0 }
      const firsts = await this.consumer.listOffsets({ ...bounds, timestamp: -2n })
      const ends = await this.consumer.listOffsets({ ...bounds, timestamp: -1n })
      for (const [partition, reader] of readers) {
        const first = Number(firsts.get(topic)?.[partition] ?? 0n)
        const end = Number(ends.get(topic)?.[partition] ?? 0n)
        if (reader.fetchOffset >= first && reader.fetchOffset <= end) continue
        const missed = `${reader.partition} has no offset ${reader.nextOffset} any more`
        const detail = `${missed}: on at ${first}`
        this.#parts.onRejection(rejection('overflow', detail, ''))
        reader.beginAt(first)
      }
    }
  }

  /** Notes that everything before an offset was taken for good. */
  taken(partition: string, nextOffset: number): void {
    const place = placeOf(this.#parts.name, partition)
    if (place === undefined) return
    this.#taken.set(partition, { ...place, nextOffset })
  }

  /** Commits what was taken since the last time. One commit runs at a time. */
  commit(): Promise<void> {
    this.#committing = this.#committing.then(() => this.#commit())
    return this.#committing
  }

  /** Commits and leaves, so that the others need not wait for the session to end. */
  async close(): Promise<void> {
    await this.commit()
    this.#closed = true
    const clients = [this.consumer.close(true), this.#admin.close()]
    for (const closed of await Promise.allSettled(clients)) {
      if (closed.status === 'rejected') this.#parts.onFailure(closed.reason, 0)
    }
  }

  async #commit(): Promise<void> {
    const places = [...this.#taken.values()].filter(({ topic, partition }) =>
      this.#assigned.get(topic)?.has(partition),
    )
    // Who is no member has nothing to say to the group: it is said once it is one again.
    if (places.length === 0 || !this.consumer.memberId) return
    const sent = new Map(this.#taken)
    try {
      await commitOffsets(this.consumer, places)
    } catch (error) {
      this.#parts.onFailure(error, this.#parts.options.commitEveryMs)
      return
    }
    for (const [partition, place] of sent) {
      if (this.#taken.get(partition) === place) this.#taken.delete(partition)
    }
  }

  /**
   * Runs before every join: the library waits for it. The metadata of a member are empty. The group
   * does not wait long for a commit, which only tells others what is in the saved state.
   */
  async #leftOff(): Promise<Buffer> {
    this.#generation++
    this.#isLeaving = true
    const { sessionTimeoutMs } = this.#parts.options
    await Promise.race([this.#taking, this.#pause(sessionTimeoutMs)])
    const outlived = (await this.#parts.ownership?.settle()) ?? []
    for (const name of outlived) {
      const place = placeOf(this.#parts.name, name)
      if (place !== undefined) this.#assigned.get(place.topic)?.delete(place.partition)
      this.#taken.delete(name)
      this.#owned.delete(name)
    }
    await this.#parts.ownership?.lost(outlived)
    await Promise.race([this.commit(), this.#pause(heartbeatMs(this.#parts.options))])
    return Buffer.alloc(0)
  }

  /** Out of the group without having left it: joins it again, as often as it takes. */
  async #joinAgain(error: unknown): Promise<void> {
    if (this.#closed || this.#isJoining) return
    this.#isJoining = true
    let why = error
    while (!this.#closed && !this.consumer.isActive()) {
      this.#parts.onFailure(why, againMs)
      await this.#pause(againMs)
      try {
        if (!this.#closed) await this.consumer.joinGroup()
      } catch (again) {
        why = again
      }
    }
    this.#isJoining = false
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#parts.clock.after(ms, resolve))
  }

  /** Tracks the topics that fit; true where that changed. */
  async #subscribe(): Promise<boolean> {
    const { options } = this.#parts
    const there = this.#wild ? await this.#admin.listTopics() : options.topics
    const fitting = there.filter((topic) => this.#globs.some((glob) => glob.matches(topic)))
    return this.consumer.topics.trackAll(...fitting).some(Boolean)
  }

  /** Tries again until the assignment is taken or another one has come. */
  async #takeAtLast(): Promise<void> {
    for (;;) {
      const taking = this.#takeAssignment()
      const generation = this.#generation
      try {
        await taking
        return
      } catch (error) {
        if (this.#closed || generation !== this.#generation) return
        this.#parts.onFailure(error, againMs)
        await this.#pause(againMs)
      }
    }
  }

  /** Assignments are taken one after the other; none that another has followed. */
  #takeAssignment(): Promise<void> {
    const generation = ++this.#generation
    const taking = this.#taking.then(() => this.#take(generation))
    this.#taking = taking.catch(() => undefined)
    return taking
  }

  /** Keeps the readers of partitions that stayed; makes those of new ones where they begin. */
  async #take(generation: number): Promise<void> {
    const isCurrent = (): boolean => generation === this.#generation
    if (!isCurrent()) return
    const assignments = this.consumer.assignments ?? []
    const { groupId, memberId, generationId } = this.consumer
    const next = new Map<string, Map<number, PartitionReader>>()
    const fresh: GroupAssignment[] = []
    for (const { topic, partitions } of assignments) {
      const held = this.#assigned.get(topic)
      const readers = new Map<number, PartitionReader>()
      for (const partition of partitions) {
        const reader = held?.get(partition)
        if (reader !== undefined) readers.set(partition, reader)
      }
      next.set(topic, readers)
      const added = partitions.filter((partition) => !readers.has(partition))
      if (added.length > 0) fresh.push({ topic, partitions: added })
    }
    const { name, options, onRejection, ownership } = this.#parts
    const all = assignments.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => partitionName(name, topic, partition)),
    )
    const gone = [...this.#owned].filter((each) => !all.includes(each))
    for (const each of gone) this.#owned.delete(each)
    await ownership?.lost(gone)
    for (const [topic, readers] of this.#assigned) {
      const kept = next.get(topic)
      for (const partition of readers.keys()) if (!kept?.has(partition)) readers.delete(partition)
    }
    for (const each of all) this.#owned.add(each)
    const member = { groupId, memberId, generationId }
    const saved = (await ownership?.gained(all, member, isCurrent)) ?? this.#parts.saved
    if (!isCurrent()) return
    const beginnings = await this.#beginnings(fresh, saved)
    if (!isCurrent()) return
    for (const beginning of beginnings) {
      const { topic, partition } = beginning
      const place = partitionName(name, topic, partition)
      const reader = new PartitionReader(place, beginning, options, onRejection)
      next.get(topic)?.set(partition, reader)
    }
    this.#assigned = next
    this.#isLeaving = false
    this.#parts.share?.assigned(all)
    this.#parts.onAssigned()
  }

  /** Where partitions begin that this member has not read yet. */
  async #beginnings(
    fresh: readonly GroupAssignment[],
    saved: ReadonlyMap<string, number>,
  ): Promise<Beginning[]> {
    const { name, options, ownership, share } = this.#parts
    if (fresh.length === 0) return []
    const committed = await this.consumer.listCommittedOffsets({ topics: [...fresh] })
    const starts = await this.consumer.listOffsets({
      topics: fresh.map(({ topic }) => topic),
      partitions: Object.fromEntries(fresh.map(({ topic, partitions }) => [topic, partitions])),
      timestamp: startTimestamps[options.start],
    })
    return fresh.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => {
        const taken = saved.get(partitionName(name, topic, partition))
        const ofGroup = Number(committed.get(topic)?.[partition] ?? -1n)
        const start = Number(starts.get(topic)?.[partition] ?? 0n)
        if (taken !== undefined) return { topic, partition, nextOffset: taken + 1, goesOn: true }
        const goesOn = ofGroup >= 0
        if (goesOn && ownership !== undefined) {
          share?.statesMissing(partitionName(name, topic, partition), ofGroup)
        }
        return { topic, partition, nextOffset: goesOn ? ofGroup : start, goesOn }
      }),
    )
  }
}

interface Beginning extends CommitPlace {
  /** True where an earlier run has read what comes before. */
  readonly goesOn: boolean
}

/** The name of a partition in origins: `kafka/metrics/3`. */
export function partitionName(source: string, topic: string, partition: number): string {
  return `${source}/${topic}/${partition}`
}

/** The topic and partition of a name in origins; undefined where it is not this source's. */
function placeOf(
  source: string,
  name: string,
): { readonly topic: string; readonly partition: number } | undefined {
  const found = /^([^/]+)\/(\d+)$/.exec(name.slice(source.length + 1))
  if (found === null || !name.startsWith(`${source}/`)) return undefined
  return { topic: found[1] as string, partition: Number(found[2]) }
}

/**
 * How often a member says that it is there: three times before its session would end, and often
 * enough to hear soon that the group changes, since partitions rest until every member has heard.
 */
function heartbeatMs({ sessionTimeoutMs }: KafkaSourceOptions): number {
  return Math.min(1_000, sessionTimeoutMs / 3)
}
