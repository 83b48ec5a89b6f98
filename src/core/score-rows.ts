/**
 * Scored samples in columns: what the score history is fed with.
 *
 *   series ──take──▶ │ series │ time │ value │ tail │ flags │ band │ ──full, or flush──▶ packet
 *
 * A report of a score is an object of eighteen fields that nobody but the history may want; a row
 * here is six numbers in arrays that exist already. The arrays are handed over when they are full,
 * to a thread as it may be, without being copied.
 *
 * A series is a number here; its key goes along once. The series keeps its number and gives it
 * back; numbers are used up, and from time to time all are given anew, so that series that come and
 * go for years do not add up.
 *
 * Cost: `node bench/speed/history-path.ts`; 29 bytes a row, 24 more where a detector has bands.
 */

import type { Assessment } from './assessment.ts'
import type { Observation } from './observation.ts'

/** Rows in a packet, at most. */
export const packetRowsMax = 16_384

/** So many numbers are given before all are given anew. */
const numbersMax = 4_194_304

/** Rows handed over; of each column the first `count` places hold something. */
export interface RowPacket {
  readonly count: number
  /** Whose numbers these are: each thread that scores has its own. */
  readonly feeder: number
  /** Numbers below are of no use any more. */
  readonly firstNumber: number
  /** Keys of the numbers from `namedFrom` on. */
  readonly namedFrom: number
  readonly names: readonly string[]
  readonly series: Uint32Array<ArrayBuffer>
  readonly timestampMs: Float64Array<ArrayBuffer>
  readonly remainderNs: Uint32Array<ArrayBuffer>
  readonly value: Float64Array<ArrayBuffer>
  /** One minus the score. */
  readonly tail: Float32Array<ArrayBuffer>
  /** See `sampleFlags` in core/feed.ts. */
  readonly flags: Uint8Array<ArrayBuffer>
  /** Expected, lower and upper of each row; absent where no row has any. */
  readonly bands: Float64Array<ArrayBuffer> | undefined
}

/** See the head of the file. */
export class ScoreRows {
  readonly #hand: (packet: RowPacket) => void
  readonly #feeder: number
  #count = 0
  #firstNumber = 1
  #nextNumber = 1
  #names: string[] = []
  #series = new Uint32Array(packetRowsMax)
  #timestampMs = new Float64Array(packetRowsMax)
  #remainderNs = new Uint32Array(packetRowsMax)
  #value = new Float64Array(packetRowsMax)
  #tail = new Float32Array(packetRowsMax)
  #flags = new Uint8Array(packetRowsMax)
  #bands: Float64Array<ArrayBuffer> | undefined

  /** `hand` is given every packet, in order, and owns its arrays. */
  constructor(hand: (packet: RowPacket) => void, feeder = 0) {
    this.#hand = hand
    this.#feeder = feeder
  }

  /**
   * Takes one scored sample. `number` is what the last call for this series returned, 0 the first
   * time; to be kept for the next call.
   */
  take(number: number, sample: Observation, assessment: Assessment, flags: number): number {
    const named = number >= this.#firstNumber ? number : this.#named(sample.labels.key)
    const at = this.#count++
    this.#series[at] = named
    this.#timestampMs[at] = sample.timestampMs
    this.#remainderNs[at] = sample.remainderNs
    this.#value[at] = sample.value
    this.#tail[at] = 1 - assessment.score
    this.#flags[at] = flags
    if (!Number.isNaN(assessment.expected)) this.#band(at, assessment)
    if (this.#count === packetRowsMax) this.#handWhole()
    return named
  }

  #band(at: number, { expected, lower, upper }: Assessment): void {
    const bands = (this.#bands ??= new Float64Array(3 * packetRowsMax).fill(NaN))
    bands[3 * at] = expected
    bands[3 * at + 1] = lower
    bands[3 * at + 2] = upper
  }

  #named(key: string): number {
    if (this.#nextNumber - this.#firstNumber >= numbersMax) {
      this.flush()
      this.#firstNumber = this.#nextNumber
    }
    this.#names.push(key)
    return this.#nextNumber++
  }

  /** Hands over what there is. */
  flush(): void {
    const count = this.#count
    if (count === 0) return
    this.#hand({
      ...this.#head(),
      series: this.#series.slice(0, count),
      timestampMs: this.#timestampMs.slice(0, count),
      remainderNs: this.#remainderNs.slice(0, count),
      value: this.#value.slice(0, count),
      tail: this.#tail.slice(0, count),
      flags: this.#flags.slice(0, count),
      bands: this.#bands?.slice(0, 3 * count),
    })
    this.#bands?.fill(NaN, 0, 3 * count)
    this.#begin()
  }

  #handWhole(): void {
    this.#hand({
      ...this.#head(),
      series: this.#series,
      timestampMs: this.#timestampMs,
      remainderNs: this.#remainderNs,
      value: this.#value,
      tail: this.#tail,
      flags: this.#flags,
      bands: this.#bands,
    })
    this.#series = new Uint32Array(packetRowsMax)
    this.#timestampMs = new Float64Array(packetRowsMax)
    this.#remainderNs = new Uint32Array(packetRowsMax)
    this.#value = new Float64Array(packetRowsMax)
    this.#tail = new Float32Array(packetRowsMax)
    this.#flags = new Uint8Array(packetRowsMax)
    this.#bands = undefined
    this.#begin()
  }

  #head(): Pick<RowPacket, 'count' | 'feeder' | 'firstNumber' | 'namedFrom' | 'names'> {
    return {
      count: this.#count,
      feeder: this.#feeder,
      firstNumber: this.#firstNumber,
      namedFrom: this.#nextNumber - this.#names.length,
      names: this.#names,
    }
  }

  #begin(): void {
    this.#count = 0
    this.#names = []
  }
}

/** What of a packet moves to a thread instead of being copied. */
export function packetBuffers(packet: RowPacket): ArrayBuffer[] {
  const { series, timestampMs, remainderNs, value, tail, flags, bands } = packet
  const columns = [series, timestampMs, remainderNs, value, tail, flags]
  return [...columns, ...(bands === undefined ? [] : [bands])].map(({ buffer }) => buffer)
}
