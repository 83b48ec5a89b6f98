/**
 * A ring of the last samples of one series, as columns.
 *
 *   column     0    1    2    3    4    5
 *            ┌────┬────┬────┬────┬────┬────┐
 *            │ 7  │ 8  │ 9  │ 4  │ 5  │ 6  │      the 7th sample took the place of the 1st
 *            └────┴────┴────┴────┴────┴────┘
 *                            ▲ next: the oldest
 *
 * Starts small and doubles up to its limit, so that a thousand short series cost little. Times and
 * values are doubles: a counter in the billions that moves by ones would be a flat line in floats.
 *
 * Cost: 57 bytes a sample kept; O(1) a push.
 */

import { knownOrNull } from '../../core/feed.ts'
import type { SampleColumns } from '../../core/feed.ts'

/** One sample, as it is pushed. */
export interface KeptSample {
  readonly timestampMs: number
  readonly value: number
  readonly expected: number
  readonly lower: number
  readonly upper: number
  readonly score: number
}

/** Samples that a new ring has room for: about a minute at one a second. */
const firstCapacity = 64

/** Doubles in a row: sequence, time, value, expected, lower, upper, score. */
const rowLength = 7

/** See the head of the file. */
export class SampleRing {
  readonly #capacityMax: number
  /** Float64Array, rows of `rowLength`, indexed by slot. */
  #rows: Float64Array
  /** Uint8Array, one a slot: `sampleFlags`. */
  #flags: Uint8Array
  #next = 0
  #count = 0
  /** Sequence of the newest sample that is not kept any more, or of the change before the first. */
  #lostSequence: number

  /** `bornSequence`: the feed's sequence when the ring was made; nothing earlier is known. */
  constructor(capacityMax: number, bornSequence: number) {
    this.#capacityMax = capacityMax
    const capacity = Math.min(firstCapacity, capacityMax)
    this.#rows = new Float64Array(capacity * rowLength)
    this.#flags = new Uint8Array(capacity)
    this.#lostSequence = bornSequence
  }

  get count(): number {
    return this.#count
  }

  /** Bytes of its columns. */
  get heldBytes(): number {
    return this.#rows.byteLength + this.#flags.byteLength
  }

  push(sequence: number, sample: KeptSample, flags: number): void {
    if (this.#count === this.#flags.length) this.#makeRoom()
    const start = this.#next * rowLength
    const rows = this.#rows
    rows[start] = sequence
    rows[start + 1] = sample.timestampMs
    rows[start + 2] = sample.value
    rows[start + 3] = sample.expected
    rows[start + 4] = sample.lower
    rows[start + 5] = sample.upper
    rows[start + 6] = sample.score
    this.#flags[this.#next] = flags
    this.#next = (this.#next + 1) % this.#flags.length
    this.#count++
  }

  /** Grows, or gives up the oldest sample. Called when every slot is taken. */
  #makeRoom(): void {
    const capacity = this.#flags.length
    if (capacity === this.#capacityMax) {
      this.#lostSequence = this.#rows[this.#next * rowLength] ?? 0
      this.#count--
      return
    }
    const grown = Math.min(capacity * 2, this.#capacityMax)
    const rows = new Float64Array(grown * rowLength)
    const flags = new Uint8Array(grown)
    // Until it is at its limit a ring never wrapped, so the oldest sample is in slot 0.
    rows.set(this.#rows)
    flags.set(this.#flags)
    this.#rows = rows
    this.#flags = flags
    this.#next = capacity
  }

  /** Time of the newest sample. */
  get lastMs(): number | undefined {
    return this.#count === 0 ? undefined : this.#at(1, 1)
  }

  /** All kept samples. */
  columns(): SampleColumns {
    return this.#columnsFrom(this.#count)
  }

  /** Samples with a greater sequence, or undefined where one of them is lost. O(answer). */
  columnsAfter(sequence: number): SampleColumns | undefined {
    if (sequence < this.#lostSequence) return undefined
    let fresh = 0
    while (fresh < this.#count && this.#at(fresh + 1, 0) > sequence) fresh++
    return this.#columnsFrom(fresh)
  }

  /** The newest values, at most `count`, oldest first. */
  recentValues(count: number): (number | null)[] {
    const values: (number | null)[] = []
    for (let back = Math.min(count, this.#count); back >= 1; back--) {
      values.push(knownOrNull(this.#at(back, 2)))
    }
    return values
  }

  /** The newest `count` samples, oldest first. */
  #columnsFrom(count: number): SampleColumns {
    const columns: SampleColumns = {
      timestampMs: [],
      value: [],
      expected: [],
      lower: [],
      upper: [],
      score: [],
      flags: [],
    }
    for (let back = count; back >= 1; back--) {
      columns.timestampMs.push(this.#at(back, 1))
      columns.value.push(knownOrNull(this.#at(back, 2)))
      columns.expected.push(knownOrNull(this.#at(back, 3)))
      columns.lower.push(knownOrNull(this.#at(back, 4)))
      columns.upper.push(knownOrNull(this.#at(back, 5)))
      columns.score.push(this.#at(back, 6))
      columns.flags.push(this.#flags[this.#slot(back)] ?? 0)
    }
    return columns
  }

  /** Slot of the sample pushed `back` pushes ago; 1 is the newest. */
  #slot(back: number): number {
    const capacity = this.#flags.length
    return (this.#next - back + capacity) % capacity
  }

  /** Column `column` of the sample pushed `back` pushes ago. */
  #at(back: number, column: number): number {
    return this.#rows[this.#slot(back) * rowLength + column] ?? NaN
  }
}
