/**
 * Futures by hierarchical temporal memory over all metrics of an objective: it learns which
 * states of the system follow which, and feeds its own predictions on to the end of the horizon.
 *
 *   mean of a pace ─▶ levels ─▶ pooler and memory ─▶ forecast of each metric ─┐ one pace ahead
 *                        ▲         (a copy of the state, nothing learned)      │
 *                        └─────────────────────────────────────────────────────┘ ten times
 *
 * - A pace is a tenth of the horizon, so there are ten steps whatever the horizon is.
 * - A level is a fifth of a metric's range, its usual one in the middle; the objective's metric has
 *   ten, half of them over the limit. What is usual has no bits: with bits for every metric at
 *   every level, some 500, a metric that leaves its level changed so few of them that the memory
 *   saw the same columns at all times and foresaw them. Now two states differ by what is unusual.
 * - How many paces the levels have stayed has bits too: without them the likeliest next state is
 *   the same one again, and what is fed on stays where it is for ever.
 * - P(over the limit at some step) = 1 - Π (1 - P of the step), by the forecast's distribution; and
 *   the share of columns that no cell had foreseen. Then the present comes back as it was.
 *
 * Source: the RUBiS study looked seven steps ahead; it fed the current value again.
 * Good at: sequences that came before. Bad at: all that this system has not gone through.
 * Cost: eleven records of a small memory and ten forecasts of each metric a pace; some 3 MB with
 * ten metrics, and 300 KB of snapshot.
 */

import type { SnapshotReader, SnapshotWriter } from '../../core/snapshot.ts'
import { Calendar } from '../../stats/calendar.ts'
import { futuresLimit } from '../../warning/futures.ts'
import type { Futures, FuturesMaker, FuturesPlan } from '../../warning/futures.ts'
import { Forecaster } from './forecaster.ts'
import { Kernels } from './kernel.ts'
import type { Kernel } from './kernel.ts'
import { newNetwork } from './network.ts'
import { htmPresets } from './presets.ts'

/** Of the network's input: bits of a metric, and how many of them stand for a level. */
const fieldBits = 105
const levelBits = 21
const usualLevel = 2
const levels = 5
/** The objective's levels overlap, so that near ones are alike. */
const shareLevels = 10
const shareStep = Math.floor((fieldBits - levelBits) / (shareLevels - 1))

const settings = {
  ...htmPresets.small,
  // The linear encoder's sizes: its bits are written here.
  encoder: 'linear',
  valueBits: fieldBits,
} as const

/** Paces without another level that are told apart. */
const stayedMax = 4
const steps = 10
/** How fast forecasts follow. Of .02 and .05 the latter did no worse on the recorded shops. */
const forecastRate = 0.05
/** As in htm.ts. */
const forecastRowsPerActive = 64
/** Different numbers of metrics in one process that share their pooler's initial matrix. */
const matricesMax = 8

/** See the head of the file. The objective's metric is field 0, the metrics follow. */
export class HtmFutures implements Futures {
  readonly #kernel: Kernel
  readonly #forecasters: readonly Forecaster[]
  readonly #paceSamples: number
  readonly #steps: number
  /** Sums of the pace under way, then the values of a step, by field. */
  readonly #sums: Float64Array
  readonly #values: Float64Array
  readonly #levels: Int32Array
  readonly #inputs: Uint16Array
  /** Paces since a level was another one. */
  #stayed = 0
  #samples = 0
  probability = 0
  samplesLeft = Infinity
  surprise = 0

  constructor({ metrics, horizonSamples, seed }: FuturesPlan, kernels: Kernels) {
    const fieldCount = metrics + 1
    const inputFields = fieldCount + 1
    const calendar = new Calendar('UTC')
    this.#kernel = newNetwork({ settings, fieldCount: inputFields, seed, calendar, kernels }).kernel
    const { columns, activeColumns } = settings
    const forecaster = {
      featureCount: columns * 33,
      momentCount: 0,
      horizons: [1],
      rate: forecastRate,
      rowsMax: forecastRowsPerActive * activeColumns,
    }
    this.#forecasters = Array.from({ length: fieldCount }, () => new Forecaster(forecaster))
    this.#paceSamples = Math.max(1, Math.round(horizonSamples / steps))
    this.#steps = Math.ceil(horizonSamples / this.#paceSamples)
    this.#sums = new Float64Array(fieldCount)
    this.#values = new Float64Array(fieldCount)
    this.#levels = new Int32Array(fieldCount)
    this.#inputs = new Uint16Array(inputFields * levelBits)
  }

  update(share: number, values: Float64Array, learning: 'on' | 'masked'): void {
    const sums = this.#sums
    sums[0]! += share
    for (let i = 0; i < values.length; i++) sums[i + 1]! += values[i]!
    if (++this.#samples < this.#paceSamples) return
    for (let f = 0; f < sums.length; f++) this.#values[f] = sums[f]! / this.#samples
    sums.fill(0)
    this.#samples = 0
    this.#take(learning === 'on')
    this.#foresee()
  }

  /** Takes the pace that is over. */
  #take(learns: boolean): void {
    this.#kernel.update(this.#encoded(), learns)
    const features = this.#features()
    this.#forecasters.forEach((forecaster, f) => {
      forecaster.update(features, { bucket: this.#levels[f]!, value: this.#values[f]! }, learns)
    })
  }

  /** Feeds forecasts on as far as there are any. */
  #foresee(): void {
    const levelsNow = this.#levels.slice()
    const stayedNow = this.#stayed
    this.samplesLeft = Infinity
    let none = 1
    let unforeseen = 0
    let step = 0
    this.#kernel.keepPresent()
    while (step < this.#steps) {
      const over = this.#predict()
      if (Number.isNaN(over)) break
      none *= 1 - over
      step++
      const [share = 0] = this.#values
      if (share >= futuresLimit && this.samplesLeft === Infinity) {
        this.samplesLeft = step * this.#paceSamples
      }
      unforeseen += this.#kernel.update(this.#encoded(), false) / settings.activeColumns
    }
    this.#kernel.returnToPresent()
    this.#levels.set(levelsNow)
    this.#stayed = stayedNow
    this.probability = 1 - none
    this.surprise = step === 0 ? 0 : unforeseen / step
  }

  /**
   * Puts the values of the next pace in the place of the last ones; returns P(over the limit), NaN
   * where a value is not known.
   */
  #predict(): number {
    const features = this.#features()
    let over = NaN
    for (const [f, forecaster] of this.#forecasters.entries()) {
      const forecast = forecaster.forecast(1, features)
      if (forecast === undefined) return NaN
      if (f === 0) over = forecaster.probabilityFrom(futuresLimit)
      this.#values[f] = forecast.value
    }
    return over
  }

  /** Bits of the values and of how long they stay, ascending; notes both. */
  #encoded(): Uint16Array {
    let count = 0
    let changed = false
    for (let f = 0; f < this.#values.length; f++) {
      const value = this.#values[f]!
      const level = f === 0 ? shareLevel(value) : metricLevel(value)
      if (this.#levels[f] !== level) changed = true
      this.#levels[f] = level
      if (f > 0 && level === usualLevel) continue
      const first = f * fieldBits + level * (f === 0 ? shareStep : levelBits)
      for (let k = 0; k < levelBits; k++) this.#inputs[count++] = first + k
    }
    this.#stayed = changed ? 0 : Math.min(this.#stayed + 1, stayedMax)
    const first = this.#values.length * fieldBits + this.#stayed * levelBits
    for (let k = 0; k < levelBits; k++) this.#inputs[count++] = first + k
    return this.#inputs.subarray(0, count)
  }

  /** Active columns, and winner cells as far as there is room. */
  #features(): Uint32Array {
    const { columns, winners } = this.#kernel
    const firstColumn = settings.columns * 32
    const room = Math.min(winners.length, settings.activeColumns)
    const features = new Uint32Array(columns.length + room)
    columns.forEach((column, i) => (features[i] = firstColumn + column))
    features.set(winners.subarray(0, room), columns.length)
    return features
  }

  snapshot(writer: SnapshotWriter): void {
    this.#kernel.snapshot(writer)
    for (const forecaster of this.#forecasters) forecaster.snapshot(writer)
    writer.typedArray(this.#sums)
    writer.typedArray(this.#levels)
    for (const count of [this.#stayed, this.#samples]) writer.uint32(count)
    for (const value of [this.probability, this.samplesLeft, this.surprise]) writer.float64(value)
  }

  restore(reader: SnapshotReader): void {
    this.#kernel.restore(reader)
    for (const forecaster of this.#forecasters) forecaster.restore(reader)
    reader.typedArray(this.#sums)
    reader.typedArray(this.#levels)
    this.#stayed = reader.uint32()
    this.#samples = reader.uint32()
    this.probability = reader.float64()
    this.samplesLeft = reader.float64()
    this.surprise = reader.float64()
  }
}

function shareLevel(share: number): number {
  return Math.max(0, Math.min(shareLevels - 1, Math.floor(share * shareLevels)))
}

/** Within an eighth of a half, some 1.2 spreads of a pace's mean, is usual. */
function metricLevel(value: number): number {
  return Math.max(0, Math.min(levels - 1, Math.round((value - 0.5) * (levels - 1)) + usualLevel))
}

/** A maker whose futures share the compiled kernel and the initial matrices of poolers. */
export function futuresMaker(): FuturesMaker {
  const kernels = new Kernels(matricesMax)
  return (plan) => new HtmFutures(plan, kernels)
}
