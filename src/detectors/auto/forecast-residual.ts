/**
 * Forecast residual: how many deviations does a sample lie from where it was expected?
 *
 * The forecast is linear in what was known before (auto/regressors.ts), with weights found by
 * recursive least squares. So a rhythm counts as far as it helps to foretell this series, and no
 * further. The usual error is followed at two rates, each with weights of its own:
 *
 *   ŷ = θ·f        r = y - ŷ        z = r / √v        v += α (r² - v)        α = .003, .02
 *
 * Weights learn of errors up to 3 deviations, v of errors up to 5: a spike must not teach.
 *
 * Source: by measurement, every number (docs/algorithms/auto.md).
 * Cost: O(1), two passes over a matrix of nine by nine; 3.6 KB with the regressors.
 */

import type { Fact } from '../detector.ts'
import type { SnapshotReader, SnapshotWriter } from '../../core/snapshot.ts'
import { RecursiveLeastSquares } from '../../stats/recursive-least-squares.ts'
import { firstWeights, regressorNames, Regressors } from './regressors.ts'

/** By rate: a slow and a fast idea of the usual error. */
const varianceShares = [0.003, 0.02] as const
export type ErrorRate = 0 | 1
export const slowRate = 0
export const fastRate = 1
const rates = [slowRate, fastRate] as const

/** Samples before an error says anything and before errors are cut. */
const settledSamples = 30
const learnedDeviations = 3
const varianceDeviations = 5
/** How far from the usual the profiles learn: a plain distance and deviations. */
const reachMin = 3
const reachDeviations = 6
/** A deviation below this is rounding, in units of the spread of the series. */
const deviationMin = 2 ** -40
/** Largest answer: what lies off a level that never moved is not infinitely far. */
const deviationsMax = 2 ** 20
/** Largest scaled forecast. A scaled value is within a quarter of it. */
const forecastMax = 4e9

/** What the weights learn of the errors of the sample at hand: one for all series, in turn. */
const cutErrors = new Float64Array(rates.length)

/** See the head of the file. Values are scaled ones. */
export class ForecastResidual {
  readonly #squares = new RecursiveLeastSquares({ weights: firstWeights, sets: rates.length })
  readonly #regressors: Regressors
  readonly #variances = new Float64Array(rates.length)

  constructor(cadenceMs: number) {
    this.#regressors = new Regressors(cadenceMs)
  }

  /** Values learned so far. */
  get count(): number {
    return this.#regressors.count
  }

  /** Makes ready for a moment; all others speak of that one. */
  at(timestampMs: number): void {
    this.#regressors.fill(timestampMs)
  }

  /** ŷ of the moment. */
  forecast(rate: ErrorRate): number {
    const forecast = this.#squares.forecast(this.#regressors.values, rate)
    return Math.max(-forecastMax, Math.min(forecastMax, forecast))
  }

  /** √v, the usual size of an error. */
  deviation(rate: ErrorRate): number {
    return Math.sqrt(this.#variances[rate]!)
  }

  /** z of a value at the moment; 0 while too little is known. */
  residual(value: number, rate: ErrorRate): number {
    if (this.#regressors.count < settledSamples) return 0
    const error = value - this.forecast(rate)
    return within(error / Math.max(this.deviation(rate), deviationMin), deviationsMax)
  }

  /** Learns the value at the moment. */
  learn(timestampMs: number, value: number): void {
    const { count } = this.#regressors
    for (const rate of rates) {
      const error = value - this.forecast(rate)
      const deviation = this.deviation(rate)
      // Without a deviation nothing says what an outlier is.
      const cut = count < settledSamples || deviation === 0 ? Infinity : deviation
      cutErrors[rate] = within(error, learnedDeviations * cut)
      const known = within(error, varianceDeviations * cut)
      const share = Math.max(varianceShares[rate], 1 / (count + 1))
      this.#variances[rate]! += share * (known * known - this.#variances[rate]!)
    }
    this.#squares.learn(this.#regressors.values, cutErrors)
    const reach = reachDeviations * this.deviation(slowRate) + reachMin
    this.#regressors.learn(timestampMs, value, reach)
  }

  /** What each regressor weighs in the forecast. */
  describe(): readonly Fact[] {
    return regressorNames.map((name, i) => ({
      name: `weight of ${name}`,
      value: this.#squares.weight(i, slowRate),
    }))
  }

  snapshot(writer: SnapshotWriter): void {
    this.#squares.snapshot(writer)
    this.#regressors.snapshot(writer)
    writer.typedArray(this.#variances)
  }

  restore(reader: SnapshotReader): void {
    this.#squares.restore(reader)
    this.#regressors.restore(reader)
    reader.typedArray(this.#variances)
  }
}

function within(value: number, reach: number): number {
  return Math.max(-reach, Math.min(reach, value))
}
