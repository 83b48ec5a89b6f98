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
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import { Random } from '../core/random.ts'
import type { Report, ReportKind } from '../core/report.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { BackOff } from './delivery/back-off.ts'
import type { Lane } from './delivery/lane.ts'
import { MemoryLane } from './delivery/lane.ts'
import { ReportQueue } from './delivery/queue.ts'
import { SinkError } from './sink.ts'
import type { Sink } from './sink.ts'

/** Options of a delivery; the same for all sinks, under `delivery:` in the sink's section. */
export const deliveryOptions = {
  queueLimit: {
    kind: 'integer',
    min: 1,
    max: 10_000_000,
    default: 100_000,
    about: 'At most this many scores, rejections and forecasts wait for the sink.',
  },
  alarmLimit: {
    kind: 'integer',
    min: 1,
    max: 1_000_000,
    default: 10_000,
    about: 'At most this many alarm changes wait, in a queue of their own.',
  },
  whenFull: {
    kind: 'choice',
    words: ['drop_oldest', 'wait'],
    default: 'drop_oldest',
    about:
      'What happens when a queue is full. drop_oldest: the oldest are dropped and counted, and ' +
      'scoring goes on. wait: scoring waits for the sink, and nothing is dropped.',
  },
  batchMax: {
    kind: 'integer',
    min: 1,
    max: 100_000,
    default: 1_000,
    about: 'At most this many reports are written at once.',
  },
  batchAfterMs: {
    kind: 'duration',
    min: 0,
    max: 3_600_000,
    default: 1_000,
    about: 'Reports wait at most this long for a batch to fill. Alarms do not wait.',
  },
  retryFirstMs: {
    kind: 'duration',
    min: 1,
    max: 3_600_000,
    default: 500,
    about: 'Longest wait before the first retry; it doubles with each failure in a row.',
  },
  retryCapMs: {
    kind: 'duration',
    min: 1,
    max: 86_400_000,
    default: 30_000,
    about: 'Longest wait between two retries, unless the other side asks for more.',
  },
  timeoutMs: {
    kind: 'duration',
    min: 1,
    max: 3_600_000,
    default: 30_000,
    about: 'A write that takes longer is broken off and tried again.',
  },
} as const satisfies OptionSpecs

export type DeliveryOptions = OptionsOf<typeof deliveryOptions>

/** Why reports were given up. */
export type DropReason = 'queue_full' | 'refused' | 'stopped'

/** What a delivery is made of. */
export interface DeliveryParts {
  /** The sink's name in the configuration. */
  readonly name: string
  readonly sink: Sink
  readonly options: DeliveryOptions
  readonly telemetry: Telemetry
  readonly clock: Clock & Timers
  /** Where alarms wait; in memory where nothing else is given. */
  readonly alarmLane?: Lane
}

/** How a delivery stands, for the page and for health. */
export interface DeliveryState {
  readonly name: string
  readonly activity: 'idle' | 'writing' | 'backing off' | 'closed'
  /** Reports that the sink does not have yet, those under way included. */
  readonly waiting: number
  readonly limit: number
  /** Reports since the start. */
  readonly written: number
  readonly dropped: number
  /** 0 while the last write succeeded. */
  readonly failuresInRow: number
  /** Unix milliseconds; null where it never happened. */
  readonly lastSuccessMs: number | null
  readonly lastFailureMs: number | null
  readonly lastError: string
}

/** See the head of the file. */
export class Delivery {
  readonly name: string
  readonly accepts: ReadonlySet<ReportKind>
  readonly #sink: Sink
  readonly #options: DeliveryOptions
  readonly #telemetry: Telemetry
  readonly #clock: Clock & Timers
  readonly #backOff: BackOff
  readonly #queue: ReportQueue
  /** The batch under way; empty while none is. */
  #batch: readonly Report[] = []
  #activity: DeliveryState['activity'] = 'idle'
  #draining = false
  #closing: Promise<void> | undefined
  #cancelLinger: (() => void) | undefined
  /** Cuts the back-off short; set while it lasts. */
  #wake: (() => void) | undefined
  #retryInMs = 0
  #write: AbortController | undefined
  #roomWaiters: (() => void)[] = []
  #idleWaiters: (() => void)[] = []
  #written = 0
  #dropped = 0
  #failuresInRow = 0
  #lastSuccessMs: number | null = null
  #lastFailureMs: number | null = null
  #lastError = ''

  constructor(parts: DeliveryParts) {
    const { name, sink, options } = parts
    this.name = name
    this.accepts = sink.accepts
    this.#sink = sink
    this.#options = options
    this.#telemetry = parts.telemetry
    this.#clock = parts.clock
    const pace = { firstMs: options.retryFirstMs, capMs: options.retryCapMs }
    this.#backOff = new BackOff(pace, new Random(hash32(name)))
    const alarms = parts.alarmLane ?? new MemoryLane(options.alarmLimit)
    this.#queue = new ReportQueue(alarms, new MemoryLane(options.queueLimit))
  }

  /**
   * Takes reports; those of kinds that the sink does not want are passed over. Returns a promise
   * only where a queue is full and the policy is to wait; it resolves once there is room.
   */
  offer(reports: readonly Report[]): Promise<void> | undefined {
    let taken = 0
    for (const report of reports) {
      if (!this.accepts.has(report.kind)) continue
      this.#queue.push(report)
      taken++
    }
    if (taken === 0) return undefined
    if (!this.#isOpen()) {
      this.#giveUpAll()
      return undefined
    }
    if (this.#options.whenFull === 'drop_oldest') this.#drop(this.#queue.trim(), 'queue_full')
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

  state(): DeliveryState {
    return {
      name: this.name,
      activity: this.#activity,
      waiting: this.#waiting,
      limit: this.#queue.limit,
      written: this.#written,
      dropped: this.#dropped,
      failuresInRow: this.#failuresInRow,
      lastSuccessMs: this.#lastSuccessMs,
      lastFailureMs: this.#lastFailureMs,
      lastError: this.#lastError,
    }
  }

  get #waiting(): number {
    return this.#queue.count + this.#batch.length
  }

  #idleOrAborted(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#idleWaiters.push(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  /** Whether a batch should go out now. */
  #due(): boolean {
    const { count, alarmCount } = this.#queue
    if (count === 0) return false
    return this.#draining || alarmCount > 0 || count >= this.#options.batchMax
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
    do await this.#deliver(this.#queue.nextBatch(this.#options.batchMax))
    while (this.#isOpen() && this.#due())
    if (!this.#isOpen()) {
      await this.#closeSink()
      return
    }
    this.#activity = 'idle'
    this.#start()
    if (this.#waiting === 0) for (const tell of this.#idleWaiters.splice(0)) tell()
  }

  /** Apart from the flow analysis of the compiler: other calls close it while this one waits. */
  #isOpen(): boolean {
    return this.#activity !== 'closed'
  }

  /** Writes one batch until the sink has it, refuses it for good, or the delivery is closed. */
  async #deliver(batch: readonly Report[]): Promise<void> {
    this.#batch = batch
    this.#makeRoom()
    while (!(await this.#attempt(batch)) && this.#isOpen()) await this.#pause()
    if (!this.#isOpen()) return
    this.#batch = []
    this.#queue.settle()
    this.#showQueue()
  }

  /** One write; true if the batch is done with. */
  async #attempt(batch: readonly Report[]): Promise<boolean> {
    const { timeoutMs } = this.#options
    const write = new AbortController()
    const startMs = this.#clock.nowMs()
    const cancel = this.#clock.after(timeoutMs, () => write.abort())
    this.#write = write
    try {
      await this.#sink.write(batch, write.signal)
    } catch (error) {
      if (!this.#isOpen()) return true
      return this.#failed(batch, error, write.signal.aborted)
    } finally {
      cancel()
      this.#write = undefined
    }
    if (this.#isOpen()) this.#succeeded(batch, startMs)
    return true
  }

  #succeeded(batch: readonly Report[], startMs: number): void {
    const nowMs = this.#clock.nowMs()
    this.#backOff.reset()
    this.#failuresInRow = 0
    this.#lastSuccessMs = nowMs
    this.#written += batch.length
    this.#telemetry.sinkWrote(this.name, batch.length, nowMs - startMs)
  }

  /** Notes a failure; true if there is no use in trying the batch again. */
  #failed(batch: readonly Report[], error: unknown, timedOut: boolean): boolean {
    this.#failuresInRow++
    this.#lastFailureMs = this.#clock.nowMs()
    const message = error instanceof Error ? error.message : String(error)
    this.#lastError = timedOut ? `no answer in ${this.#options.timeoutMs} ms: ${message}` : message
    if (error instanceof SinkError && !error.retryable && !timedOut) {
      this.#telemetry.sinkFailed(this.name, error, 0)
      this.#drop(batch.length, 'refused')
      return true
    }
    this.#retryInMs = this.#backOff.nextMs(error instanceof SinkError ? error.retryAfterMs : 0)
    this.#telemetry.sinkFailed(this.name, error, this.#retryInMs)
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
    this.#batch = []
    this.#queue.nextBatch(left)
    this.#queue.settle()
    this.#drop(left, 'stopped')
    this.#makeRoom()
  }

  #drop(reports: number, reason: DropReason): void {
    if (reports === 0) return
    this.#dropped += reports
    this.#telemetry.sinkDropped(this.name, reports, reason)
  }

  #showQueue(): void {
    this.#telemetry.sinkQueue(this.name, this.#waiting, this.#queue.limit)
  }

  /** Closes the sink once. */
  #closeSink(): Promise<void> {
    this.#closing ??= this.#sink.close().catch((error: unknown) => {
      this.#telemetry.sinkFailed(this.name, error, 0)
    })
    return this.#closing
  }
}
