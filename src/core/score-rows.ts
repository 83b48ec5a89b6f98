/**
 * Scored samples as rows of doubles: what the score history is fed with.
 *
 *   series ──take──▶ rows ──full, or flush──▶ packet
 *
 *   row   series: u32 │ remainderNs: u32 │ timestampMs │ value │ expected │ lower │ upper │
 *         tail: f32 │ flags: u32
 *
 * A report of a score is an object of eighteen fields that nobody but the history may want; a row
 * here is 56 bytes in a buffer that exists already. A buffer is handed over when it is full, to a
 * thread as it may be, without being copied, and may come back to be used again: a new one costs
 * more (pages that the system clears) than writing into it.
 *
 * A row lies in one or two lines of a cache. Whoever groups rows by series reads them in an order
 * of their own, and would pay for a line of each column.
 *
 * A series is a number here; its key goes along once. The series keeps its number and gives it
 * back; numbers are used up, and from time to time all are given anew, so that series that come and
 * go for years do not add up.
 *
 * Cost: `node bench/speed/history-path.ts`.
 */

import type { Assessment } from './assessment.ts'
import type { Observation } from './observation.ts'

/** Rows in a packet, at most. */
export const packetRowsMax = 16_384

/** Doubles of a row; see the head of the file. */
export const rowDoubles = 7

/** Places of the doubles in a row; series and remainder are the two words of the first. */
export const rowPlaces = {
  timestampMs: 1,
  value: 2,
  expected: 3,
  lower: 4,
  upper: 5,
} as const

/** Places of the words in a row, two to a double; `tail` is a float of 32 bits. */
export const rowWords = { series: 0, remainderNs: 1, tail: 12, flags: 13 } as const

/** So many numbers are given before all are given anew. */
const numbersMax = 4_194_304

/** Buffers that came back and wait to be used again, at most: 4 MB. */
const sparesMax = 4

/** Rows handed over. */
export interface RowPacket {
  readonly count: number
  /** Whose numbers these are: each thread that scores has its own. */
  readonly feeder: number
  /** Numbers below are of no use any more. */
  readonly firstNumber: number
  /** Keys of the numbers from `namedFrom` on. */
  readonly namedFrom: number
  readonly names: readonly string[]
  /** The first `count` rows hold something. */
  readonly rows: Float64Array<ArrayBuffer>
}

/** See the head of the file. */
export class ScoreRows {
  readonly #hand: (packet: RowPacket) => void
  readonly #feeder: number
  #count = 0
  #firstNumber = 1
  #nextNumber = 1
  #names: string[] = []
  #rows = new Float64Array(packetRowsMax * rowDoubles)
  #words = new Uint32Array(this.#rows.buffer)
  #floats = new Float32Array(this.#rows.buffer)
  readonly #spares: Float64Array<ArrayBuffer>[] = []

  /** `hand` is given every packet, in order, and owns its rows. */
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
    const at = rowDoubles * this.#count++
    const rows = this.#rows
    const words = this.#words
    const known = !Number.isNaN(assessment.expected)
    words[2 * at + rowWords.series] = named
    words[2 * at + rowWords.remainderNs] = sample.remainderNs
    rows[at + rowPlaces.timestampMs] = sample.timestampMs
    rows[at + rowPlaces.value] = sample.value
    rows[at + rowPlaces.expected] = assessment.expected
    rows[at + rowPlaces.lower] = known ? assessment.lower : NaN
    rows[at + rowPlaces.upper] = known ? assessment.upper : NaN
    this.#floats[2 * at + rowWords.tail] = 1 - assessment.score
    words[2 * at + rowWords.flags] = flags
    if (this.#count === packetRowsMax) this.#handWhole()
    return named
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
    if (this.#count > 0) this.#handRows(this.#rows.slice(0, this.#count * rowDoubles))
  }

  #handWhole(): void {
    this.#handRows(this.#rows)
    this.#rows = this.#spares.pop() ?? new Float64Array(packetRowsMax * rowDoubles)
    this.#words = new Uint32Array(this.#rows.buffer)
    this.#floats = new Float32Array(this.#rows.buffer)
  }

  /** Gives rows of a packet back that nobody needs any more. */
  giveBack(rows: Float64Array<ArrayBuffer>): void {
    const whole = rows.length === packetRowsMax * rowDoubles
    if (whole && this.#spares.length < sparesMax) this.#spares.push(rows)
  }

  #handRows(rows: Float64Array<ArrayBuffer>): void {
    this.#hand({
      count: this.#count,
      feeder: this.#feeder,
      firstNumber: this.#firstNumber,
      namedFrom: this.#nextNumber - this.#names.length,
      names: this.#names,
      rows,
    })
    this.#count = 0
    this.#names = []
  }
}
