/**
 * Delivery: what stands around every sink, so that no sink queues, batches or retries by itself.
 *
 *                 ┌─ alarms ──── lane of its own: never dropped for scores ─┐
 *   offer ──▶ sort│                                                         ├─▶ batch ─▶ sink.write
 *                 └─ the rest ── lane; full: the oldest are dropped, ───────┘             │    │
 *                                counted, or the caller waits                             │    │
 *                                                             ▲                  taken ◀──┘    │
 *                                                             └── back off, try again ◀────────┘
 *
 * A batch goes out when it is full, when `batchAfterMs` have passed since something began to wait,
 * and at once when an alarm waits. Alarms are taken into a batch first; inside a batch reports
 * stand in the order in which they were offered, and each lane is delivered in order. One write is
 * under way at a time. A batch that the sink refuses for good is given up and counted; one that
 * could succeed later is tried again, without end, while scores behind it are dropped oldest first.
 *
 * Nothing is dropped silently: every loss goes through telemetry with its reason.
 *
 * Cost: O(1) a report; memory of the two limits and one batch. With `when_full: wait` the lanes
 * may hold, beyond their limits, the reports of the offer that filled them.
 */

import type { Clock, Timers } from '../core/clock.ts'
import { hash32 } from '../core/hash.ts'
import { Random } from '../core/random.ts'
import type { SinkState } from '../core/sink-state.ts'
import type { Report, ReportKind } from '../core/report.ts'
import { countOf, singleReports } from '../core/score-run.ts'
import type { Reports } from '../core/score-run.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { BackOff } from './delivery/back-off.ts'
import { MemoryLane } from './delivery/lane.ts'
import { OutboxLane } from './delivery/outbox-lane.ts'
import { ReportQueue } from './delivery/queue.ts'
import { Selection } from './delivery/selection.ts'
import type { OutboxEntry } from '../stores/store.ts'
import type { DeliveryOptions } from './delivery/options.ts'
import { Tally } from './delivery/tally.ts'
import { SinkError } from './sink.ts'
import type { Sink } from './sink.ts'

/** What a delivery is made of. */
export interface DeliveryParts {
  /** The sink's name in the configuration. */
  readonly name: string
  /** What the sink's position is kept under; the name where nothing else is given. */
  readonly place?: string
  readonly sink: Sink
  readonly options: DeliveryOptions
  /** True for a sink that calls people; see sink.ts. */
  readonly respectsSilences?: boolean
  readonly telemetry: Telemetry
  readonly clock: Clock & Timers
  /** Alarms that an earlier run left in the outbox for this sink, in order. */
  readonly outbox?: readonly OutboxEntry[]
}

/** See the head of the file. */
export class Delivery {
  readonly name: string
  readonly place: string
  readonly accepts: ReadonlySet<ReportKind>
  readonly #sink: Sink
  readonly #options: DeliveryOptions
  readonly #selection: Selection
  readonly #tally: Tally
  readonly #clock: Clock & Timers
  readonly #backOff: BackOff
  readonly #queue: ReportQueue
  readonly #alarms: OutboxLane
  /** A checkpoint waits for all up to here; Infinity beyond while none does. */
  #mark = 0
  #markWaiters: (() => void)[] = []
  #markedPosition: number | undefined
  /** Something that is no alarm was given up at the end. */
  #lost = false
  /** The batch under way; empty while none is. */
  #batch: Reports = []
  #activity: SinkState['activity'] = 'idle'
  #draining = false
  #closing: Promise<void> | undefined
  #cancelLinger: (() => void) | undefined
  /** Cuts the back-off short; set while it lasts. */
  #wake: (() => void) | undefined
  #retryInMs = 0
  #write: AbortController | undefined
  #roomWaiters: (() => void)[] = []
  #idleWaiters: (() => void)[] = []

  constructor(parts: DeliveryParts) {
    const { name, sink, options } = parts
    this.name = name
    this.place = parts.place ?? name
    this.accepts = sink.accepts
    this.#sink = sink
    this.#options = options
    this.#selection = new Selection(sink.accepts, options, parts.respectsSilences === true)
    this.#tally = new Tally(name, parts.telemetry, parts.clock)
    this.#clock = parts.clock
    const pace = { firstMs: options.retryFirstMs, capMs: options.retryCapMs }
    this.#backOff = new BackOff(pace, new Random(hash32(name)))
    this.#alarms = new OutboxLane(name, options.alarmLimit, parts.outbox ?? [])
    const others = new MemoryLane(options.queueLimit)
    this.#queue = new ReportQueue(this.#alarms, others, this.#alarms.lastSequence)
    this.#start()
  }

  /**
   * Takes reports; those of kinds that the sink does not want are passed over. Returns a promise
   * only where a queue is full and the policy is to wait; it resolves once there is room.
   */
  offer(reports: Reports): Promise<void> | undefined {
    const before = this.#queue.lastSequence
    for (const report of reports) {
      if (report.kind === 'scores')
        this.#selection.of(report).forEach((each) => this.#queue.push(each))
      else if (this.#selection.has(report)) this.#queue.push(report)
    }
    if (this.#queue.lastSequence === before) return undefined
    if (!this.#isOpen()) {
      this.#giveUpAll()
      return undefined
    }
    if (this.#options.whenFull === 'drop_oldest') this.#trim()
    this.#showQueue()
    this.#start()
    if (this.#queue.hasRoom) return undefined
    return new Promise((resolve) => this.#roomWaiters.push(resolve))
  }

  /**
   * Writes what waits, without waiting for batches to fill, then closes the sink. Once the signal
   * aborts, what is left is given up and counted. Resolves in either case.
   */
  async drain(signal: AbortSignal): Promise<void> {
    if (!this.#isOpen()) return
    this.#draining = true
    if (!signal.aborted) {
      this.#wake?.()
      this.#start()
      if (this.#activity !== 'idle') await this.#idleOrAborted(signal)
    }
    const underWay = this.#activity === 'writing'
    this.#activity = 'closed'
    this.#cancelLinger?.()
    this.#write?.abort()
    this.#wake?.()
    this.#giveUpAll()
    // A write that does not end must not hold up the drain: the sink is closed once it has ended.
    if (!underWay) await this.#closeSink()
  }

  /** Number of the last report offered. Batches end here, so that a checkpoint can. */
  mark(): number {
    this.#mark = this.#queue.lastSequence
    this.#markedPosition = this.#sink.position?.()
    return this.#mark
  }

  /** Resolves once nothing up to the last mark waits any more, or the signal aborts. */
  settled(signal: AbortSignal): Promise<void> {
    if (this.#queue.lowestUnsettled > this.#mark || !this.#isOpen()) return Promise.resolve()
    const settled = new Promise<void>((resolve) => {
      this.#markWaiters.push(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    this.#start()
    return settled
  }

  /** Alarms up to the last mark that the sink does not have, and kept ones that it has by now. */
  outbox(): { added: readonly OutboxEntry[]; removed: readonly OutboxEntry[] } {
    return this.#alarms.unkept(this.#mark)
  }

  /** The checkpoint that the outbox was asked for is saved. */
  confirmOutbox(): void {
    this.#alarms.confirm()
  }

  /** Nothing of it is on disk any more: all that the sink does not have is to be kept again. */
  loseOutbox(): void {
    this.#alarms.lose()
  }

  /**
   * Where the sink stood when everything up to the last mark, and nothing beyond, was written;
   * undefined where the sink has no position or has not come so far.
   */
  get markedPosition(): number | undefined {
    return this.#queue.lowestUnsettled > this.#mark ? this.#markedPosition : undefined
  }

  /**
   * With `when_full: wait`: what is no alarm, up to the last mark, and not with the sink yet. Where
   * something was given up at the end it stays so. Undefined where nothing is to be waited for.
   */
  get owing(): { readonly from: number; readonly failing: boolean } | undefined {
    if (this.#options.whenFull !== 'wait') return undefined
    if (this.#lost) return { from: 0, failing: true }
    const from = this.#queue.lowestOtherUnsettled
    return from > this.#mark ? undefined : { from, failing: this.#backOff.failing }
  }

  state(): SinkState {
    return {
      name: this.name,
      activity: this.#activity,
      waiting: this.#waiting,
      limit: this.#queue.limit,
      ...this.#tally.counts,
    }
  }

  get #waiting(): number {
    return this.#queue.count + countOf(this.#batch)
  }

  #idleOrAborted(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#idleWaiters.push(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  /** Whether a batch should go out now. */
  #due(): boolean {
    const { count, alarmCount, lowestUnsettled } = this.#queue
    if (count === 0) return false
    if (this.#draining || alarmCount > 0 || count >= this.#options.batchMax) return true
    return this.#markWaiters.length > 0 && lowestUnsettled <= this.#mark
  }

  /** Starts writing if it is time to, or sees to it that it starts in time. */
  #start(): void {
    if (this.#activity !== 'idle' || this.#queue.count === 0) return
    if (this.#due() || this.#options.batchAfterMs === 0) void this.#run()
    else this.#cancelLinger ??= this.#clock.after(this.#options.batchAfterMs, () => this.#run())
  }

  /** Writes batches as long as any is due. The first goes out in any case. */
  async #run(): Promise<void> {
    this.#cancelLinger?.()
    this.#cancelLinger = undefined
    this.#activity = 'writing'
    do await this.#deliver(this.#nextBatch())
    while (this.#isOpen() && this.#due())
    if (!this.#isOpen()) {
      await this.#closeSink()
      return
    }
    this.#activity = 'idle'
    this.#start()
    if (this.#waiting === 0) for (const tell of this.#idleWaiters.splice(0)) tell()
  }

  /** Up to the mark first, so that a position can be told for it. */
  #nextBatch(): Reports {
    const { batchMax } = this.#options
    if (this.#queue.lowestUnsettled > this.#mark) return this.#queue.nextBatch(batchMax)
    return this.#queue.nextBatchUpTo(this.#mark, batchMax)
  }

  /** Apart from the flow analysis of the compiler: other calls close it while this one waits. */
  #isOpen(): boolean {
    return this.#activity !== 'closed'
  }

  /** Writes one batch until the sink has it, refuses it for good, or the delivery is closed. */
  async #deliver(taken: Reports): Promise<void> {
    const batch = this.#sink.takesRuns === true ? taken : singleReports(taken)
    this.#batch = batch
    this.#makeRoom()
    while (!(await this.#attempt(batch)) && this.#isOpen()) await this.#pause()
    if (!this.#isOpen()) return
    const before = this.#queue.lowestUnsettled
    this.#batch = []
    this.#queue.settle()
    if (before <= this.#mark) this.#passMark()
    this.#showQueue()
  }

  #trim(): void {
    const before = this.#queue.lowestUnsettled
    this.#tally.dropped(this.#queue.trim(), 'queue_full')
    if (before <= this.#mark) this.#passMark()
  }

  /** Notes the sink's position once the last report up to the mark is written. */
  #passMark(): void {
    if (this.#queue.lowestUnsettled <= this.#mark) return
    this.#markedPosition = this.#sink.position?.()
    for (const tell of this.#markWaiters.splice(0)) tell()
  }

  /** One write; true if the batch is done with. */
  async #attempt(batch: Reports): Promise<boolean> {
    const { timeoutMs } = this.#options
    const write = new AbortController()
    const startMs = this.#clock.nowMs()
    const cancel = this.#clock.after(timeoutMs, () => write.abort())
    this.#write = write
    try {
      await this.#sink.write(batch as readonly Report[], write.signal)
    } catch (error) {
      if (!this.#isOpen()) return true
      return this.#failed(batch, error, write.signal.aborted)
    } finally {
      cancel()
      this.#write = undefined
    }
    if (!this.#isOpen()) return true
    this.#backOff.reset()
    this.#tally.succeeded(countOf(batch), startMs)
    return true
  }

  /** Notes a failure; true if there is no use in trying the batch again. */
  #failed(batch: Reports, error: unknown, timedOut: boolean): boolean {
    const said = error instanceof Error ? error.message : String(error)
    const message = timedOut ? `no answer in ${this.#options.timeoutMs} ms: ${said}` : said
    if (error instanceof SinkError && !error.retryable && !timedOut) {
      this.#tally.failed(error, message, 0)
      this.#tally.dropped(countOf(batch), 'refused')
      return true
    }
    this.#retryInMs = this.#backOff.nextMs(error instanceof SinkError ? error.retryAfterMs : 0)
    this.#tally.failed(error, message, this.#retryInMs)
    return false
  }

  /** Waits out the back-off; a drain that begins cuts it short. */
  async #pause(): Promise<void> {
    this.#activity = 'backing off'
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(this.#retryInMs, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
    this.#wake = undefined
    if (this.#isOpen()) this.#activity = 'writing'
  }

  #makeRoom(): void {
    if (!this.#queue.hasRoom) return
    for (const tell of this.#roomWaiters.splice(0)) tell()
  }

  /** Gives up whatever the sink does not have, at the end. */
  #giveUpAll(): void {
    const left = this.#waiting
    const kept = this.#alarms.keptCount
    if (this.#queue.lowestOtherUnsettled !== Infinity) this.#lost = true
    this.#batch = []
    this.#queue.nextBatch(left)
    this.#queue.settle()
    this.#tally.dropped(left - kept, 'stopped')
    for (const tell of this.#markWaiters.splice(0)) tell()
    this.#makeRoom()
  }

  #showQueue(): void {
    this.#tally.queue(this.#waiting, this.#queue.limit)
  }

  /** Closes the sink once. */
  #closeSink(): Promise<void> {
    this.#closing ??= this.#sink.close().catch((error: unknown) => {
      this.#tally.failed(error, String(error), 0)
    })
    return this.#closing
  }
}
