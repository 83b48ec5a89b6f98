/**
 * Hierarchical temporal memory: learns which values follow which, in context, and scores how much
 * of each value it had not foreseen.
 *
 *   value, time ─▶ encoder ─▶ spatial pooler ─▶ temporal memory ─▶ raw score
 *                  some bits   some columns      cells in context    share of columns unforeseen
 *                                                      └─▶ forecaster ─▶ expected, band, forecasts
 *
 * Raw score and score: the share of active columns that no cell had predicted, 0 to 1. It is
 * restless by nature; the score filter `likelihood` makes a tail probability of it.
 *
 * The encoder needs the range of the values. It is taken from the first half of probation, which
 * waits meanwhile; then waiting samples are learned five for each one that comes, until none waits.
 * Until then a sample is not scored.
 *
 * Source: Cui, Ahmad, Hawkins 2016; Ahmad, Lavin, Purdy, Agha 2017; the parts say theirs.
 * Good at: sequences that repeat with variations. Bad at: a flat line inside a periodic series,
 * which is foreseen at every step.
 * Masked samples are scored and move the context on; weights, range and expected band stay.
 * Cost: docs/algorithms/htm.md, and `bench/speed/htm.ts` for this machine.
 */

import type { Assessment } from '../core/assessment.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { Cadence } from '../stats/cadence.ts'
import { Calendar } from '../stats/calendar.ts'
import type { Forecast, ForecastingDetector, HorizonForecast, Learning } from './detector.ts'
import { HtmGroup } from './htm-group.ts'
import { Forecaster } from './htm/forecaster.ts'
import { Kernels } from './htm/kernel.ts'
import { newNetwork } from './htm/network.ts'
import type { Network } from './htm/network.ts'
import { settingsOf } from './htm/options.ts'
import type { HtmOptions } from './htm/options.ts'
import type { HtmSettings } from './htm/presets.ts'
import { LearnedRange } from './htm/value-range.ts'
import { WaitingSamples } from './htm/waiting-samples.ts'
import { calendars } from './timezone.ts'

/** Waiting samples learned for each that comes: done by five eighths of probation. */
const catchUpSamples = 5

/**
 * Rows of the forecaster for each active column: some contexts of each. By measurement: 64 err less
 * than 128 on realAWSCloudwatch and 1 % more on nyc_taxi.
 */
const forecastRowsPerActive = 64

/** Moments that the forecaster tells apart: quarters of an hour, and half hours of the week. */
const momentsOfDay = 96
const momentsOfWeek = 336

const dayMs = 86_400_000

/** Different settings in one process that share their pooler's initial matrix. */
const matricesMax = 8

/** The raw score of a moment to come, if its forecast comes true. */
export interface FutureScore {
  readonly horizonSamples: number
  readonly value: number
  readonly rawScore: number
}

/** See the head of the file. */
export class Htm implements ForecastingDetector {
  readonly #options: HtmOptions
  readonly #settings: HtmSettings
  readonly #calendar: Calendar
  readonly #network: Network
  readonly #range: LearnedRange
  readonly #waiting: WaitingSamples
  readonly #forecaster: Forecaster | undefined
  readonly #horizons: readonly number[]
  readonly #features: Uint32Array
  readonly #values = new Float64Array(1)
  #count = 0
  #rawScore = 0
  #lastMs = 0
  readonly #cadence = new Cadence()
  /** Of the last sample, where futures are scored. */
  #futures: readonly FutureScore[] | undefined
  #expected: Forecast | undefined

  constructor(
    options: HtmOptions,
    seed: number,
    kernels: Kernels,
    calendar = new Calendar(options.timezone),
  ) {
    const settings = settingsOf(options)
    this.#options = options
    this.#settings = settings
    this.#calendar = calendar
    const plan = { settings, fieldCount: 1, seed, calendar: this.#calendar, kernels }
    this.#network = newNetwork(plan)
    this.#range = new LearnedRange({
      paddingShare: settings.paddingShare,
      buckets: settings.buckets,
      blockSamples: options.probationSamples,
    })
    const needsRange = settings.encoder === 'random'
    this.#waiting = new WaitingSamples(needsRange ? Math.ceil(options.probationSamples / 2) : 0)
    this.#horizons = [...new Set(options.horizons.map(Number))].sort((a, b) => a - b)
    if (this.#horizons.length > 0) this.#forecaster = this.#newForecaster(this.#horizons)
    this.#features = new Uint32Array(2 * settings.activeColumns + 2)
  }

  #newForecaster(horizons: readonly number[]): Forecaster {
    const { columns, activeColumns } = this.#settings
    return new Forecaster({
      featureCount: columns * 33 + momentsOfDay + momentsOfWeek,
      momentCount: 2,
      horizons,
      rate: this.#options.forecastRate,
      rowsMax: forecastRowsPerActive * activeColumns,
    })
  }

  /** Segments and synapses of the temporal memory, for measurements. */
  get size(): { segments: number; synapses: number; bytes: number } {
    const { segmentCount, synapseCount, sizeBytes } = this.#network.kernel
    const bytes = sizeBytes + (this.#forecaster?.sizeBytes ?? 0)
    return { segments: segmentCount, synapses: synapseCount, bytes }
  }

  update(timestampMs: number, value: number, learning: Learning, assessment: Assessment): void {
    const { probationSamples } = this.#options
    const inProbation = this.#count < probationSamples
    assessment.inProbation = inProbation
    assessment.learnedSamples = Math.min(this.#count, probationSamples)
    assessment.probationSamples = probationSamples
    if (this.#expected !== undefined) {
      assessment.expected = this.#expected.value
      assessment.lower = this.#expected.lower
      assessment.upper = this.#expected.upper
      assessment.confidence = this.#expected.probability
    }
    const learns = learning === 'on' || inProbation
    if (learns) this.#count++
    const scored = this.#take(timestampMs, value, learns)
    assessment.scored = scored
    if (!scored) return
    assessment.rawScore = this.#rawScore
    if (!inProbation) assessment.score = this.#rawScore
  }

  /** Scores and learns the sample, or lets it wait; true if it was scored. */
  #take(timestampMs: number, value: number, learns: boolean): boolean {
    const waiting = this.#waiting
    if (waiting.done) {
      this.#process(timestampMs, value, learns)
      return true
    }
    waiting.add(timestampMs, value)
    if (!waiting.full) return false
    if (!waiting.opened) this.#range.lay(waiting.open())
    for (let k = 0; k < catchUpSamples && !waiting.done; k++) {
      const { timestampMs: thenMs, value: valueThen } = waiting.next()
      this.#process(thenMs, valueThen, true)
    }
    return waiting.done
  }

  #process(timestampMs: number, value: number, learns: boolean): void {
    const { encoder, kernel } = this.#network
    this.#cadence.take(timestampMs)
    this.#lastMs = timestampMs
    this.#values[0] = value
    encoder.encode(timestampMs, this.#values, [this.#range])
    this.#rawScore = kernel.update(encoder.active, learns) / this.#settings.activeColumns
    this.#foretell(timestampMs, value, learns)
    if (this.#options.futures === 'scored') this.#scoreFutures()
    if (learns) this.#range.note(value)
  }

  #foretell(timestampMs: number, value: number, learns: boolean): void {
    const forecaster = this.#forecaster
    if (forecaster === undefined) return
    const features = this.#features.subarray(0, this.#writeFeatures(timestampMs))
    const bucket = this.#network.encoder.buckets[0] as number
    forecaster.update(features, { bucket, value }, learns)
    if (learns) this.#expected = forecaster.forecast(1)
  }

  /** Columns, winner cells as far as there is room, and the moment; returns how many. */
  #writeFeatures(timestampMs: number): number {
    const { kernel } = this.#network
    const features = this.#features
    const firstColumn = this.#settings.columns * 32
    const firstMoment = firstColumn + this.#settings.columns
    let count = 0
    for (const column of kernel.columns) features[count++] = firstColumn + column
    for (const cell of kernel.winners) {
      if (count < features.length - 2) features[count++] = cell
    }
    const dayShare = this.#calendar.timeOfDayMs(timestampMs) / dayMs
    const weekShare = this.#calendar.timeOfWeekMs(timestampMs) / (7 * dayMs)
    features[count++] = firstMoment + Math.floor(dayShare * momentsOfDay)
    features[count++] = firstMoment + momentsOfDay + Math.floor(weekShare * momentsOfWeek)
    return count
  }

  /** An unusual future counts as much as an unusual present. */
  #scoreFutures(): void {
    this.#futures = this.futureScores()
    for (const { rawScore } of this.#futures) {
      if (rawScore > this.#rawScore) this.#rawScore = rawScore
    }
  }

  forecast(horizonSamples: number): Forecast | undefined {
    return this.#forecaster?.forecast(horizonSamples)
  }

  forecasts(): readonly HorizonForecast[] {
    const told: HorizonForecast[] = []
    if (this.#count <= this.#options.probationSamples || !this.#waiting.done) return told
    const futures = this.#options.futures === 'off' ? [] : (this.#futures ?? this.futureScores())
    const cadenceMs = this.#cadence.usualMs
    for (const horizonSamples of this.#horizons) {
      const forecast = this.forecast(horizonSamples)
      if (forecast === undefined) continue
      const each = { horizonSamples, aheadMs: horizonSamples * cadenceMs, ...forecast }
      const future = futures[horizonSamples - 1]
      told.push(future === undefined ? each : { ...each, rawScore: future.rawScore })
    }
    return told
  }

  /**
   * Feeds the forecasts on, as if they had come true one after the other, and says how unforeseen
   * each of them would be: for horizons 1, 2, … as far as they are learned. Nothing is learned and
   * the present stays as it is. A high score says that the series heads for something unusual.
   */
  futureScores(): FutureScore[] {
    const { encoder, kernel } = this.#network
    const forecasts: Forecast[] = []
    for (let h = 1, next = this.forecast(h); next !== undefined; next = this.forecast(++h)) {
      forecasts.push(next)
    }
    const cadenceMs = this.#cadence.usualMs
    kernel.keepPresent()
    const scores = forecasts.map(({ value }, k) => {
      this.#values[0] = value
      encoder.encode(this.#lastMs + (k + 1) * cadenceMs, this.#values, [this.#range])
      const rawScore = kernel.update(encoder.active, false) / this.#settings.activeColumns
      return { horizonSamples: k + 1, value, rawScore }
    })
    kernel.returnToPresent()
    return scores
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.#count)
    writer.float64(this.#rawScore)
    writer.float64(this.#lastMs)
    this.#cadence.snapshot(writer)
    this.#waiting.snapshot(writer)
    this.#range.snapshot(writer)
    this.#network.kernel.snapshot(writer)
    if (this.#forecaster === undefined) return
    this.#forecaster.snapshot(writer)
    writer.boolean(this.#expected !== undefined)
    const { value = 0, lower = 0, upper = 0, probability = 0 } = this.#expected ?? {}
    for (const number of [value, lower, upper, probability]) writer.float64(number)
  }

  restore(reader: SnapshotReader): void {
    this.#count = reader.float64()
    this.#rawScore = reader.float64()
    this.#lastMs = reader.float64()
    this.#cadence.restore(reader)
    this.#waiting.restore(reader)
    this.#range.restore(reader)
    this.#network.kernel.restore(reader)
    if (this.#forecaster === undefined) return
    this.#forecaster.restore(reader)
    const known = reader.boolean()
    const [value, lower, upper, probability] = [0, 0, 0, 0].map(() => reader.float64()) as [
      number,
      number,
      number,
      number,
    ]
    this.#expected = known ? { value, lower, upper, probability } : undefined
  }
}

/** Makes detectors of series, and of groups of so many fields. */
export interface HtmMaker {
  (options: HtmOptions, seed: number): Htm
  readonly group: (options: HtmOptions, seed: number, fieldCount: number) => HtmGroup
}

/** A maker of detectors that share the compiled kernel and the initial matrices of poolers. */
export function htmMaker(): HtmMaker {
  const kernels = new Kernels(matricesMax)
  const calendarOf = calendars()
  const make = (options: HtmOptions, seed: number): Htm =>
    new Htm(options, seed, kernels, calendarOf(options))
  const group = (options: HtmOptions, seed: number, fieldCount: number): HtmGroup =>
    new HtmGroup(options, { fieldCount, seed, kernels, calendar: calendarOf(options) })
  return Object.assign(make, { group })
}
