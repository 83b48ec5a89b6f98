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
import type { Reports, ScoreRun } from '../../core/score-run.ts'
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

  /** What of a run it is; few of many are reports of their own, so that they keep no others. */
  of(run: ScoreRun): Reports {
    if (!this.#kinds.has('score')) return []
    if (this.#pattern === undefined) return [run]
    const meant: number[] = []
    for (let i = 0; i < run.count; i++) if (this.#means(run.labelsAt(i))) meant.push(i)
    return meant.length === run.count ? [run] : meant.map((i) => run.report(i))
  }

  has(report: Report): boolean {
    if (!this.#kinds.has(report.kind)) return false
    if (this.#forPeople && report.kind === 'alarm' && !isForPeople(report)) return false
    return report.labels === undefined || this.#means(report.labels)
  }

  #means(labels: Labels): boolean {
    if (this.#pattern === undefined) return true
    let meant = this.#known.get(labels)
    if (meant === undefined) {
      meant = this.#pattern.matches(labels)
      this.#known.set(labels, meant)
    }
    return meant
  }
}
