/**
 * Standstill: has the series shown the same value for longer than it ever does?
 *
 *   value   ▅▆▆▅▇▇▆▅▅▅▅▅▅▅▅▅▅▅▅▅▅
 *   run      0 1 0 0 1 0 0 1 2 3 4 …       how often the last value was repeated so far
 *
 * With p the share of samples that repeat the one before, a run of r has the probability p^r, were
 * repeats independent. They often are not, so the run must also be longer than any before:
 *
 *   it stands still if   r ≥ longest + 2   and   r · -log10 p ≥ decades (12)
 *
 * and p is taken for no less than .05: one repeat in a series that has none is rounding. It is said
 * at that length, at twice that, at four times, each for an eighth of an octave.
 *
 * Source: by measurement (docs/algorithms/auto.md).
 * Cost: O(1); five numbers.
 */

import type { SnapshotReader, SnapshotWriter } from '../../core/snapshot.ts'

const longerBy = 2
const repeatShareMin = 0.05
const toldOctave = 1 / 8
const shareMemorySamples = 5000
/** The longest run is forgotten slowly: it is the rarest thing that is remembered of a series. */
const longestMemorySamples = 20_000

/** See the head of the file. */
export class Standstill {
  readonly #decades: number
  #last = NaN
  #count = 0
  #repeats = 0
  #run = 0
  #longest = 0

  constructor(decades: number) {
    this.#decades = decades
  }

  /** Whether a sample of this value would be told. */
  told(value: number): boolean {
    if (value !== this.#last) return false
    const share = Math.max(repeatShareMin, (this.#repeats + 1) / (this.#count + 2))
    const needed = Math.max(this.#longest + longerBy, this.#decades / -Math.log10(share))
    const octaves = Math.log2((this.#run + 1) / needed)
    return octaves >= 0 && octaves % 1 < toldOctave
  }

  learn(value: number): void {
    this.#longest *= 1 - 1 / longestMemorySamples
    if (this.#count < shareMemorySamples) this.#count++
    else this.#repeats *= 1 - 1 / shareMemorySamples
    if (value === this.#last) {
      this.#run++
      this.#repeats++
      return
    }
    this.#longest = Math.max(this.#longest, this.#run)
    this.#run = 0
    this.#last = value
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.#last)
    writer.float64(this.#count)
    writer.float64(this.#repeats)
    writer.float64(this.#run)
    writer.float64(this.#longest)
  }

  restore(reader: SnapshotReader): void {
    this.#last = reader.float64()
    this.#count = reader.float64()
    this.#repeats = reader.float64()
    this.#run = reader.float64()
    this.#longest = reader.float64()
  }
}
