/**
 * What an HTTP status means for a batch that was posted.
 *
 *   2xx                              taken
 *   401 403 404 407 408 425 429 5xx  may be taken later: rights, an address that is not served yet,
 *                                    overload; after the time that Retry-After asks for
 *   all others                       would be refused again; redirects are not followed
 */

import { SinkError } from '../sink.ts'
import type { PostAnswer } from './post.ts'

const laterStatuses: ReadonlySet<number> = new Set([401, 403, 404, 407, 408, 425, 429])

/** Of an answer's text, so many characters stand in the message. */
const quotedLength = 200

/** Of a service that says it does not help to try anything but overload and faults again. */
export const overloadStatuses: ReadonlySet<number> = new Set([408, 429])

/** How answers are read. */
export interface Reading {
  /** Named in messages. */
  readonly place: string
  readonly nowMs: number
  /** Statuses below 500 that are tried again; those above where nothing is said. */
  readonly later?: ReadonlySet<number>
}

/** The refusal that an answer is; undefined where the batch was taken. */
export function refusalOf(answer: PostAnswer, reading: Reading): SinkError | undefined {
  const { place, nowMs, later = laterStatuses } = reading
  const { status, headers, text } = answer
  if (status >= 200 && status < 300) return undefined
  const retryable = status >= 500 || later.has(status)
  const retryAfterMs = retryable ? askedMs(headers['retry-after'], nowMs) : 0
  const message = `${place} answered ${status}${wordsOf(status, headers.location, text)}`
  return new SinkError(message, { retryable, retryAfterMs })
}

function wordsOf(status: number, location: string | undefined, text: string): string {
  if (status >= 300 && status < 400) {
    const where = location === undefined ? '' : ` to ${originOf(location)}`
    return `, a redirect${where}, which is not followed`
  }
  const said = text.replace(/[\u0000-\u001f\u007f\s]+/g, ' ').trim()
  return said === '' ? '' : `: ${said.slice(0, quotedLength)}`
}

/** Without path and query: those may hold what is secret. */
function originOf(location: string): string {
  return URL.canParse(location) ? new URL(location).origin : 'another path'
}

/** Seconds, with a fraction if the other side likes, or a date. 0 for anything else. */
function askedMs(header: string | undefined, nowMs: number): number {
  if (header === undefined) return 0
  const seconds = /^\s*\d+(\.\d+)?\s*$/.test(header) ? Number(header) : NaN
  const delayMs = Number.isNaN(seconds) ? Date.parse(header) - nowMs : seconds * 1000
  return Number.isFinite(delayMs) ? Math.max(0, Math.ceil(delayMs)) : 0
}
