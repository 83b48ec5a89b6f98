/**
 * What was last said of the future of one series: one row a horizon, all made after one sample.
 *
 * Cost: 32 bytes a horizon.
 */

import { knownOrNull } from '../../core/feed.ts'
import type { ForecastColumns } from '../../core/feed.ts'
import type { ForecastReport } from '../../core/report.ts'

/** See the head of the file. */
export class LastForecast {
  #madeMs = -Infinity
  #reports: ForecastReport[] = []

  /** The first one made after another sample takes the place of all before it. */
  take(report: ForecastReport): void {
    if (report.timestampMs !== this.#madeMs) this.#reports = []
    this.#madeMs = report.timestampMs
    this.#reports.push(report)
  }

  /** Undefined where none was made after the sample of this time. */
  columns(lastMs: number | undefined): ForecastColumns | undefined {
    if (this.#madeMs !== lastMs) return undefined
    const reports = this.#reports
    return {
      timestampMs: reports.map(({ predictedMs }) => predictedMs),
      value: reports.map(({ value }) => knownOrNull(value)),
      lower: reports.map(({ lower }) => knownOrNull(lower)),
      upper: reports.map(({ upper }) => knownOrNull(upper)),
    }
  }
}
