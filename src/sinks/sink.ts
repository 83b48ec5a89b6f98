/**
 * The interface of sinks: where reports go.
 */

import type { AnyOptions, OptionSpecs } from '../core/options.ts'
import type { Clock, Timers } from '../core/clock.ts'
import type { Encoder } from '../codecs/codec.ts'
import type { Report, ReportKind } from '../core/report.ts'
import type { Family } from '../telemetry/metric.ts'

/** A place that reports go to. Does not queue, batch, retry or log: Delivery does. */
export interface Sink {
  /** Kinds it wants; Delivery hands it no others. */
  readonly accepts: ReadonlySet<ReportKind>
  /** True where `write` takes `Reports`: scores may be runs of rows. */
  readonly takesRuns?: boolean
  /**
   * Resolves once the other side has the reports, or throws SinkError. Never called again before
   * the last call settled. Writing the same report twice must be harmless where the other side
   * knows ids.
   */
  write(reports: readonly Report[], signal: AbortSignal): Promise<void>
  /**
   * How far its output goes, where that can be cut back: a file's length. Kept with each
   * checkpoint; a new run opens the sink at `resumeAt` and what lies beyond is written anew.
   */
  position?(): number
  /** What it shows among the program's metrics. */
  families?(): readonly Family[]
  /** Ends connections and files. No write comes after it. */
  close(): Promise<void>
}

/** Why a sink did not take a batch. */
export class SinkError extends Error {
  readonly code = 'ERR_SINK_WRITE'
  /** False where the same batch would be refused again. */
  readonly retryable: boolean
  /** What the other side asked to wait, in milliseconds; 0 where it did not say. */
  readonly retryAfterMs: number

  constructor(
    message: string,
    options: { retryable: boolean; retryAfterMs?: number; cause?: unknown },
  ) {
    super(message, { cause: options.cause })
    this.name = 'SinkError'
    this.retryable = options.retryable
    this.retryAfterMs = options.retryAfterMs ?? 0
  }
}

/** What a sink is made with, besides its options. */
export interface SinkSurroundings {
  readonly name: string
  readonly clock: Clock & Timers
  /** Address of the page, for links in messages, without a slash at its end; empty: none. */
  readonly pageUrl?: string
  /** The encoder that the configuration chose; absent where the sink has a form of its own. */
  readonly encoder?: Encoder
  /** Where the last checkpoint left its output; absent where there was none. */
  readonly resumeAt?: number
}

/** A row of the table of sinks. */
export interface SinkRow {
  readonly about: string
  readonly options: OptionSpecs
  /**
   * True for a sink that calls people (mail, chat, a pager): it is not handed silenced alarms, nor
   * what people said of an alarm, unless its delivery says so. Absent for one that keeps or shows,
   * and for one that must hear of the end of what it told before somebody silenced it: that one
   * leaves out by itself what is not for people.
   */
  readonly respectsSilences?: boolean
  /** The encoder that a sink with these options writes by; undefined: a form of its own. */
  encoderName?(options: AnyOptions): string | undefined
  /** Options of that encoder, where the sink has some for it. */
  encoderOptions?(options: AnyOptions): AnyOptions
  /** Throws ERR_CONFIG_INVALID where options that are right one by one do not go together. */
  check?(options: AnyOptions): void
  create(options: AnyOptions, surroundings: SinkSurroundings): Sink | Promise<Sink>
}
