/**
 * Reports that are committed together with the input that they come of: the outlet of one partition
 * for all of its sinks with `exactly_once`.
 *
 *   offer ─▶ waiting ──cut──┐
 *                           ▼                                            then the states are saved
 *   checkpoint ─▶ commit: reports up to the cut, next offset, note ─▶ one transaction ─┘
 *
 * The commit comes first, then the save. So after a crash the states may be behind what was
 * committed: the partition is read again from where the states are, and nothing of it is offered to
 * anybody here (`silent`) until the committed offset is reached.
 *
 * What is not in the partition itself and still causes reports, ticks by the clock and what people
 * say, is in the note with its place, from the last save on, and stands there again when it is read
 * again.
 *
 * A commit that fails is tried again as it was, under its id, before anything else is committed:
 * whether it happened after all is found out by the id. Memory: `limit` reports and those of the
 * batch that filled it; then whoever offers waits, and a checkpoint is asked for.
 */

import type { Report, ReportKind } from '../../core/report.ts'
import { singleReports } from '../../core/score-run.ts'
import type { Reports } from '../../core/score-run.ts'
import type { GroupMember } from '../../sources/source.ts'
import type { Positions } from '../../stores/store.ts'
import type { Telemetry } from '../../telemetry/telemetry.ts'
import type { KafkaMessages } from './messages.ts'
import { commitId } from './transactions.ts'
import type { Transactions } from './transactions.ts'

/**
 * What stands behind the record of an offset without being in the partition: a tick by the clock,
 * or a person's word, by its offset in the control topic.
 */
export type Noted =
  | { readonly offset: number; readonly timestampMs: number }
  | { readonly offset: number; readonly word: number }

/**
 * At most so many stand in a note: brokers take 4,096 bytes, and one is at most 31. Further ones
 * are not taken until the states are saved.
 */
export const notedMax = 120

/** One sink. */
export interface CommittedSink {
  readonly name: string
  readonly topic: string
  readonly accepts: ReadonlySet<ReportKind>
  readonly messages: KafkaMessages
}

/** What it is made of. */
export interface ExactlyOnceParts {
  /** Its name in origins. */
  readonly partition: string
  readonly transactions: Pick<Transactions, 'open' | 'commit' | 'partitionsOf' | 'close' | 'member'>
  readonly sinks: readonly CommittedSink[]
  /** Reports that may wait. */
  readonly limit: number
  readonly telemetry: Pick<Telemetry, 'sinkWrote' | 'sinkFailed' | 'sinkQueue'>
  readonly nowMs: () => number
  /** Asks for a checkpoint: nothing more can wait. */
  readonly onFull: () => void
}

interface Pending {
  readonly id: string
  readonly reports: number
  readonly nextOffset: number
  readonly note: string
}

/** See the head of the file. One for each partition. */
export class ExactlyOnce {
  readonly name = 'exactly_once'
  readonly accepts: ReadonlySet<ReportKind>
  readonly markedPosition = undefined
  readonly #parts: ExactlyOnceParts
  readonly #waiting: Report[] = []
  #marked = 0
  #pending: Pending | undefined
  #nextOffset: number | undefined
  #silent = false
  #noted: Noted[] = []
  /** Those of the last cut: saved with it. */
  #markedNoted = 0
  #room: PromiseWithResolvers<void> | undefined

  constructor(parts: ExactlyOnceParts) {
    this.#parts = parts
    this.accepts = new Set(parts.sinks.flatMap(({ accepts }) => [...accepts]))
  }

  /**
   * Locks earlier holders out. Resolves to what the partition's states may be behind of: the offset
   * committed last and what stood beside the partition up to there.
   */
  async open(): Promise<{ nextOffset: number | undefined; noted: readonly Noted[] }> {
    const { nextOffset, note } = await this.#parts.transactions.open()
    this.#nextOffset = nextOffset
    const noted = notedOf(note)
    this.#noted = [...noted]
    return { nextOffset, noted }
  }

  /** The group has confirmed the partition: it is this member's in its next generation too. */
  confirm(member: GroupMember): void {
    this.#parts.transactions.member = member
  }

  /** From now on nothing is to be told: it was committed before. */
  hush(): void {
    this.#silent = true
  }

  /** From now on everything is to be told. */
  speak(): void {
    this.#silent = false
  }

  /** Notes one; false where there is no room for it: it must not be taken. */
  note(noted: Noted): boolean {
    if (this.#noted.length >= notedMax) return false
    this.#noted.push(noted)
    return true
  }

  offer(reports: Reports): Promise<void> | undefined {
    if (this.#silent) return undefined
    for (const report of singleReports(reports))
      if (this.accepts.has(report.kind)) this.#waiting.push(report)
    const { limit, onFull } = this.#parts
    if (this.#waiting.length < limit) return undefined
    this.#room ??= Promise.withResolvers()
    onFull()
    return this.#room.promise
  }

  mark(): number {
    this.#marked = this.#waiting.length
    this.#markedNoted = this.#noted.length
    return this.#marked
  }

  settled(): Promise<void> {
    return Promise.resolve()
  }

  outbox(): { added: readonly []; removed: readonly [] } {
    return { added: [], removed: [] }
  }

  /** The states of the last cut are saved: nothing up to there is read again. */
  confirmOutbox(): void {
    this.#noted.splice(0, this.#markedNoted)
    this.#markedNoted = 0
  }

  /** Commits everything up to the last mark. Throws what brokers answer; then it is tried again. */
  async commit(positions: Positions): Promise<void> {
    await this.#commitPending()
    const { partition } = this.#parts
    const offset = positions.get(partition)
    if (offset === undefined || this.#silent) return
    const nextOffset = Math.max(offset + 1, this.#nextOffset ?? 0)
    const note = noteOf(this.#noted.slice(0, this.#markedNoted))
    // Ticks that caused no report matter to nobody outside.
    if (this.#marked === 0 && nextOffset === this.#nextOffset) return
    this.#pending = { id: commitId(), reports: this.#marked, nextOffset, note }
    await this.#commitPending()
  }

  close(): Promise<void> {
    this.#room?.resolve()
    return this.#parts.transactions.close()
  }

  async #commitPending(): Promise<void> {
    const { transactions, sinks, telemetry, nowMs, limit } = this.#parts
    const pending = this.#pending
    if (pending === undefined) return
    const { id, nextOffset, note } = pending
    const startMs = nowMs()
    const reports = this.#waiting.slice(0, pending.reports)
    try {
      const messages = []
      for (const { topic, accepts, messages: made } of sinks) {
        made.learnPartitions(await transactions.partitionsOf(topic))
        messages.push(...made.of(reports.filter(({ kind }) => accepts.has(kind))))
      }
      await transactions.commit(messages, nextOffset, { id, note })
    } catch (error) {
      for (const { name } of sinks) telemetry.sinkFailed(name, error, 0)
      throw error
    }
    this.#pending = undefined
    this.#nextOffset = nextOffset
    this.#waiting.splice(0, pending.reports)
    this.#marked -= pending.reports
    for (const { name, accepts } of sinks) {
      const written = reports.filter(({ kind }) => accepts.has(kind)).length
      if (written > 0) telemetry.sinkWrote(name, written, nowMs() - startMs)
      telemetry.sinkQueue(name, this.#waiting.length, limit)
    }
    if (this.#waiting.length >= limit) return
    this.#room?.resolve()
    this.#room = undefined
  }
}

function noteOf(noted: readonly Noted[]): string {
  return noted
    .map((each) => `${each.offset}${'word' in each ? `=${each.word}` : `:${each.timestampMs}`}`)
    .join(' ')
}

function notedOf(note: string): Noted[] {
  return note.split(' ').flatMap((text): Noted[] => {
    const [, place, kind, number] = /^(-?\d{1,16})([:=])(\d{1,16})$/.exec(text) ?? []
    if (place === undefined) return []
    const offset = Number(place)
    return [
      kind === '=' ? { offset, word: Number(number) } : { offset, timestampMs: Number(number) },
    ]
  })
}
