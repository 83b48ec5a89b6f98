/**
 * What the main thread and the thread of a shard say to each other. Each side takes messages in the
 * order in which they were sent, and answers in that order.
 *
 *   main                                 shard
 *   work: samples, words, names   ──▶    scores and other reports of each turn
 *   cut                           ──▶    cut; copies, … copied           (in the background)
 *   saved | put back | lost       ──▶
 *   restore, list, explain, …     ──▶    one answer each
 *                                        rows for the history, at any time
 *
 * Owners travel packed (core/owner-packet.ts). A **turn** is a sample or a word (a tick, and what
 * else goes to all shards). The turns of a piece of work are numbered from 0; with these numbers
 * the main thread puts the reports of all shards into the order of the input.
 */

import type { ControlRecord, TickRecord } from '../core/record.ts'
import type { AlarmState, Report } from '../core/report.ts'
import type { RowPacket } from '../core/score-rows.ts'
import type { SeriesQuery } from '../series/catalog.ts'
import type { Explanation } from '../series/explanation.ts'
import type { Grade } from '../series/quota.ts'
import type { SeriesSummary } from '../series/series-summary.ts'
import type { SharedDoubles } from './doubles.ts'
import type { Silence } from '../series/silences.ts'

/** Doubles of a sample: series id, timestampMs, remainderNs, value, number of its origin, index. */
export const sampleDoubles = 6

/** Doubles of an origin: number of its partition, offset, receivedMs. */
export const originDoubles = 3

/** What goes to every shard. */
export interface Word {
  /** Samples of the same piece of work that come before it. */
  readonly before: number
  readonly record: TickRecord | ControlRecord
  /** Where idle series are to be forgotten: those that received nothing since then. */
  readonly idleBeforeMs: number | undefined
  /** Where those with a heavy detector are. */
  readonly heavyIdleBeforeMs: number | undefined
}

/** A series that the shard has not heard of; its id may have been another's that is no more. */
export interface Introduction {
  readonly id: number
  /** Pairs of its labels, as in `Labels.pairs`. */
  readonly pairs: readonly string[]
  /** What it is given, if it is new. */
  readonly grade: Grade
}

/** Turns for a shard. */
export interface Work {
  readonly do: 'work'
  /** Which of the pairs of buffers it is in; not used again before it is answered. */
  readonly slot: number
  /** Rows of samples, then rows of origins; absent where the buffer is the one of last time. */
  readonly samples: SharedDoubles | undefined
  readonly sampleCount: number
  readonly originCount: number
  /** Partitions of the origins. */
  readonly partitions: readonly string[]
  readonly words: readonly Word[]
  readonly introductions: readonly Introduction[]
  /** Of samples of groups: the number of the sample, and the values of all fields. */
  readonly groups: readonly (readonly [sample: number, values: readonly number[]])[]
}

/** What the main thread says. */
export type Request =
  | Work
  | { readonly do: 'cut' | 'saved' | 'put back' | 'lost' }
  | { readonly do: 'restore'; readonly packet: Uint8Array<ArrayBuffer>; readonly ids: number[] }
  | { readonly do: 'list'; readonly query: SeriesQuery }
  | { readonly do: 'summaries'; readonly keys: readonly string[] }
  | { readonly do: 'explain'; readonly key: string }
  | { readonly do: 'silences' }
  | { readonly do: 'alarm state'; readonly alarmId: string }

/** A report that does not travel in rows; its labels beside it. */
export interface LooseReport {
  readonly turn: number
  /** Rows that come before it. */
  readonly rowsBefore: number
  readonly report: Report
  /** Undefined where the series is that of the turn's sample. */
  readonly pairs: readonly string[] | undefined
}

/** The reports of a piece of work. */
export interface WorkDone {
  readonly did: 'work'
  /** See score-rows.ts; absent where the buffer is the one of last time in this slot. */
  readonly rows: SharedDoubles | undefined
  readonly rowCount: number
  readonly loose: readonly LooseReport[]
  /** Keys of series that were idle. */
  readonly forgotten: readonly string[]
}

/** A saved series that could not be taken back. */
export interface RefusedOwner {
  readonly ownerKey: string
  readonly code: string | undefined
  readonly message: string
}

/** What a shard says. */
export type Answer =
  | WorkDone
  /** The cut is drawn; all scores from before it have been handed to the history. */
  | { readonly did: 'cut' }
  /** Scores for the history. */
  | { readonly did: 'rows'; readonly packet: RowPacket }
  | { readonly did: 'copies'; readonly packet: Uint8Array<ArrayBuffer> }
  | { readonly did: 'copied'; readonly forgotten: readonly string[] }
  | {
      readonly did: 'restore'
      /** Owner keys of series that no rule wants any more. */
      readonly unwanted: readonly string[]
      readonly refused: readonly RefusedOwner[]
      /** Pairs of those that the quota counts, and what they have. */
      readonly weighed: readonly Omit<Introduction, 'id'>[]
    }
  | { readonly did: 'list' | 'summaries'; readonly rows: SeriesSummary[] }
  | { readonly did: 'explain'; readonly explanation: Explanation | undefined }
  | { readonly did: 'silences'; readonly silences: Silence[] }
  | { readonly did: 'alarm state'; readonly state: AlarmState | undefined }
