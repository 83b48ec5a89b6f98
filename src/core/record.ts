/**
 * Input records: what a source yields. Data, and also time and people's words, all in one order, so
 * that a replay sees the same ticks and the same silences at the same places.
 */

import type { Origin } from './observation.ts'
import type { AlarmVerdict } from './report.ts'
import type { SeriesPatternText } from './series-pattern.ts'

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

/** What every person's word has. */
interface PersonsWord {
  readonly kind: 'control'
  readonly who: string
  /** Why, in the person's own words; may be empty. */
  readonly text: string
  /** When it was said is its `receivedMs`. */
  readonly origin: Origin
}

/** Alarms that somebody does not want to be told of for a while. */
export interface SilenceRecord extends PersonsWord {
  readonly action: 'silence'
  /** A silence of the same id is changed to this one. */
  readonly silenceId: string
  /** Series whose alarms are silenced; where `alarmId` is not empty, that alarm alone. */
  readonly match: SeriesPatternText
  readonly alarmId: string
  readonly untilMs: number
}

/** A silence ends before its time. */
export interface SilenceEndRecord extends PersonsWord {
  readonly action: 'end_silence'
  readonly silenceId: string
}

/** Somebody has seen an alarm and cares for it. */
export interface AcknowledgeRecord extends PersonsWord {
  readonly action: 'acknowledge'
  readonly alarmId: string
}

/** Somebody says whether an alarm was right. */
export interface LabelRecord extends PersonsWord {
  readonly action: 'label'
  readonly alarmId: string
  readonly verdict: AlarmVerdict
}

export type ControlRecord = SilenceRecord | SilenceEndRecord | AcknowledgeRecord | LabelRecord

type Unplaced<R> = R extends ControlRecord ? Omit<R, 'kind' | 'origin'> : never

/** A person's word before it has a place among the records. */
export type Word = Unplaced<ControlRecord>

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
