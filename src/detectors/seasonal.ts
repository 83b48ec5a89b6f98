/**
 * Seasonal detector: finds the period of a series by itself, and forecasts.
 *
 * What the series was at this place of its period, a day or a week or whatever it has, and how
 * far it is from that now, say what it will be next and for a long time ahead. A sample is unusual
 * by its distance from what was foretold for its moment, in usual errors of such a forecast.
 *
 *   ŷ, s = forecast for the moment of x (stats/seasonal-forecast.ts)      z = |x - ŷ| / s
 *
 * Raw score: z. Score: the share of Student's t, four degrees of freedom, that lies nearer than z.
 *
 * The first samples tell the cadence; cells of that length make up the period. `forecast(h)` is
 * what will be h samples ahead, with the band that nine in ten lie in.
 *
 * Source: the equations and their sources in stats/seasonal-forecast.ts; the score is as of `ema`.
 * Cost: half a microsecond a sample, a search of half a millisecond now and then; 8 bytes a cell.
 */

import type { Assessment } from '../core/assessment.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { Cadence } from '../stats/cadence.ts'
import { Calendar } from '../stats/calendar.ts'
import { deviationsOf } from '../stats/deviations.ts'
import { bandProbability, SeasonalForecast } from '../stats/seasonal-forecast.ts'
import { studentTail } from '../stats/student.ts'
import { bandDeviationsOption } from './averages/options.ts'
import type { Fact, Forecast, ForecastingDetector, HorizonForecast, Learning } from './detector.ts'
import { timezoneOption } from './timezone.ts'

/** Options of the detector. */
export const seasonalOptions = {
  horizonSamples: {
    kind: 'integer',
    min: 1,
    max: 100_000,
    default: 12,
    about: 'How many samples ahead is told in forecasts, besides the next one.',
  },
  cellMs: {
    kind: 'duration',
    min: 0,
    max: 86_400_000,
    default: 0,
    shapesState: true,
    about:
      'Samples within one such time count as one. 0: the cadence of the series. Longer ones let ' +
      'it see longer periods.',
  },
  memorySamples: {
    kind: 'integer',
    min: 64,
    max: 65_536,
    default: 4096,
    shapesState: true,
    about: 'Cells that are remembered, at 8 bytes each. A period is found up to half as long.',
  },
  bandDeviations: bandDeviationsOption,
  timezone: timezoneOption,
  probationSamples: {
    kind: 'integer',
    min: 1,
    max: 1e9,
    default: 288,
    about: 'The first samples, learned but not judged. 288 is a day of five minutes.',
  },
} as const satisfies OptionSpecs

export type SeasonalOptions = OptionsOf<typeof seasonalOptions>

/** Samples until the cadence is known: the median of seven distances. */
const waitingMax = 8

/** See the head of the file. */
export class Seasonal implements ForecastingDetector {
  readonly #options: SeasonalOptions
  readonly #calendar: Calendar
  readonly #cadence = new Cadence()
  #waiting: number[] = []
  #forecast: SeasonalForecast | undefined
  #cellMs = 0
  #lastMs = NaN
  #count = 0

  constructor(options: SeasonalOptions, calendar = new Calendar(options.timezone)) {
    this.#options = options
    this.#calendar = calendar
  }

  update(timestampMs: number, value: number, learning: Learning, assessment: Assessment): void {
    const { probationSamples } = this.#options
    const inProbation = this.#count < probationSamples
    assessment.inProbation = inProbation
    assessment.probationSamples = probationSamples
    assessment.learnedSamples = this.#count
    if (inProbation) this.#count++
    this.#judge(timestampMs, value, assessment)
    if (!inProbation && learning === 'masked') return
    this.#lastMs = timestampMs
    this.#cadence.take(timestampMs)
    if (this.#forecast === undefined) this.#wait(timestampMs, value)
    else this.#forecast.push(timestampMs, value)
  }

  #judge(timestampMs: number, value: number, assessment: Assessment): void {
    const ahead = this.#forecast?.at(timestampMs)
    if (ahead === undefined) {
      assessment.scored = false
      return
    }
    const halfBand = this.#options.bandDeviations * ahead.deviation
    assessment.expected = ahead.value
    assessment.lower = ahead.value - halfBand
    assessment.upper = ahead.value + halfBand
    assessment.rawScore = deviationsOf(value - ahead.value, ahead.deviation, ahead.value)
    if (!assessment.inProbation) assessment.score = 1 - studentTail(assessment.rawScore)
  }

  /** Keeps the first samples until the cadence is known. */
  #wait(timestampMs: number, value: number): void {
    this.#waiting.push(timestampMs, value)
    if (this.#waiting.length < 2 * waitingMax) return
    this.#begin(this.#options.cellMs || Math.max(1, this.#cadence.usualMs))
    for (let i = 0; i < this.#waiting.length; i += 2) {
      this.#forecast?.push(this.#waiting[i]!, this.#waiting[i + 1]!)
    }
    this.#waiting = []
  }

  #begin(cellMs: number): SeasonalForecast {
    this.#cellMs = cellMs
    this.#forecast = new SeasonalForecast({
      cellMs,
      cells: this.#options.memorySamples,
      calendar: this.#calendar,
    })
    return this.#forecast
  }

  /** The period that was found; 0 where there is none or it is not known yet. */
  get periodMs(): number {
    return this.#forecast?.periodMs ?? 0
  }

  forecast(horizonSamples: number): Forecast | undefined {
    const aheadMs = horizonSamples * this.#cadence.usualMs
    const ahead = this.#forecast?.at(this.#lastMs + aheadMs)
    if (ahead === undefined) return undefined
    const { value, lower, upper } = ahead
    return { value, lower, upper, probability: bandProbability }
  }

  forecasts(): readonly HorizonForecast[] {
    if (this.#count < this.#options.probationSamples) return []
    const { horizonSamples } = this.#options
    const horizons = horizonSamples === 1 ? [1] : [1, horizonSamples]
    const cadenceMs = this.#cadence.usualMs
    return horizons.flatMap((each) => {
      const forecast = this.forecast(each)
      if (forecast === undefined) return []
      return [{ horizonSamples: each, aheadMs: each * cadenceMs, ...forecast }]
    })
  }

  describe(): readonly Fact[] {
    const next = this.forecast(1)
    return [
      { name: 'cadence', value: this.#cadence.usualMs, unit: 'ms' },
      { name: 'cell', value: this.#cellMs, unit: 'ms' },
      { name: 'period', value: this.periodMs, unit: 'ms' },
      { name: 'remainder that lasts to the next cell', value: this.#memory, unit: 'share' },
      ...(next === undefined ? [] : [{ name: 'next value', value: next.value }]),
    ]
  }

  get #memory(): number {
    return this.#forecast?.memory ?? 0
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.#count)
    writer.float64(this.#lastMs)
    this.#cadence.snapshot(writer)
    writer.float64(this.#cellMs)
    if (this.#forecast !== undefined) this.#forecast.snapshot(writer)
    else writer.typedArray(Float64Array.from(this.#waiting))
  }

  restore(reader: SnapshotReader): void {
    this.#count = reader.float64()
    this.#lastMs = reader.float64()
    this.#cadence.restore(reader)
    const cellMs = reader.float64()
    if (cellMs > 0) this.#begin(cellMs).restore(reader)
    else this.#waiting = [...new Float64Array(reader.bytes().slice().buffer)]
  }
}
