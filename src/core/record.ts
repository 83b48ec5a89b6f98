/**
 * Input records: what a source yields. Data, and also time and people's words, all in one order, so
 * that a replay sees the same ticks and the same silences at the same places.
 */

import type { Origin } from './observation.ts'

/** Bytes of one message, datagram, request or group of whole lines. */
export interface DataRecord {
  readonly kind: 'data'
  readonly bytes: Uint8Array
  readonly origin: Origin
}

/** Time passing: everything that must happen without data happens at a tick. */
export interface TickRecord {
  readonly kind: 'tick'
  readonly timestampMs: number
  readonly origin: Origin
}

/** A person's word: silence, acknowledge, label. */
export interface ControlRecord {
  readonly kind: 'control'
  readonly action: 'silence' | 'acknowledge' | 'label'
  /** Series key, alarm id or pattern that it is about. */
  readonly subject: string
  readonly untilMs: number
  readonly who: string
  readonly text: string
  readonly origin: Origin
}

export type InputRecord = DataRecord | TickRecord | ControlRecord

/** A record with the name of the input that it came in by. */
export interface NamedRecord {
  readonly input: string
  readonly record: InputRecord
}

/** Records taken from a source at once. */
export interface Batch {
  readonly records: readonly InputRecord[]
  /** Says that all records up to here may be forgotten. Called late, once or never. */
  acknowledge(): void
  /**
   * Says that the records could not be taken and that whoever sent them must send them again.
   * Absent where the source waits instead.
   */
  refuse?(error: unknown): void
}
