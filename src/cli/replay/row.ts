/**
 * A row of an input file: one sample, or one line that cannot be one.
 *
 * The text of timestamp and value stays where it is, as ranges of the input's bytes, so that rows
 * are written as they came in. The object is reused: it holds for the time of one call.
 */

import type { Labels } from '../../core/labels.ts'
import type { RejectionReason } from '../../core/rejection.ts'

/** Why a row is no sample. */
export interface RowFault {
  readonly reason: RejectionReason
  readonly detail: string
}

const noBytes = new Uint8Array(0)

/** See the head of the file. */
export class Row {
  /** The input's bytes that the ranges are of. */
  bytes: Uint8Array = noBytes
  /** The timestamp as it is written; empty where the row has none. */
  timeStart = 0
  timeEnd = 0
  /** The number as it is written; empty where it is to be written from `value`. */
  valueStart = 0
  valueEnd = 0
  /** Identity of the series; undefined where the row does not tell. */
  labels: Labels | undefined
  /** NaN where the row has no timestamp. */
  timestampMs = NaN
  remainderNs = 0
  /** NaN where the row has no number. */
  value = NaN
  fault: RowFault | undefined

  /** Begins a row somewhere in these bytes, with nothing known. */
  open(bytes: Uint8Array): void {
    this.bytes = bytes
    this.timeStart = this.timeEnd = 0
    this.valueStart = this.valueEnd = 0
    this.labels = undefined
    this.timestampMs = NaN
    this.remainderNs = 0
    this.value = NaN
    this.fault = undefined
  }
}

/** What names the series of an input that does not name them itself. */
export interface RowSource {
  /** Of the file, without folder and endings. */
  readonly name: string
  /** True where it is the only input, so that columns need not be told apart by it. */
  readonly alone: boolean
}

/** Takes rows one after the other. */
export type RowTaker = (row: Row) => void

/** Splits bytes into rows. */
export interface RowReader {
  /**
   * Hands every whole row of `bytes` to `take` and returns how many bytes they were. At the end of
   * the input a row needs no line end. Never throws on input.
   */
  read(bytes: Uint8Array, atEnd: boolean, take: RowTaker): number
}
