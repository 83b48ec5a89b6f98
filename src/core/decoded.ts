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

/** Observations kept for use again, at most: those of one large payload, about 8 MB. */
const sparesMax = 65_536

/** An observation while it is filled anew. */
type Writable = { -readonly [K in keyof Observation]: Observation[K] }

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
  /** Undefined where what is found is only counted. */
  #observations: Observation[] | undefined
  #found = 0
  #rejections: Rejection[] = []
  /** Observations that were given back. */
  readonly #spares: Writable[] = []

  /** Begins with a payload. What is found is appended to `observations`. */
  open(bytes: Uint8Array, origin: Origin, observations: Observation[] | undefined): void {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.origin = origin
    this.#observations = observations
    this.#found = 0
  }

  /** Begins with a payload of which only the refusals and how much is found are asked for. */
  openToCheck(bytes: Uint8Array): void {
    this.open(bytes, nowhere, undefined)
  }

  /** Samples found in the payload so far. */
  get found(): number {
    return this.#found
  }

  /** Notes samples that were found and need not be looked at. */
  passOver(samples: number): void {
    this.#found += samples
  }

  /** Ends with the payload; lets go of everything that belongs to the caller. */
  close(): readonly Rejection[] {
    this.bytes = noBytes
    this.view = noView
    this.origin = nowhere
    this.#observations = undefined
    const rejections = this.#rejections
    if (rejections.length === 0) return noRejections
    this.#rejections = []
    return rejections
  }

  /** One sample, at `timestampMs` and `remainderNs`. */
  observe(labels: Labels, value: number): void {
    const observations = this.#observations
    const index = this.#found++
    if (observations === undefined) return
    const { timestampMs, remainderNs, origin } = this
    const spare = this.#spares.pop()
    if (spare === undefined) {
      observations.push({ labels, timestampMs, remainderNs, value, origin, index })
      return
    }
    spare.labels = labels
    spare.timestampMs = timestampMs
    spare.remainderNs = remainderNs
    spare.value = value
    spare.origin = origin
    spare.index = index
    observations.push(spare)
  }

  /** Takes observations back, to fill them anew, and empties the array. See Decoder.recycle. */
  recycle(observations: Observation[]): void {
    const spares = this.#spares
    let left = observations.length
    while (left > 0 && spares.length < sparesMax) spares.push(observations[--left] as Writable)
    observations.length = 0
  }

  /** One refusal, with the bytes that it is about. */
  refuse(reason: RejectionReason, detail: string, start: number, end: number): void {
    const index = this.#found
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
