/**
 * One assigned partition at work: a pipeline of its own, with its own series, checkpoints and saved
 * states; see partitions.ts.
 *
 *   open ─▶ states loaded, earlier holders locked out ─▶ read on from there ─▶ … ─▶ left, or closed
 *                                                        │
 *                with exactly-once sinks: silent up to what was committed last, then aloud
 */

import { ForewarnError } from '../core/errors.ts'
import { viaName } from '../core/position-memory.ts'
import type { ControlRecord, InputRecord } from '../core/record.ts'
import type { History } from '../history/history.ts'
import { Pipeline } from '../pipeline.ts'
import type { SavingState } from '../series/checkpoint.ts'
import type { Scoring } from '../series/scoring.ts'
import type { Changes } from '../server/reload.ts'
import type { ExactlyOnce, Noted } from '../sinks/kafka/exactly-once.ts'
import type { ControlTopic } from '../sources/kafka/control-topic.ts'
import type { GroupMember } from '../sources/source.ts'
import type { Delivery } from '../sinks/delivery.ts'
import { NoLog } from '../stores/no-log.ts'
import { RedisStore } from '../stores/redis.ts'
import { redisStoreOf } from '../stores/redis/options.ts'
import type { Composition, Surroundings } from './compose.ts'
import type { Config } from './config.ts'
import { exactlyOnceOf } from './exactly-once.ts'
import { Fence, laneTelemetry } from './lane-telemetry.ts'
import type { SeriesSums } from './lane-telemetry.ts'
import { composedLane } from './lane-composition.ts'
import { LeavableStore } from './leavable-store.ts'
import { PartitionFeed } from './partition-feed.ts'

/** What a lane is made with. */
export interface LaneParts {
  readonly config: Config
  /** Its table of sinks makes shares; see shared-sinks.ts. */
  readonly surroundings: Surroundings
  readonly member: GroupMember
  /** What keeps scores, for all partitions. */
  readonly history?: History | undefined
  /** What people said, for all partitions. */
  readonly words?: Pick<ControlTopic, 'partition' | 'after'> | undefined
  /** Told how many series it has. */
  readonly sums: SeriesSums
  /** Told what checkpoints have saved. */
  readonly onSaved: (positions: ReadonlyMap<string, number>) => void
  /** Told where the pipeline broke. */
  readonly onBroken: (error: unknown) => void
  /** Told when a save was refused because another has the partition. */
  readonly onOutlived: () => void
}

/** How a lane goes on under another configuration, together with all others. */
export interface LaneChange {
  readonly config: Config
  /** Sinks that go on as they are, and those that begin or change. */
  readonly sinks: Changes
  /** Says that it could go on so, or why not; resolves to whether all can. */
  readonly vote: (failure?: { readonly error: unknown }) => Promise<boolean>
}

/** What was committed before and is read again. */
interface Replay {
  readonly nextOffset: number
  readonly noted: Noted[]
}

/** See the head of the file. */
export class Lane {
  readonly partition: string
  readonly #feed: PartitionFeed
  readonly #around: Surroundings
  readonly #pipeline: Pipeline
  #composition: Composition
  readonly #store: LeavableStore
  readonly #once: ExactlyOnce | undefined
  readonly #fence: Fence
  readonly #stop = new AbortController()
  readonly #ended: Promise<void>
  readonly #words: LaneParts['words']
  /** How long a checkpoint waits for sinks. */
  readonly #deliveryWaitMs: number
  /** The last word that it was handed. */
  #heard: number
  /** Ends when what is being taken now has been: records and words take turns. */
  #turn: Promise<void> = Promise.resolve()
  #replay: Replay | undefined

  /** Loads the partition's states and begins. Throws what store and brokers answer. */
  static async opened(partition: string, parts: LaneParts): Promise<Lane> {
    const { config, surroundings, member, onSaved } = parts
    const { telemetry, clock } = surroundings
    const fence = new Fence(parts.onOutlived)
    const own = laneTelemetry({ partition, telemetry, sums: parts.sums, fence })
    const around = { ...surroundings, telemetry: own }
    const options = redisStoreOf(config.store)
    const scope = { ...options, prefix: `${options.prefix}/${partition}` }
    const store = new LeavableStore(new RedisStore(scope))
    let lane: Lane | undefined
    const onFull = (): void => lane?.saveSoon()
    const once = exactlyOnceOf(config.sinks, around, { partition, member, onFull })
    const startMs = clock.nowMs()
    try {
      const state = await store.load()
      // Only now: whoever had it before saves nothing any more.
      const committed = await once?.open()
      const feed = new PartitionFeed(onSaved)
      const { history } = parts
      const run = { store, state, log: new NoLog(), lostLogBytes: 0, history }
      const composition = await composedLane(config, around, { partition, feed, run, once })
      lane = new Lane({ partition, around, feed, composition, store, once, fence }, parts)
      telemetry.statesLoaded(partition, lane.scoring.size, clock.nowMs() - startMs)
      await lane.#begun(committed)
      return lane
    } catch (error) {
      await once?.close()
      await store.close()
      throw error
    }
  }

  private constructor(made: LaneMade, { config, words, onBroken }: LaneParts) {
    this.partition = made.partition
    this.#feed = made.feed
    this.#around = made.around
    this.#composition = made.composition
    this.#store = made.store
    this.#once = made.once
    this.#fence = made.fence
    this.#words = words
    this.#deliveryWaitMs = config.store.deliveryWaitMs
    this.#heard = this.#checkpoints.positions.get(words?.partition ?? '') ?? -1
    this.#hearAfterSaves()
    this.#pipeline = new Pipeline(made.composition.parts)
    this.#ended = this.#pipeline.run(this.#stop.signal).catch(onBroken)
  }

  /** For what had no room to be noted before. */
  #hearAfterSaves(): void {
    if (this.#once) this.#checkpoints.onSaved(() => this.hear())
  }

  get scoring(): Scoring {
    return this.#composition.parts.scoring
  }

  get deliveries(): readonly Delivery[] {
    return this.#composition.deliveries
  }

  /** The last offset that its states have taken; undefined where they have taken nothing. */
  get offset(): number | undefined {
    return this.#composition.parts.durability.checkpoints.positions.get(this.partition)
  }

  /** Asks for a checkpoint. */
  saveSoon(): void {
    void this.#checkpoints.take()
  }

  get saving(): SavingState {
    return this.#checkpoints.saving
  }

  /** Hands records to the pipeline; resolves once they are taken. */
  hand(records: readonly InputRecord[]): Promise<void> {
    return this.#inTurn(() => this.#take(records))
  }

  /** Takes the words that it has not heard yet, one after the other. */
  hear(): void {
    void this.#inTurn(async () => {
      if (this.#replay !== undefined) return
      for (const word of this.#words?.after(this.#heard) ?? []) {
        const noted = { offset: this.offset ?? -1, word: word.origin.offset }
        // Without room it is heard after the next save.
        if (this.#once?.note(noted) === false) return
        await this.#say(word)
      }
    })
  }

  /** The group has confirmed that the partition is this member's. */
  confirm(member: GroupMember): void {
    this.#once?.confirm(member)
  }

  /**
   * Goes on under another configuration from where it is: nothing is taken until all lanes have
   * voted, and where one cannot, all go on as before.
   */
  async exchange({ config, sinks, vote }: LaneChange): Promise<void> {
    const before = this.#composition
    await this.#pipeline.exchange({
      ending: new Set(),
      next: async (saved) => {
        let next: Composition | undefined
        let failure: { readonly error: unknown } | undefined
        try {
          if (!saved) throw new ForewarnError('ERR_STORE_WRITE', 'no checkpoint could be saved')
          next = await this.#recomposed(config, sinks)
        } catch (error) {
          failure = { error }
        }
        if ((await vote(failure)) && next !== undefined) {
          this.#composition = next
          this.#hearAfterSaves()
          return next.parts
        }
        for (const name of sinks.begun) await ended(next, name)
        await next?.parts.scoring.close()
        return before.parts
      },
    })
    if (this.#composition === before) return
    for (const name of sinks.ended) {
      if (sinks.begun.includes(name)) before.sinks.get(name)?.delivery.confirmOutbox()
      await ended(before, name)
    }
  }

  /** A composition from what was just saved, around the sinks that go on. */
  async #recomposed(config: Config, sinks: Changes): Promise<Composition> {
    const { run, sinks: made } = this.#composition
    const state = await this.#store.read()
    return composedLane(config, this.#around, {
      partition: this.partition,
      feed: this.#feed,
      run: { ...run, state },
      once: this.#once,
      sinks: new Map([...made].filter(([name]) => sinks.kept.includes(name))),
    })
  }

  /**
   * Saves what was taken; false where that was refused because another has had it meanwhile. A sink
   * that is waited for (`when_full: wait`) and takes nothing does not hold it up: then nothing is
   * saved, and whoever has the partition next scores again what the sink does not have.
   */
  async settle(): Promise<boolean> {
    await Promise.race([this.#turn, this.#passed(this.#deliveryWaitMs)])
    this.#fence.refused = false
    return (await this.#checkpoints.take()) || !this.#fence.refused
  }

  /** Ends it. What is saved stays as it is: the partition may be another's already. */
  async leave(): Promise<void> {
    this.#store.leave()
    this.#stop.abort('lost')
    await this.#once?.close()
    // It ends with two checkpoints at most, unless a sink is full that is waited for.
    const ended = this.#ended
    await Promise.race([ended, this.#passed(2 * this.#deliveryWaitMs)])
    // Alarms that are not told yet are in the outbox, which is the next holder's.
    await this.#drained(AbortSignal.abort())
    await ended
    await this.#closed()
  }

  /** Saves and ends it; deliveries have until `late`. Resolves to the offset that was saved. */
  async close(late: AbortSignal): Promise<number | undefined> {
    this.#stop.abort('stopping')
    // A sink that is waited for and is full holds it up until then.
    const giveUp = (): void => void this.#drained(late)
    if (late.aborted) giveUp()
    late.addEventListener('abort', giveUp, { once: true })
    await this.#ended
    await this.#drained(late)
    // What was drained after the last checkpoint need not be sent again by the next holder.
    const { offset } = this
    const saved = await this.#checkpoints.take()
    await this.#once?.close()
    await this.#closed()
    return saved ? offset : undefined
  }

  async #drained(late: AbortSignal): Promise<void> {
    await Promise.all(this.#composition.deliveries.map((delivery) => delivery.drain(late)))
  }

  #passed(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#around.clock.after(delayMs, resolve))
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(work)
    return this.#turn
  }

  async #take(records: readonly InputRecord[]): Promise<void> {
    if (this.#replay !== undefined) await this.#replayed(this.#replay, records)
    else if (this.#noted(records)) await this.#feed.hand(records)
  }

  get #checkpoints() {
    return this.#composition.parts.durability.checkpoints
  }

  async #closed(): Promise<void> {
    await this.scoring.close()
    await this.#store.close()
  }

  /** Where more was committed than saved, that is read again in silence. */
  async #begun(committed: Awaited<ReturnType<ExactlyOnce['open']>> | undefined): Promise<void> {
    const { offset } = this
    const nextOffset = committed?.nextOffset
    if (offset === undefined || nextOffset === undefined || committed === undefined) return
    const noted = committed.noted.filter((each) => each.offset >= offset)
    this.#replay = { nextOffset, noted: [...noted] }
    this.#once?.hush()
    if (nextOffset <= offset + 1) await this.#replayed(this.#replay, [])
  }

  /** Takes records that were committed before in silence, with what stood among them. */
  async #replayed({ nextOffset, noted }: Replay, records: readonly InputRecord[]): Promise<void> {
    const isNew = ({ kind, origin }: InputRecord): boolean =>
      origin.offset + (kind === 'tick' ? 1 : 0) >= nextOffset
    const first = records.findIndex(isNew)
    const reached = first >= 0 || (this.offset ?? -1) + 1 >= nextOffset
    let silent: InputRecord[] = []
    const take = async (until: number): Promise<void> => {
      while ((noted[0]?.offset ?? Infinity) < until) {
        if (silent.length > 0) await this.#feed.hand(silent)
        silent = []
        await this.#takeNoted(noted.shift() as Noted)
      }
    }
    for (const record of first < 0 ? records : records.slice(0, first)) {
      await take(record.origin.offset)
      silent.push(record)
    }
    if (reached) await take(Infinity)
    if (silent.length > 0) await this.#feed.hand(silent)
    if (!reached) {
      // A record may have been the last one without having been found new.
      if ((this.offset ?? -1) + 1 < nextOffset) return
      await take(Infinity)
    }
    this.#replay = undefined
    this.#once?.speak()
    this.hear()
    if (first >= 0) await this.#take(records.slice(first))
  }

  async #takeNoted(noted: Noted): Promise<void> {
    const { offset } = noted
    if ('word' in noted) {
      const [word] = this.#words?.after(noted.word - 1) ?? []
      if (word?.origin.offset === noted.word) await this.#say(word)
      return
    }
    const { timestampMs } = noted
    const origin = { partition: this.partition, offset, receivedMs: timestampMs }
    await this.#feed.hand([{ kind: 'tick', timestampMs, origin }])
  }

  /** A word stands behind what was taken of the partition, so ticks of it end silences. */
  async #say(word: ControlRecord): Promise<void> {
    if (word.origin.offset <= this.#heard) return
    this.#heard = word.origin.offset
    const via = { name: viaName(this.partition), offset: this.offset ?? -1 }
    await this.#feed.hand([{ ...word, origin: { ...word.origin, via } }])
  }

  /** A tick by the clock has no place in the partition, so it is noted; false: no room for it. */
  #noted(records: readonly InputRecord[]): boolean {
    const [first] = records
    if (this.#once === undefined || records.length !== 1 || first?.kind !== 'tick') return true
    return this.#once.note({ offset: first.origin.offset, timestampMs: first.timestampMs })
  }
}

interface LaneMade {
  readonly partition: string
  readonly around: Surroundings
  readonly feed: PartitionFeed
  readonly composition: Composition
  readonly store: LeavableStore
  readonly once: ExactlyOnce | undefined
  readonly fence: Fence
}

/** Ends what a lane has of a sink. */
async function ended(composition: Composition | undefined, name: string): Promise<void> {
  await composition?.sinks.get(name)?.delivery.drain(AbortSignal.abort())
}
