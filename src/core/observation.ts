/**
 * What a codec decodes: one sample of one series, and where it came from.
 *
 * The position of an observation is (origin.partition, origin.offset, index): the payload it was
 * in and its place there. An observation derived from another one carries the position of the one
 * that caused it (ARCHITECTURE.md, Nothing lost).
 */

import type { Labels } from './labels.ts'

/** The payload that one or many observations were decoded from. Shared by reference. */
export interface Origin {
  /** The partition of the source, for instance `http` or `metrics/3`. */
  readonly partition: string
  /** Position of the payload in its partition; grows, with gaps allowed. */
  readonly offset: number
  /** When the payload was taken in, Unix milliseconds. Used where a sample has no timestamp. */
  readonly receivedMs: number
  /** What the sender counted, where its format counts messages instead of telling the time. */
  readonly tick?: number
  /**
   * The record that it came by, where another stage had decoded it before: its partition, by
   * `viaName` of core/position-memory.ts, and its offset there. Ticks and words of that partition
   * have their place by it. Absent where it came as it is.
   */
  readonly via?: { readonly name: string; readonly offset: number } | undefined
}

/** A labelled sample with its position. */
export interface Observation {
  readonly labels: Labels
  /** Unix milliseconds, an integer. */
  readonly timestampMs: number
  /** What the sender's timestamp had below a millisecond: nanoseconds, 0 to 999,999. */
  readonly remainderNs: number
  readonly value: number
  /** Of a group: the values of all of its fields; `value` is the first. */
  readonly values?: readonly number[] | undefined
  readonly origin: Origin
  /** 0-based place inside the payload. */
  readonly index: number
}
