/** What a detector says of the future, as a report. */

import type { Labels } from '../core/labels.ts'
import type { Observation } from '../core/observation.ts'
import type { ForecastReport } from '../core/report.ts'
import type { HorizonForecast } from '../detectors/detector.ts'

/** The report of a forecast made after an observation. */
export function forecastReport(
  labels: Labels,
  { timestampMs, origin, index }: Observation,
  forecast: HorizonForecast,
): ForecastReport {
  const { aheadMs, ...told } = forecast
  const predictedMs = timestampMs + aheadMs
  return { kind: 'forecast', labels, timestampMs, predictedMs, ...told, origin, index }
}
