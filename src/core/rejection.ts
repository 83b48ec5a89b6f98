/**
 * Rejections: samples and lines that were refused, as values.
 *
 * Nothing that a sender sends raises an exception. What cannot be used becomes a rejection with a
 * reason from this closed list; it is counted by reason and sampled into the log and the page.
 */

import type { Labels } from './labels.ts'
import type { Origin } from './observation.ts'

/** Why something was refused. The key is the reason, the text its meaning for people. */
export const rejectionReasons = {
  malformed: 'the text does not follow the format',
  too_long: 'the line or message is over the size limit',
  invalid_utf8: 'the bytes are not valid UTF-8',
  not_numeric: 'the value is a text, not a number',
  bad_timestamp: 'the timestamp is not a number or not in a possible range',
  not_finite: 'the value is NaN or infinite',
  out_of_bounds: 'the value is beyond ±1e150, where squares overflow',
  out_of_order: 'older than the last sample of its series',
  duplicate: 'the series has a sample with this timestamp already',
  too_old: 'older than the accepted age',
  too_far_ahead: 'further in the future than accepted',
  overflow: 'received while there was no room, from a sender that cannot be told to wait',
  no_input: 'received by an input that is not configured any more',
  late_window: 'of a window that is closed already',
  incomplete_window: 'a window that lacks samples of an input',
  series_limit: 'a new series over the limit on series',
} as const

export type RejectionReason = keyof typeof rejectionReasons

/** One refusal. */
export interface Rejection {
  readonly reason: RejectionReason
  /** What was wrong, with the offending part quoted; one line. */
  readonly detail: string
  /** At most 200 characters of the offending text. */
  readonly text: string
  /**
   * How many observations of the same payload came before it, so that the two can be put back into
   * the order of the input. Absent where it was refused outside of a decoder.
   */
  readonly index?: number
  /** Where and of what it was refused, if an earlier stage did. */
  readonly at?: {
    readonly timestampMs: number
    readonly origin: Origin
    readonly labels?: Labels
  }
}

const textLengthMax = 200

/** A rejection whose text is cut to its limit and made printable. */
export function rejection(reason: RejectionReason, detail: string, text: string): Rejection {
  const cut = text.length > textLengthMax ? text.slice(0, textLengthMax - 1) + '…' : text
  return { reason, detail, text: printable(cut) }
}

/** Shared by decoders that have nothing to refuse. */
export const noRejections: readonly Rejection[] = Object.freeze([])

function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f]/g, (c) => {
    return '\\x' + c.charCodeAt(0).toString(16).padStart(2, '0')
  })
}
