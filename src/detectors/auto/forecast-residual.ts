/**
 * Forecast residual: how many deviations does a sample lie from where it was expected?
 *
 * The forecast is linear in what was known before, by recursive least squares
 * (stats/recursive-least-squares.ts):
 *
 *   ŷ_t = θ · [1, y_{t-1}, y_{t-2}, y_{t-3}, fast, slow, day_t, day_{t-1}, week_t]
 *
 * fast and slow are moving averages (.1 and .01), day is what is usual at this time of the day,
 * week what is usual at this hour of the week (stats/cycle-profile.ts).
 *
 *   r = y - ŷ        z = r / √v        v += α (r² - v)
 *
 * so that a rhythm counts as far as it helps to foretell this series, and no further. Weights learn
 * of errors up to 3 deviations, v of errors up to 5, as a spike must not teach.
 *
 * Source: the measured design of docs/algorithms/auto.md; every number is by measurement there.
 * Cost: O(1), two passes over a matrix of nine by nine; at most 3.5 KB.
 */

import type { SnapshotReader, SnapshotWriter } from '../../core/snapshot.ts'
import { CycleProfile } from '../../stats/cycle-profile.ts'
import { RecursiveLeastSquares } from '../../stats/recursive-least-squares.ts'

const dayMs = 86_400_000
const hoursOfWeek = 168
const dayCellsMax = 288
const fastShare = 0.1
const slowShareMin = 0.01
/** Samples before an error says anything and before errors are cut. */
const settledSamples = 30
const learnedDeviations = 3
const varianceDeviations = 5
/** How far from the usual a profile learns: a plain distance and deviations. */
const reachMin = 3
const reachDeviations = 6
/** A deviation below this is rounding, in units of the spread of the series. */
const deviationMin = 2 ** -40
/** Largest answer: what lies off a level that never moved is not infinitely far. */
const deviationsMax = 2 ** 20
/** Largest scaled forecast. A scaled value is within a quarter of it. */
const forecastMax = 4e9

/** Share of the day or week that is over, in [0, 1). */
function shareOver(timestampMs: number, cycleMs: number): number {
  const rest = timestampMs % cycleMs
  return (rest < 0 ? rest + cycleMs : rest) / cycleMs
}

/** See the head of the file. Values are scaled ones. */
export class ForecastResidual {
  readonly #varianceShare: number
  readonly #squares = new RecursiveLeastSquares(Float64Array.of(0, 1, 0, 0, 0, 0, 0, 0, 0))
  readonly #regressors = Float64Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0)
  readonly #day: CycleProfile
  readonly #week: CycleProfile
  #count = 0
  #last = 0
  #second = 0
  #third = 0
  #fast = 0
  #slow = 0
  #lastUsual = 0
  #variance = 0

  constructor({ cadenceMs, varianceShare }: { cadenceMs: number; varianceShare: number }) {
    this.#varianceShare = varianceShare
    const cells = Math.max(1, Math.min(dayCellsMax, Math.trunc(dayMs / cadenceMs)))
    this.#day = new CycleProfile({ cells, visitSamples: dayMs / cadenceMs / cells })
    const hourSamples = dayMs / 24 / cadenceMs
    this.#week = new CycleProfile({ cells: hoursOfWeek, visitSamples: hourSamples })
  }

  /** √v, the usual size of an error. */
  get deviation(): number {
    return Math.sqrt(this.#variance)
  }

  /** ŷ of a moment from all that was learned; `residual` and `learn` are of the same moment. */
  forecast(timestampMs: number): number {
    const f = this.#regressors
    const dayPlace = shareOver(timestampMs, dayMs) * this.#day.cells
    const weekPlace = shareOver(timestampMs, 7 * dayMs) * hoursOfWeek
    f[1] = this.#last
    f[2] = this.#second
    f[3] = this.#third
    f[4] = this.#fast
    f[5] = this.#slow
    f[6] = this.#day.between(dayPlace, this.#slow)
    f[7] = this.#count === 0 ? f[6] : this.#lastUsual
    f[8] = this.#week.at(weekPlace, this.#slow)
    const forecast = this.#squares.forecast(f)
    return Math.max(-forecastMax, Math.min(forecastMax, forecast))
  }

  /** z of an error; 0 while too little is known. */
  residual(error: number): number {
    if (this.#count < settledSamples) return 0
    const deviations = error / Math.max(this.deviation, deviationMin)
    return Math.max(-deviationsMax, Math.min(deviationsMax, deviations))
  }

  /** Learns the value that was forecast with this error. */
  learn(timestampMs: number, value: number, error: number): void {
    const deviation = this.deviation
    // Without a deviation nothing says what an outlier is.
    const free = this.#count < settledSamples || deviation === 0
    const cut = free ? Infinity : deviation
    this.#squares.learn(this.#regressors, within(error, learnedDeviations * cut))
    const share = Math.max(this.#varianceShare, 1 / (this.#count + 1))
    const known = within(error, varianceDeviations * cut)
    this.#variance += share * (known * known - this.#variance)
    const reach = reachDeviations * this.deviation + reachMin
    const dayPlace = shareOver(timestampMs, dayMs) * this.#day.cells
    this.#day.push(dayPlace, value, reach)
    this.#week.push(shareOver(timestampMs, 7 * dayMs) * hoursOfWeek, value, reach)
    this.#lastUsual = this.#regressors[6]!
    this.#third = this.#second
    this.#second = this.#last
    this.#last = value
    this.#fast += (this.#count === 0 ? 1 : fastShare) * (value - this.#fast)
    this.#slow += Math.max(slowShareMin, 1 / (this.#count + 1)) * (value - this.#slow)
    this.#count++
  }

  snapshot(writer: SnapshotWriter): void {
    this.#squares.snapshot(writer)
    this.#day.snapshot(writer)
    this.#week.snapshot(writer)
    writer.float64(this.#count)
    writer.float64(this.#last)
    writer.float64(this.#second)
    writer.float64(this.#third)
    writer.float64(this.#fast)
    writer.float64(this.#slow)
    writer.float64(this.#lastUsual)
    writer.float64(this.#variance)
  }

  restore(reader: SnapshotReader): void {
    this.#squares.restore(reader)
    this.#day.restore(reader)
    this.#week.restore(reader)
    this.#count = reader.float64()
    this.#last = reader.float64()
    this.#second = reader.float64()
    this.#third = reader.float64()
    this.#fast = reader.float64()
    this.#slow = reader.float64()
    this.#lastUsual = reader.float64()
    this.#variance = reader.float64()
  }
}

function within(error: number, reach: number): number {
  return Math.max(-reach, Math.min(reach, error))
}
