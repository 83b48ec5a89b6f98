/**
 * The interface of sources: where records come in.
 */

import type { FastifyInstance } from 'fastify'
import type { Decoder } from '../codecs/codec.ts'
import type { Clock, Timers } from '../core/clock.ts'
import type { AnyOptions, OptionSpecs } from '../core/options.ts'
import type { Batch } from '../core/record.ts'
import type { Rejection } from '../core/rejection.ts'

/** Rejections that happen before a decoder sees anything (a line over the limit, a cut body). */
export type RejectionListener = (rejection: Rejection) => void

/** A place that records come from. Made once, iterated once. */
export interface Source {
  /**
   * Yields batches until the signal aborts or the input ends. Pull-based: a source not asked waits,
   * and that is the back-pressure. Records of one partition come in the order of their
   * offsets. Throws ForewarnError ERR_SOURCE_READ where it cannot go on; what can be retried is
   * retried inside. A source with positions of its own goes on behind `positions`, the last offset
   * of each of its partitions that was taken before; others pass it over.
   */
  batches(signal: AbortSignal, positions?: ReadonlyMap<string, number>): AsyncIterable<Batch>

  /**
  /**
   * Told after each checkpoint which offset of each partition is saved: what came before need not
   * be kept by whoever it was read from. Also told once after `batches` has ended.
   */
  saved?(positions: ReadonlyMap<string, number>): void

  /**
   * Resolves once it has let go of what it read from (left its group), or not been let go in time:
   * to be awaited after the last `saved`, before the process ends.
   */
  closed?(): Promise<void>

  /**
   * Takes what it needs of the outside (an address), for whoever wants to know early whether it
   * can be had; `batches` does so too. What comes in before `batches` waits.
   */
  open?(): Promise<void>

  /**
   * Puts the routes that feed it on the program's one HTTP listener; again at each exchange of the
   * configuration that it outlives.
   */
  addRoutes?(app: FastifyInstance): void
}

/** A member of a consumer group, as it is at the moment. */
export interface GroupMember {
  readonly groupId: string
  /** Null where it is none at the moment. */
  readonly memberId: string | null
  readonly generationId: number
}

/** Who keeps the states of partitions that several programs share; see config/partitions.ts. */
export interface Ownership {
  /**
   * Saves all that was taken, so that another program may go on from there. Resolves to the
   * partitions of which that was refused, because another has had them meanwhile: what is held of
   * them is of no use any more.
   */
  settle(): Promise<readonly string[]>
  /** These partitions are others' now: their states are let go of as they were saved last. */
  lost(partitions: readonly string[]): Promise<void>
  /**
   * These are this program's now, or still; loading goes on from one to the next while that
   * `isCurrent`. Resolves to the last offset that their states have taken.
   */
  gained(
    partitions: readonly string[],
    member: GroupMember,
    isCurrent: () => boolean,
  ): Promise<ReadonlyMap<string, number>>
  /**
   * `told` hears of each save that was refused because another has had the partition meanwhile:
   * whoever is rightly its owner has to ask the group, and load it again.
   */
  onOutlived(told: (partition: string) => void): void
}

/** Told what a source that shares partitions with other programs has of them. */
export interface ShareListener {
  /** A new assignment is at work, its states loaded: these are all its partitions. */
  assigned(partitions: readonly string[]): void
  /** Others have taken records of it, but their states are not there: its series start anew. */
  statesMissing(partition: string, nextOffset: number): void
  /** So many more records came without a key of a topic that is said to be keyed by series. */
  unkeyed(records: number): void
  /** So many records of a partition are not taken yet, as of the last answer of its broker. */
  behind(partition: string, records: number): void
}

/** What a source is made with, besides its options. */
export interface SourceSurroundings {
  /** The source's name in the configuration; the head of its partitions' names. */
  readonly name: string
  readonly clock: Clock & Timers
  readonly onRejection: RejectionListener
  /** Told of each failure that it tries again after, with the wait; see Telemetry.sourceFailed. */
  readonly onFailure?: (error: unknown, retryInMs: number) => void
  readonly share?: ShareListener
  /** Where states go with partitions; absent where this program keeps them all. */
  readonly ownership?: Ownership
  /** The decoder that its bytes will meet, for a source that makes its bytes itself. */
  readonly codec?: string
  /** A decoder of its own, for a source that tells its senders what was refused. */
  readonly checker?: Decoder
}

/** A row of the table of sources. */
export interface SourceRow {
  readonly about: string
  readonly options: OptionSpecs
  /** The codec that its bytes are decoded by where the configuration names none. */
  readonly codec: string
  /** True where it cuts what it reads at line ends. */
  readonly ofLines?: true
  /**
   * True where it can be asked again from a position (a file, a broker); the others' records go
   * through the incoming log, where there is one.
   */
  readonly ownPositions?: boolean | ((options: AnyOptions) => boolean)
  /** Throws ERR_CONFIG_INVALID where options that are right one by one do not go together. */
  check?(options: AnyOptions): void
  create(options: AnyOptions, surroundings: SourceSurroundings): Source | Promise<Source>
}
