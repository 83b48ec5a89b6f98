/**
 * Early judge: what is gross, while a series is still learned.
 *
 * A day of samples is needed to know a series. A change that nobody would call normal need not
 * wait for it, but little is known, so more is demanded, and less so from sample to sample. Of n
 * values, m of which were others than the one before:
 *
 *   z = min( |x - mean| / s,  |x - last| / d )      s deviation of the values, d of the steps
 *   score = 1 - tail( z / (1 + c/m) )               tail of Student's t, as of `ema`
 *   at most n / (n + 1), unless x lies beyond all n values by c/m of their range
 *
 * Both distances must be large, since a ramp is far from its mean and a burst far from the last
 * value. Of values in any order, the next is the largest with probability 1 / (n + 1): so nothing
 * is rarer than that by its rank alone, and a series that never moved says no more than that.
 *
 * Source: ranks of exchangeable values; c by measurement (docs/algorithms/auto.md).
 * Cost: O(1); eight numbers.
 */

import type { Assessment } from '../../core/assessment.ts'
import type { SnapshotReader, SnapshotWriter } from '../../core/snapshot.ts'
import { decadesOf } from '../../stats/decades.ts'
import { deviationsOf } from '../../stats/deviations.ts'
import { SeenRange } from '../../stats/seen-range.ts'
import { studentTail } from '../../stats/student.ts'
import { deviationsInWords } from './evidence.ts'
import { headDecades } from './heads.ts'

/** Moves after which twice as much is demanded as of a series that is known. By measurement. */
const doubtSamples = 20
/** Half the band, before what is demanded beside: where the tail is one in a thousand. */
const bandDeviations = 6

/** See the head of the file. */
export class EarlyJudge {
  readonly #range = new SeenRange()
  #count = 0
  #moves = 0
  #mean = 0
  #variance = 0
  #last = 0
  #stepSquare = 0

  /** Writes down what it makes of a value. */
  judge(value: number, assessment: Assessment): void {
    const deviations = this.#deviations(value)
    const score = this.#score(value, deviations)
    assessment.score = score
    assessment.rawScore = decadesOf(score) / headDecades
    assessment.expected = this.#mean
    const reach = bandDeviations * this.#demand * Math.sqrt(this.#variance)
    assessment.lower = this.#mean - reach
    assessment.upper = this.#mean + reach
    if (assessment.rawScore < 1) return
    const { learnedSamples, probationSamples } = assessment
    assessment.evidence =
      `${deviationsInWords(deviations)} off all ${this.#count} values so far; ` +
      `learning ${learnedSamples}/${probationSamples}, only gross changes alarm`
  }

  get #demand(): number {
    return 1 + doubtSamples / Math.max(1, this.#moves)
  }

  /** z of a value. */
  #deviations(value: number): number {
    return Math.min(
      deviationsOf(value - this.#mean, Math.sqrt(this.#variance), this.#mean),
      deviationsOf(value - this.#last, Math.sqrt(this.#stepSquare), this.#last),
    )
  }

  #score(value: number, deviations: number): number {
    if (this.#count < 2) return 0
    const score = 1 - studentTail(deviations / this.#demand)
    const gross = this.#moves > 0 && this.#range.excludes(value, doubtSamples / this.#moves)
    return gross ? score : Math.min(score, 1 - 1 / (this.#count + 1))
  }

  learn(value: number): void {
    const share = 1 / ++this.#count
    if (this.#count > 1) {
      const step = value - this.#last
      this.#stepSquare += (step * step - this.#stepSquare) / (this.#count - 1)
      if (step !== 0) this.#moves++
    }
    const distance = value - this.#mean
    this.#mean += share * distance
    this.#variance = (1 - share) * (this.#variance + share * distance * distance)
    this.#last = value
    this.#range.push(value)
  }

  snapshot(writer: SnapshotWriter): void {
    this.#range.snapshot(writer)
    writer.float64(this.#count)
    writer.float64(this.#moves)
    writer.float64(this.#mean)
    writer.float64(this.#variance)
    writer.float64(this.#last)
    writer.float64(this.#stepSquare)
  }

  restore(reader: SnapshotReader): void {
    this.#range.restore(reader)
    this.#count = reader.float64()
    this.#moves = reader.float64()
    this.#mean = reader.float64()
    this.#variance = reader.float64()
    this.#last = reader.float64()
    this.#stepSquare = reader.float64()
  }
}
