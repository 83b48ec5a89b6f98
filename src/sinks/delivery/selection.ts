/**
 * Which reports a sink is handed: those of the kinds that it accepts, about the series that are
 * meant. A report about no known series (a line that could not be read) is always meant. A sink
 * that calls people is handed only those alarms that are news to people and that nobody silenced.
 *
 * Cost: nothing where every series is meant; else a look-up by the Labels object.
 */

import type { Labels } from '../../core/labels.ts'
import { isForPeople } from '../../core/report.ts'
import type { Report, ReportKind } from '../../core/report.ts'
import { SeriesPattern } from '../../core/series-pattern.ts'
import type { DeliveryOptions } from './options.ts'

/** See the head of the file. */
export class Selection {
  readonly #kinds: ReadonlySet<ReportKind>
  readonly #pattern: SeriesPattern | undefined
  readonly #forPeople: boolean
  readonly #known = new WeakMap<Labels, boolean>()

  /** `callsPeople`: what `silenced: usual` means for the sink. */
  constructor(
    kinds: ReadonlySet<ReportKind>,
    { match, silenced }: Pick<DeliveryOptions, 'match' | 'silenced'>,
    callsPeople: boolean,
  ) {
    this.#kinds = kinds
    this.#pattern = match === '*' ? undefined : new SeriesPattern(match)
    this.#forPeople = silenced === 'skip' || (silenced === 'usual' && callsPeople)
  }

  has(report: Report): boolean {
    if (!this.#kinds.has(report.kind)) return false
    if (this.#forPeople && report.kind === 'alarm' && !isForPeople(report)) return false
    if (this.#pattern === undefined || report.labels === undefined) return true
    let meant = this.#known.get(report.labels)
    if (meant === undefined) {
      meant = this.#pattern.matches(report.labels)
      this.#known.set(report.labels, meant)
    }
    return meant
  }
}
