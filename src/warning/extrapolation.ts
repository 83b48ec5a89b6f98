/**
 * When the objective's own metric will be at its limit, by extending its line.
 *
 *   plain        the metric itself
 *   reciprocal   1 / metric: the response time of a queue is S / (1 - ρ), so while the load ρ grows
 *                evenly, 1 / R falls evenly, and a line fits long before R itself bends upwards
 *   local trend  the logarithm, by exponential smoothing of level and trend; its forecast's
 *                variance grows with the horizon
 *
 * Each says P(over the limit at the end of the horizon), normal with the error of the extension.
 *
 * Sources: Kleinrock 1975, "Queueing systems" I, §3.2 (1 / (1 - ρ)); Hyndman and others 2008,
 * "Forecasting with exponential smoothing", table 6.2 (variance of the local trend model).
 */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { upperTail } from '../stats/gaussian.ts'
import { WindowedTrend } from '../stats/windowed-trend.ts'

/** Samples in the line. Chosen on simulator seeds 1 to 9 among 10, 15 and 30. */
const lineSamples = 10
/** Smoothing of level and trend. Of .3 and .5 the former was as good on the same seeds. */
const levelShare = 0.3
const trendShare = 0.1
/** Smoothing of the squared error. */
const errorShare = 0.05

/** A positive metric cannot have a reciprocal or logarithm below this share of its limit. */
const leastShare = 1e-4

/** See the head of the file. Probabilities are NaN until there are three samples. */
export class Extrapolation {
  readonly #limit: number
  readonly #plain = new WindowedTrend(lineSamples)
  readonly #reciprocal = new WindowedTrend(lineSamples)
  #level = NaN
  #trend = 0
  #variance = 0.01
  plain = 0
  reciprocal = 0
  local = 0
  /** Samples until the reciprocal's line is at the limit; Infinity where it does not fall. */
  samplesLeft = Infinity

  constructor(limit: number) {
    this.#limit = limit
  }

  /** The local level over the limit, as a logarithm: 0 at the limit. */
  get height(): number {
    return Number.isNaN(this.#level) ? -3 : this.#level
  }

  /** Forgets the last samples: those of a breach are no part of what comes after it. */
  restart(): void {
    this.#plain.restart()
    this.#reciprocal.restart()
    this.#level = NaN
    this.#trend = 0
    this.plain = this.reciprocal = this.local = 0
    this.samplesLeft = Infinity
  }

  update(value: number, horizonSamples: number): void {
    const share = Math.max(leastShare, value / this.#limit)
    this.#plain.update(share)
    this.#reciprocal.update(1 / share)
    this.#smooth(Math.log(share))
    const { level } = this.#plain
    if (Number.isNaN(level)) return
    this.plain = upperTail(
      ratio(1 - this.#plain.ahead(horizonSamples), this.#plain, horizonSamples),
    )
    const reciprocal = this.#reciprocal
    const ahead = reciprocal.ahead(horizonSamples)
    this.reciprocal = upperTail(ratio(ahead - 1, reciprocal, horizonSamples))
    const toFall = reciprocal.level - 1
    this.samplesLeft =
      toFall <= 0 ? 0 : reciprocal.slope < 0 ? toFall / -reciprocal.slope : Infinity
    this.local = this.#localProbability(horizonSamples)
  }

  #smooth(value: number): void {
    if (Number.isNaN(this.#level)) this.#level = value
    const error = value - this.#level - this.#trend
    this.#variance += errorShare * (Math.min(error * error, 9 * this.#variance) - this.#variance)
    this.#level += this.#trend + levelShare * error
    this.#trend += levelShare * trendShare * error
  }

  #localProbability(h: number): number {
    const [alpha, beta] = [levelShare, levelShare * trendShare]
    const growth = alpha * alpha + alpha * beta * h + (beta * beta * h * (2 * h - 1)) / 6
    const variance = (this.#variance + 1e-6) * (1 + (h - 1) * growth)
    return upperTail(-(this.#level + h * this.#trend) / Math.sqrt(variance))
  }

  snapshot(writer: SnapshotWriter): void {
    this.#plain.snapshot(writer)
    this.#reciprocal.snapshot(writer)
    for (const value of [this.#level, this.#trend, this.#variance]) writer.float64(value)
    for (const value of [this.plain, this.reciprocal, this.local]) writer.float64(value)
    writer.float64(this.samplesLeft)
  }

  restore(reader: SnapshotReader): void {
    this.#plain.restore(reader)
    this.#reciprocal.restore(reader)
    this.#level = reader.float64()
    this.#trend = reader.float64()
    this.#variance = reader.float64()
    this.plain = reader.float64()
    this.reciprocal = reader.float64()
    this.local = reader.float64()
    this.samplesLeft = reader.float64()
  }
}

function ratio(distance: number, trend: WindowedTrend, samples: number): number {
  return distance / (trend.errorAhead(samples) + 1e-6)
}
