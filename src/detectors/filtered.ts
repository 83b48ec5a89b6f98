/**
 * A detector with score filters behind it is again a detector.
 *
 *   value ─▶ detector ─▶ filter ─▶ filter ─▶ score
 *                └── one assessment, rewritten on its way ──┘
 *
 * In probation the filters run too, on the raw score, so that what they learn does not start from
 * nothing; what leaves the chain is then 0, as for every detector. A sample that the detector could
 * not score at all (`scored` is false) passes over them; a filter may look at it as it passes.
 *
 * Cost: one virtual call a filter; one object and one array a series.
 */

import type { Assessment } from '../core/assessment.ts'
import type { WarningFacts } from '../core/report.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { forecastsOf } from './detector.ts'
import type {
  Detector,
  Fact,
  Forecast,
  ForecastingDetector,
  HorizonForecast,
  Learning,
  ScoreFilter,
} from './detector.ts'

class FilteredDetector implements ForecastingDetector {
  readonly #detector: Detector
  readonly #filters: readonly ScoreFilter[]

  constructor(detector: Detector, filters: readonly ScoreFilter[]) {
    this.#detector = detector
    this.#filters = filters
  }

  update(timestampMs: number, value: number, learning: Learning, assessment: Assessment): void {
    this.#detector.update(timestampMs, value, learning, assessment)
    const filters = this.#filters
    if (!assessment.scored) {
      for (const filter of filters) filter.pass?.(timestampMs, value)
      return
    }
    assessment.detectorScore = assessment.rawScore
    if (assessment.inProbation) assessment.score = Math.min(1, Math.max(0, assessment.rawScore))
    for (let i = 0; i < filters.length; i++) {
      filters[i]?.apply(value, learning, assessment, timestampMs)
    }
    if (assessment.inProbation) assessment.score = 0
  }

  describe(): readonly Fact[] {
    return this.#detector.describe?.() ?? []
  }

  takeFields(values: readonly number[]): void {
    this.#detector.takeFields?.(values)
  }

  forecast(horizonSamples: number): Forecast | undefined {
    const detector: Partial<ForecastingDetector> = this.#detector
    return detector.forecast?.(horizonSamples)
  }

  forecasts(): readonly HorizonForecast[] {
    return forecastsOf(this.#detector)
  }

  warnings(): readonly WarningFacts[] {
    return this.#detector.warnings?.() ?? []
  }

  snapshot(writer: SnapshotWriter): void {
    this.#detector.snapshot(writer)
    for (const filter of this.#filters) filter.snapshot(writer)
  }

  restore(reader: SnapshotReader): void {
    this.#detector.restore(reader)
    for (const filter of this.#filters) filter.restore(reader)
  }
}

/** The detector with the filters behind it, in order; the detector itself where there are none. */
export function filtered(detector: Detector, filters: readonly ScoreFilter[]): Detector {
  return filters.length === 0 ? detector : new FilteredDetector(detector, filters)
}
