/** What a detector says of the future, as reports. */

import { hash64 } from '../core/hash.ts'
import type { Labels } from '../core/labels.ts'
import type { Observation } from '../core/observation.ts'
import type { Report } from '../core/report.ts'
import { forecastsOf } from '../detectors/detector.ts'
import type { Detector } from '../detectors/detector.ts'

/** What of a series these reports name, and which of them are wanted. */
interface Foreseeing {
  readonly labels: Labels
  readonly rule: {
    readonly name: string
    readonly reportForecasts?: boolean
    readonly warns?: boolean
  }
}

/** Appends reports of the forecasts and warnings that a detector has after an observation. */
export function addForesight(
  detector: Detector,
  { labels, rule }: Foreseeing,
  { timestampMs, origin, index }: Observation,
  reports: Report[],
): void {
  if (rule.reportForecasts === true) {
    for (const { aheadMs, ...told } of forecastsOf(detector)) {
      const predictedMs = timestampMs + aheadMs
      reports.push({ kind: 'forecast', labels, timestampMs, predictedMs, ...told, origin, index })
    }
  }
  if (rule.warns !== true) return
  for (const facts of detector.warnings?.() ?? []) {
    const { toldMs, onsetMs } = facts
    const moment = Number.isNaN(toldMs) ? `missed\n${onsetMs}` : String(toldMs)
    const warningId = hash64(`${rule.name}\n${labels.key}\n${moment}`)
    const place = { labels, timestampMs, origin, index }
    reports.push({ kind: 'warning', warningId, rule: rule.name, ...place, ...facts })
  }
}
