/**
 * The layout of a record of samples, shared by who writes and who reads it; in words:
 * docs/formats/samples.md.
 *
 *   record   = version:u8 partition:text entry*
 *   entry    = 1 origin   offset:delta received:delta tick:number
 *            | 2 name     bytes:number ( label:text value:text )*
 *            | 3 sample   name:number index:number time:delta below:number value:f64
 *            | 4 group    as a sample, then count:number f64*
 *            | 5 refusal  reason:u8 name:number time:delta detail:text quoted:text
 *            | 6 time     delta from 0, where the next one is too far from the one before
 *            | 7 mark     time:number in milliseconds: all of the partition before it is written
 *
 *   number   = LEB128, up to 2^53 - 1
 *   delta    = the difference to the one before in this record; in its first byte, from the lowest
 *              bit on: sign, six bits, whether the others follow as a number
 *   text     = bytes:number UTF-8
 *   f64      = eight bytes, little-endian
 */

import type { RejectionReason } from '../../core/rejection.ts'

/** First byte of every record. A reader refuses records of versions that it does not know. */
export const samplesVersion = 1

export const entryKinds = {
  origin: 1,
  name: 2,
  sample: 3,
  group: 4,
  refusal: 5,
  time: 6,
  mark: 7,
} as const

/** Reasons by their number on the wire: only ever appended to. */
export const reasonNumbers: readonly RejectionReason[] = [
  'malformed',
  'too_long',
  'invalid_utf8',
  'not_numeric',
  'bad_timestamp',
  'not_finite',
  'out_of_bounds',
  'out_of_order',
  'duplicate',
  'too_old',
  'too_far_ahead',
  'overflow',
  'no_input',
  'late_window',
  'incomplete_window',
  'series_limit',
]

/** Largest number of fields of a group that is read; the transform makes at most sixteen. */
export const groupFieldsMax = 1_024
