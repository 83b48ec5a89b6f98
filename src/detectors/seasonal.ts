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
 * Cadence, cells and period: seasonal/outlook.ts. `forecast(h)` is what will be h samples ahead,
 * with the band that nine in ten lie in.
 *
 * Source: the equations and their sources in stats/seasonal-forecast.ts; the score is as of `ema`.
 * Cost: half a microsecond a sample, a search of half a millisecond now and then; 8 bytes a cell.
 */

import type { Assessment } from '../core/assessment.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { Calendar } from '../stats/calendar.ts'
import { deviationsOf } from '../stats/deviations.ts'
import { studentTail } from '../stats/student.ts'
import { bandDeviationsOption } from './averages/options.ts'
import type { Fact, Forecast, ForecastingDetector, HorizonForecast, Learning } from './detector.ts'
import { Outlook } from './seasonal/outlook.ts'
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

/** See the head of the file. */
export class Seasonal implements ForecastingDetector {
  readonly #options: SeasonalOptions
  readonly #outlook: Outlook
  #count = 0

  constructor(options: SeasonalOptions, calendar = new Calendar(options.timezone)) {
    this.#options = options
    const { cellMs, memorySamples } = options
    this.#outlook = new Outlook({ cellMs, cells: memorySamples, calendar })
  }

  update(timestampMs: number, value: number, learning: Learning, assessment: Assessment): void {
    const { probationSamples } = this.#options
    const inProbation = this.#count < probationSamples
    assessment.inProbation = inProbation
    assessment.probationSamples = probationSamples
    assessment.learnedSamples = this.#count
    if (inProbation) this.#count++
    this.#judge(timestampMs, value, assessment)
    if (inProbation || learning === 'on') this.#outlook.learn(timestampMs, value)
  }

  #judge(timestampMs: number, value: number, assessment: Assessment): void {
    const ahead = this.#outlook.at(timestampMs)
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

  /** The period that was found; 0 where there is none or it is not known yet. */
  get periodMs(): number {
    return this.#outlook.periodMs
  }

  forecast(horizonSamples: number): Forecast | undefined {
    return this.#outlook.forecast(horizonSamples)
  }

  forecasts(): readonly HorizonForecast[] {
    const { horizonSamples, probationSamples } = this.#options
    return this.#count < probationSamples ? [] : this.#outlook.forecasts(horizonSamples)
  }

  describe(): readonly Fact[] {
    const next = this.forecast(1)
    return [
      { name: 'cadence', value: this.#outlook.cadenceMs, unit: 'ms' },
      { name: 'cell', value: this.#outlook.cellMs, unit: 'ms' },
      { name: 'period', value: this.periodMs, unit: 'ms' },
      { name: 'remainder that lasts to the next cell', value: this.#outlook.memory, unit: 'share' },
      ...(next === undefined ? [] : [{ name: 'next value', value: next.value }]),
    ]
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.#count)
    this.#outlook.snapshot(writer)
  }

  restore(reader: SnapshotReader): void {
    this.#count = reader.float64()
    this.#outlook.restore(reader)
  }
}
