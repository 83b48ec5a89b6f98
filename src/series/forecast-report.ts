/** What a detector says of the future, as reports. */

import type { Labels } from '../core/labels.ts'
import type { Observation } from '../core/observation.ts'
import type { Report } from '../core/report.ts'
import { forecastsOf } from '../detectors/detector.ts'
import type { Detector } from '../detectors/detector.ts'

/** Appends a report for each forecast that a detector makes after an observation. */
export function addForecasts(
  detector: Detector,
  labels: Labels,
  { timestampMs, origin, index }: Observation,
  reports: Report[],
): void {
  for (const { aheadMs, ...told } of forecastsOf(detector)) {
    const predictedMs = timestampMs + aheadMs
    reports.push({ kind: 'forecast', labels, timestampMs, predictedMs, ...told, origin, index })
  }
}
