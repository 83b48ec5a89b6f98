/**
 * The interface of stores: where the states of owners are kept between runs.
 *
 * A store is written only by checkpoints, a whole one at a time, and read only at the start (and by
 * people, for history). Its bytes are opaque to it.
 */

import type { SavedOwner } from '../core/ledger.ts'
import type { InputRecord, NamedRecord } from '../core/record.ts'
import type { Report } from '../core/report.ts'

/** The last offset of each partition that the saved states have taken. */
export type Positions = ReadonlyMap<string, number>

/** How the names of positions of sinks begin; all others are of sources. */
export const sinkPositionPrefix = 'sink/'

/** A report that a sink has not taken yet. */
export interface OutboxEntry {
  readonly sink: string
  /** Grows; entries of a sink are delivered in this order. */
  readonly sequence: number
  readonly report: Report
}

/** All that one checkpoint saves, atomically where the store can. */
export interface Checkpoint {
  readonly saved: readonly SavedOwner[]
  readonly forgotten: readonly string[]
  /** All of them: a partition that is not among them has no position any more. */
  readonly positions: Positions
  readonly outboxAdded: readonly OutboxEntry[]
  /** Entries delivered since the last checkpoint. */
  readonly outboxRemoved: readonly { sink: string; sequence: number }[]
}

/** What a run starts from. */
export interface SavedState {
  readonly positions: Positions
  readonly owners: readonly SavedOwner[]
  readonly outbox: readonly OutboxEntry[]
}

/** A place that states are kept in. */
export interface StateStore {
  /** Everything saved. Throws ERR_STORE_DAMAGED, ERR_STORE_READ; an empty one is empty. */
  load(): Promise<SavedState>
  /**
   * Saves a checkpoint; resolves once a crash cannot take it back any more. Throws ERR_STORE_WRITE,
   * or ERR_STORE_DAMAGED where no later save can succeed either; then either all or nothing of it
   * is saved, or, where the store is not atomic, the outbox and the positions of sinks first (an
   * owner that is ahead does not tell again what a sink lacks), and those of sources last.
   */
  save(checkpoint: Checkpoint): Promise<void>
  /**
   * After `save` threw ERR_STORE_DAMAGED: puts what there is aside and goes on with an empty store.
   * Returns where the old one is now. Stores that cannot be damaged do without.
   */
  renew?(nowMs: number): Promise<string>
  close(): Promise<void>
}

/** Named records read from a log at once. */
export interface LogBatch {
  readonly records: readonly NamedRecord[]
  /** The last offset in it. */
  readonly lastOffset: number
}

/** How full a log is. */
export interface LogState {
  readonly diskBytes: number
  readonly memoryBytes: number
  readonly lastOffset: number
  readonly acknowledgedOffset: number
}

/**
 * What push sources received, kept until a checkpoint has taken it: the log that HTTP, Carbon, host
 * and Pub/Sub do not have. One partition; its offsets are the positions of all that came in by it.
 */
export interface RecordLog {
  /** Name of its partition in origins and positions. */
  readonly partition: string
  /**
   * Takes records; resolves once they are safe, so that the sender may be answered. Throws
   * ERR_LOG_FULL at the bound on disk or memory, ERR_LOG_WRITE where the disk fails: then none of
   * the records is in the log and the sender must send them again.
   */
  append(input: string, records: readonly InputRecord[]): Promise<void>
  /** What is not acknowledged, oldest first, then what comes in. Iterated once. */
  batches(signal: AbortSignal): AsyncIterable<LogBatch>
  /** All up to this offset may be forgotten. */
  acknowledge(offset: number): void
  state(): LogState
  close(): Promise<void>
}
