/**
 * Which reports a sink is handed: those of the kinds that it accepts, about the series that are
 * meant. A report about no known series (a line that could not be read) is always meant.
 *
 * Cost: nothing where every series is meant; else a look-up by the Labels object.
 */

import type { Labels } from '../../core/labels.ts'
import type { Report, ReportKind } from '../../core/report.ts'
import { SeriesPattern } from '../../core/series-pattern.ts'
import type { SeriesPatternText } from '../../core/series-pattern.ts'

/** See the head of the file. */
export class Selection {
  readonly #kinds: ReadonlySet<ReportKind>
  readonly #pattern: SeriesPattern | undefined
  readonly #known = new WeakMap<Labels, boolean>()

  constructor(kinds: ReadonlySet<ReportKind>, match: SeriesPatternText) {
    this.#kinds = kinds
    this.#pattern = match === '*' ? undefined : new SeriesPattern(match)
  }

  has(report: Report): boolean {
    if (!this.#kinds.has(report.kind)) return false
    if (this.#pattern === undefined || report.labels === undefined) return true
    let meant = this.#known.get(report.labels)
    if (meant === undefined) {
      meant = this.#pattern.matches(report.labels)
      this.#known.set(report.labels, meant)
    }
    return meant
  }
}
