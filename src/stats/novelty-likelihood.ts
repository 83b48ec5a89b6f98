/**
 * Are there more novelties lately than there used to be?
 *
 * Novelty is 1 / count of what was seen, so 1 for something new. The mean of the last ten is held
 * against a normal distribution of such means, fitted now and then to all before:
 *
 *   Q = ½ erfc((a - μ) / (σ √2))        decades = -log10(Q + 10⁻¹⁰), in [0, 10]
 *
 * Nothing is fitted to fewer than fifty means: a dozen of them, taken one sample apart, are nearly
 * equal, and then everything is far off.
 *
 * Two extremes (Q ≤ 10⁻⁵) in a row are one: the second counts 10⁻³. A series that does not move
 * has no likelihood: it is fitted by a distribution so wide that nothing is unusual.
 *
 * Source: Ahmad et al. 2017, "Unsupervised real-time anomaly detection for streaming data", section
 * 3.2, with the constants of NAB's detectors.
 * Differs: mean and variance fade instead of being taken over a window of the same length.
 * Cost: O(1) a sample; some twenty numbers.
 */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { erfc } from './gaussian.ts'

const averagedSamples = 10
/** Source: the same; bench/accuracy/designs.ts shows what others give. */
const refitSamplesUsual = 100
const fittedSamplesMinUsual = 50
const memorySamples = 8640
const meanMin = 0.03
const varianceMin = 0.0003
const nullMean = 0.5
const nullDeviation = 1000
const extremeTail = 1e-5
const repeatedTail = 1e-3
const tailMin = 1e-10

/** Places in the numbers of state, behind the last ten novelties. */
const countAt = averagedSamples
const meanAt = averagedSamples + 1
const varianceAt = averagedSamples + 2
const fitMeanAt = averagedSamples + 3
const fitDeviationAt = averagedSamples + 4
const previousTailAt = averagedSamples + 5
const numberCount = averagedSamples + 6

/** Which means are far off: those over the usual one, or those under it as well. */
export type NoveltySides = 'above' | 'both'

export interface NoveltyLikelihoodSettings {
  /** Fitted anew every so many rows; 100 where it is not said. */
  readonly refitSamples?: number
  /** Never fitted to fewer means, and as soon as there are so many; 50. With 1 at a refit only. */
  readonly fittedSamplesMin?: number
  /** `above` where it is not said. */
  readonly sides?: NoveltySides
}

/** See the head of the file. */
export class NoveltyLikelihood {
  // A plain array: for so few numbers it is a quarter of the size of a typed one.
  readonly #numbers: number[]
  readonly #refitSamples: number
  readonly #fittedSamplesMin: number
  readonly #sides: NoveltySides

  constructor(settings: NoveltyLikelihoodSettings = {}) {
    this.#refitSamples = settings.refitSamples ?? refitSamplesUsual
    this.#fittedSamplesMin = settings.fittedSamplesMin ?? fittedSamplesMinUsual
    this.#sides = settings.sides ?? 'above'
    // The first half makes it an array of unboxed doubles for good.
    this.#numbers = new Array<number>(numberCount).fill(0.5).fill(0)
    this.#numbers[fitMeanAt] = nullMean
    this.#numbers[fitDeviationAt] = nullDeviation
    this.#numbers[previousTailAt] = 1
  }

  /** Takes the novelty of row `row` and says nothing of it. */
  push(row: number, novelty: number): void {
    this.#numbers[row % averagedSamples] = novelty
  }

  #average(): number {
    let sum = 0
    for (let i = 0; i < averagedSamples; i++) sum += this.#numbers[i]!
    return sum / averagedSamples
  }

  /** What `judge` would answer without a fit. Changes nothing. */
  decades(row: number, novelty: number): number {
    const replaced = this.#numbers[row % averagedSamples]!
    const tail = this.#tail(this.#average() + (novelty - replaced) / averagedSamples)
    const repeated = tail <= extremeTail && this.#numbers[previousTailAt]! <= extremeTail
    return -Math.log10((repeated ? repeatedTail : tail) + tailMin)
  }

  /**
   * Takes the novelty of row `row`, and answers with the decades of the average it makes. `still`:
   * the series itself has not moved so far.
   */
  judge(row: number, novelty: number, still: boolean): number {
    const numbers = this.#numbers
    const first = this.#fittedSamplesMin > 1 && numbers[countAt] === this.#fittedSamplesMin
    if (first || row % this.#refitSamples === 0) this.#fit(still)
    this.push(row, novelty)
    const average = this.#average()
    const tail = this.#tail(average)
    const repeated = tail <= extremeTail && numbers[previousTailAt]! <= extremeTail
    numbers[previousTailAt] = tail
    const count = ++numbers[countAt]!
    const share = Math.max(1 / count, 1 / memorySamples)
    const distance = average - numbers[meanAt]!
    numbers[meanAt]! += share * distance
    numbers[varianceAt] = (1 - share) * (numbers[varianceAt]! + share * distance * distance)
    return -Math.log10((repeated ? repeatedTail : tail) + tailMin)
  }

  #fit(still: boolean): void {
    const numbers = this.#numbers
    const unknown = still || numbers[countAt]! < this.#fittedSamplesMin
    numbers[fitMeanAt] = unknown ? nullMean : Math.max(meanMin, numbers[meanAt]!)
    numbers[fitDeviationAt] = unknown
      ? nullDeviation
      : Math.sqrt(Math.max(varianceMin, numbers[varianceAt]!))
    numbers[previousTailAt] = this.#tail(this.#average())
  }

  #tail(average: number): number {
    const difference = average - this.#numbers[fitMeanAt]!
    const distance = this.#sides === 'both' ? Math.abs(difference) : difference
    return 0.5 * erfc(distance / this.#numbers[fitDeviationAt]! / Math.SQRT2)
  }

  snapshot(writer: SnapshotWriter): void {
    writer.typedArray(Float64Array.from(this.#numbers))
  }

  restore(reader: SnapshotReader): void {
    const numbers = new Float64Array(numberCount)
    reader.typedArray(numbers)
    numbers.forEach((number, i) => (this.#numbers[i] = number))
  }
}
