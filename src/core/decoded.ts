/**
 * What comes out of one payload: observations into the caller's array, and rejections.
 *
 * Every decoder has one of these and opens it anew for each payload, so that the counting of
 * positions and the wording of rejections is the same for all.
 */

import { quotedText } from './byte-text.ts'
import type { Labels } from './labels.ts'
import type { Observation, Origin } from './observation.ts'
import { noRejections, rejection } from './rejection.ts'
import type { Rejection, RejectionReason } from './rejection.ts'

const noBytes = new Uint8Array(0)
const noView = new DataView(noBytes.buffer)
const nowhere: Origin = Object.freeze({ partition: '', offset: 0, receivedMs: 0 })

/** See the head of the file. */
export class Decoded {
  /** The payload. */
  bytes: Uint8Array = noBytes
  /** The same bytes, to compare them with held names. */
  view: DataView = noView
  origin: Origin = nowhere
  /** Time of the samples that are observed next. */
  timestampMs = 0
  remainderNs = 0
  #observations: Observation[] = []
  #before = 0
  #rejections: Rejection[] = []

  /** Begins with a payload. What is found is appended to `observations`. */
  open(bytes: Uint8Array, origin: Origin, observations: Observation[]): void {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.origin = origin
    this.#observations = observations
    this.#before = observations.length
  }

  /** Ends with the payload; lets go of everything that belongs to the caller. */
  close(): readonly Rejection[] {
    this.bytes = noBytes
    this.view = noView
    this.origin = nowhere
    this.#observations = []
    const rejections = this.#rejections
    if (rejections.length === 0) return noRejections
    this.#rejections = []
    return rejections
  }

  /** One sample, at `timestampMs` and `remainderNs`. */
  observe(labels: Labels, value: number): void {
    const observations = this.#observations
    observations.push({
      labels,
      timestampMs: this.timestampMs,
      remainderNs: this.remainderNs,
      value,
      origin: this.origin,
      index: observations.length - this.#before,
    })
  }

  /** One refusal, with the bytes that it is about. */
  refuse(reason: RejectionReason, detail: string, start: number, end: number): void {
    const index = this.#observations.length - this.#before
    const text = quotedText(this.bytes, start, end)
    this.#rejections.push({ ...rejection(reason, detail, text), index })
  }

  /** How much was refused so far, to come back to with `takeBack`. */
  get refused(): number {
    return this.#rejections.length
  }

  /** Forgets the refusals beyond a count: of a line that is refused whole after all. */
  takeBack(count: number): void {
    this.#rejections.length = count
  }
}
