/**
 * The score history: every scored sample and every alarm, kept on disk for a time, to be asked for.
 *
 *   series ──▶ rows ──packet──▶ thread: open rows ─▶ journal ─▶ blocks      (keeper.ts)
 *   alarm reports ──offer─────▶   │
 *   server ──samples, alarms──▶   └─▶ answer
 *
 * The series write into `rows` directly: a report of each score, delivered, would
 * cost several times as much (`node bench/speed/history-path.ts`). Where series live on other
 * threads these have rows of their own and hand the packets to `take`.
 *
 * It is an outlet of the pipeline, for alarms, and takes part in checkpoints: what was scored
 * before a cut is in the journal before the cut is saved. What is read again after a crash is kept
 * once. A disk that refuses stops nothing; what does not fit memory meanwhile is lost and counted.
 *
 * Cost on this side: writing 56 bytes a sample. At most `packetsMax` packets are under way; then
 * the pipeline waits.
 */

import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Clock } from '../core/clock.ts'
import { ForewarnError } from '../core/errors.ts'
import type {
  AlarmsAnswer,
  AlarmsQuery,
  HistoryReader,
  SamplesAnswer,
  SamplesQuery,
} from '../core/history.ts'
import { alarmText } from '../core/report-text.ts'
import type { ReportKind } from '../core/report.ts'
import type { Reports } from '../core/score-run.ts'
import { ScoreRows } from '../core/score-rows.ts'
import type { RowPacket } from '../core/score-rows.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { HistoryOptions } from './options.ts'
import type { Answer, Message, Taken, ThreadStart } from './thread.ts'

/** What a history is made of. */
export interface HistoryParts {
  /** Its file; folders that are missing are made. */
  readonly path: string
  readonly options: HistoryOptions
  /** As for the incoming log: `full` survives a loss of power. */
  readonly sync: 'process' | 'full'
  readonly telemetry: Pick<Telemetry, 'sinkFailed' | 'sinkDropped' | 'sinkWrote' | 'storePutAside'>
  readonly clock: Clock
}

/** Packets on their way to the thread, at most: half a million rows. */
const packetsMax = 32

/** Questions that wait for their answer, at most. */
const questionsMax = 16

interface Pending {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

/** A message as it is asked; its id comes with the asking. */
type Question = Message extends infer M
  ? M extends { readonly id: number }
    ? Omit<M, 'id'>
    : never
  : never

/** See the head of the file. */
export class History implements HistoryReader {
  /** In logs and metrics; no sink can be called so. */
  readonly name = 'history.db'
  readonly accepts: ReadonlySet<ReportKind> = new Set<ReportKind>(['alarm'])
  /** No part of what an outbox or a file's length is for. */
  readonly markedPosition = undefined
  /** What the series write into. */
  readonly rows = new ScoreRows((packet) => this.take(packet))
  readonly #parts: HistoryParts
  readonly #thread: Worker
  readonly #pending = new Map<number, Pending>()
  #nextId = 0
  #packets = 0
  #questions = 0
  #lostRows = 0
  #roomWaiters: (() => void)[] = []
  #marked: Promise<void> = Promise.resolve()
  #marks = 0
  #ended = false

  private constructor(parts: HistoryParts) {
    const { path, sync, options } = parts
    this.#parts = parts
    mkdirSync(dirname(path), { recursive: true })
    const file = import.meta.url.endsWith('.ts') ? 'thread.ts' : 'thread.js'
    const workerData: ThreadStart = { path, sync, keeping: options }
    this.#thread = new Worker(new URL(file, import.meta.url), { workerData })
    this.#thread.on('message', (answer: Answer) => this.#hear(answer))
    this.#thread.on('error', (error) => this.#end(error))
    this.#thread.on('exit', () => this.#end(new Error('the history has ended')))
  }

  /** Opens the history; a damaged one is put aside. Throws ERR_STORE_READ where that fails. */
  static async open(parts: HistoryParts): Promise<History> {
    const history = new History(parts)
    try {
      const aside = await history.#ask({ do: 'open', nowMs: parts.clock.nowMs() })
      if (aside !== '') parts.telemetry.storePutAside(String(aside), new Error('damaged'))
      return history
    } catch (cause) {
      await history.#thread.terminate()
      const message = `cannot open the history ${parts.path}: ${String(cause)}`
      throw new ForewarnError('ERR_STORE_READ', message, { cause })
    }
  }

  #hear(answer: Answer): void {
    if ('rows' in answer) {
      this.#packetDone(answer)
      return
    }
    const pending = this.#pending.get(answer.id)
    this.#pending.delete(answer.id)
    if ('error' in answer) pending?.reject(new Error(answer.error))
    else pending?.resolve(answer.result)
  }

  #packetDone({ rows, feeder, error, lostRows }: Taken): void {
    const { telemetry } = this.#parts
    this.#packets--
    if (feeder === 0) this.rows.giveBack(rows)
    if (error !== undefined) telemetry.sinkFailed(this.name, new Error(error), 0)
    if (lostRows > this.#lostRows) {
      telemetry.sinkDropped(this.name, lostRows - this.#lostRows, 'disk')
      this.#lostRows = lostRows
    }
    if (this.#packets < packetsMax) for (const tell of this.#roomWaiters.splice(0)) tell()
  }

  /** The thread is no more: nothing waits for it, and what comes is lost. */
  #end(error: unknown): void {
    this.#ended = true
    const failure = error instanceof Error ? error : new Error(String(error))
    for (const pending of this.#pending.values()) pending.reject(failure)
    this.#pending.clear()
    for (const tell of this.#roomWaiters.splice(0)) tell()
  }

  #ask(question: Question): Promise<unknown> {
    if (this.#ended) return Promise.reject(new Error('the history has ended'))
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      this.#thread.postMessage({ id, ...question })
    })
  }

  /** Takes a packet and owns its rows from now on. */
  take(packet: RowPacket): void {
    if (this.#ended) {
      this.#parts.telemetry.sinkDropped(this.name, packet.count, 'stopped')
      return
    }
    this.#packets++
    const message: Message = { do: 'rows', packet, nowMs: this.#parts.clock.nowMs() }
    this.#thread.postMessage(message, [packet.rows.buffer])
  }

  /** Takes alarms; a promise where so much is under way that the pipeline should wait. */
  offer(reports: Reports): Promise<void> | undefined {
    for (const report of reports) {
      if (report.kind !== 'alarm' || this.#ended) continue
      this.#thread.postMessage({ do: 'alarm', text: alarmText(report) } satisfies Message)
    }
    if (this.#packets < packetsMax || this.#ended) return undefined
    return new Promise((resolve) => this.#roomWaiters.push(resolve))
  }

  /** A checkpoint's cut: what was scored before it is made to last. */
  mark(): number {
    const { clock, telemetry } = this.#parts
    const startMs = clock.nowMs()
    this.rows.flush()
    this.#marked = this.#ask({ do: 'commit', nowMs: startMs }).then(
      () => telemetry.sinkWrote(this.name, 0, clock.nowMs() - startMs),
      (error: unknown) => telemetry.sinkFailed(this.name, error, 0),
    )
    return ++this.#marks
  }

  /** Resolves once what was marked lasts, or cannot be made to, or the signal aborts. */
  settled(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve()
    const enough = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    return Promise.race([this.#marked, enough])
  }

  /** Alarms are in the history itself. */
  outbox(): { added: readonly never[]; removed: readonly never[] } {
    return { added: [], removed: [] }
  }

  confirmOutbox(): void {}

  get ready(): boolean {
    return this.#questions < questionsMax && !this.#ended
  }

  async samples(query: SamplesQuery): Promise<SamplesAnswer | undefined> {
    this.rows.flush()
    return (await this.#answer({ do: 'samples', query })) as SamplesAnswer | undefined
  }

  async alarms(query: AlarmsQuery): Promise<AlarmsAnswer> {
    return (await this.#answer({ do: 'alarms', query })) as AlarmsAnswer
  }

  async #answer(question: Question): Promise<unknown> {
    this.#questions++
    try {
      return await this.#ask(question)
    } catch (cause) {
      throw new ForewarnError('ERR_STORE_READ', `cannot read the history: ${String(cause)}`, {
        cause,
      })
    } finally {
      this.#questions--
    }
  }

  /** Makes everything last and ends the thread. */
  async close(): Promise<void> {
    if (this.#ended) return
    this.mark()
    await this.#marked
    const end = new Promise((resolve) => this.#thread.on('exit', resolve))
    await this.#ask({ do: 'close' })
    await end
  }
}
