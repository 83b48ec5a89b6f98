/**
 * One record as input bits: the values of its fields, and the moment in day and week.
 *
 *   │ field 1 │ field 2 │ … │ time of day (ring) │ day of week (ring) │ weekend (2 blocks) │
 *
 * A ring of n bits has its w active bits start at floor(ms into the period × n / period). What a
 * part has 0 bits for is not encoded. All fields share one random sequence, each in its own bits.
 */

import type { Calendar } from '../../stats/calendar.ts'
import { bucketOf, bucketSequence, linearBucket } from './value-encoders.ts'
import type { BitShape, ValueRange } from './value-encoders.ts'

/** The parts of the input and their bits. */
export interface InputShape {
  readonly fieldCount: number
  readonly value: BitShape
  /** Bounds of linear encoding; absent: random distributed encoding over a learned range. */
  readonly linear?: { readonly valueMin: number; readonly valueMax: number }
  readonly timeOfDay: BitShape
  readonly dayOfWeek: BitShape
  readonly weekend: BitShape
  readonly seed: number
}

const dayMs = 86_400_000

/** All bits of a shape. */
export function inputBits(shape: InputShape): number {
  const { fieldCount, value, timeOfDay, dayOfWeek, weekend } = shape
  return fieldCount * value.bits + timeOfDay.bits + dayOfWeek.bits + weekend.bits
}

/** Encodes the records of one series or group. */
export class InputEncoder {
  /** Active bits of the last record, ascending; reused. */
  readonly active: Uint16Array
  /** Bucket of each field in the last record. */
  readonly buckets: Int32Array
  readonly #shape: InputShape
  readonly #calendar: Calendar
  readonly #sequence: Uint16Array

  constructor(shape: InputShape, calendar: Calendar) {
    this.#shape = shape
    this.#calendar = calendar
    this.#sequence = shape.linear === undefined ? bucketSequence(shape.value, shape.seed) : noBits
    this.buckets = new Int32Array(shape.fieldCount).fill(-1)
    const parts = [shape.timeOfDay, shape.dayOfWeek, shape.weekend].filter((part) => part.bits > 0)
    const timeBits = parts.reduce((sum, part) => sum + part.activeBits, 0)
    this.active = new Uint16Array(shape.fieldCount * shape.value.activeBits + timeBits)
  }

  /** Writes the record into `active`. `ranges` has a range for each field unless linear. */
  encode(timestampMs: number, values: ArrayLike<number>, ranges: readonly ValueRange[]): void {
    const { value, linear, fieldCount } = this.#shape
    for (let f = 0; f < fieldCount; f++) {
      const bucket =
        linear === undefined
          ? bucketOf(values[f]!, ranges[f]!)
          : linearBucket(values[f]!, linear, value)
      if (bucket !== this.buckets[f]) this.#writeField(f, bucket)
      this.buckets[f] = bucket
    }
    this.#writeTime(timestampMs)
  }

  #writeField(field: number, bucket: number): void {
    const { value, linear } = this.#shape
    const start = field * value.activeBits
    const offset = field * value.bits
    for (let k = 0; k < value.activeBits; k++) {
      const bit = linear === undefined ? this.#sequence[bucket + k]! : bucket + k
      insertAscending(this.active, { start, count: k, bit: offset + bit })
    }
  }

  #writeTime(timestampMs: number): void {
    const { fieldCount, value, timeOfDay, dayOfWeek, weekend } = this.#shape
    let start = fieldCount * value.activeBits
    let offset = fieldCount * value.bits
    if (timeOfDay.bits > 0) {
      const first = Math.floor((this.#calendar.timeOfDayMs(timestampMs) * timeOfDay.bits) / dayMs)
      writeRing(this.active, { start, offset, part: timeOfDay, first })
      start += timeOfDay.activeBits
      offset += timeOfDay.bits
    }
    if (dayOfWeek.bits === 0 && weekend.bits === 0) return
    const timeOfWeekMs = this.#calendar.timeOfWeekMs(timestampMs)
    if (dayOfWeek.bits > 0) {
      const first = Math.floor((timeOfWeekMs * dayOfWeek.bits) / (7 * dayMs))
      writeRing(this.active, { start, offset, part: dayOfWeek, first })
      start += dayOfWeek.activeBits
      offset += dayOfWeek.bits
    }
    if (weekend.bits > 0) {
      const first = timeOfWeekMs < 5 * dayMs ? 0 : weekend.bits / 2
      writeRing(this.active, { start, offset, part: weekend, first })
    }
  }
}

const noBits = new Uint16Array(0)

interface Insertion {
  readonly start: number
  readonly count: number
  readonly bit: number
}

function insertAscending(into: Uint16Array, { start, count, bit }: Insertion): void {
  let at = start + count
  for (; at > start && into[at - 1]! > bit; at--) into[at] = into[at - 1]!
  into[at] = bit
}

interface RingPlace {
  readonly start: number
  readonly offset: number
  readonly part: BitShape
  readonly first: number
}

/** The window of a ring, its wrapped bits first so that the bits ascend. */
function writeRing(into: Uint16Array, { start, offset, part, first }: RingPlace): void {
  const { bits, activeBits } = part
  const wrapped = Math.max(0, first + activeBits - bits)
  for (let k = 0; k < wrapped; k++) into[start + k] = offset + k
  for (let k = wrapped; k < activeBits; k++) into[start + k] = offset + first + k - wrapped
}
