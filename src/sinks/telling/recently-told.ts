/**
 * Ids of the reports that a service took last, so that a batch that failed in its middle is not
 * told twice from its beginning. Bounded; a report that comes again much later is told again.
 */

import { reportId } from '../../core/report.ts'
import type { Report } from '../../core/report.ts'

/** More than the largest batch of alarms that waits at a time by default. */
const idsMax = 10_000

/** See the head of the file. */
export class RecentlyTold {
  readonly #ids = new Set<string>()

  has(report: Report): boolean {
    return this.#ids.has(reportId(report))
  }

  add(report: Report): void {
    this.#ids.add(reportId(report))
    if (this.#ids.size <= idsMax) return
    const [oldest] = this.#ids
    if (oldest !== undefined) this.#ids.delete(oldest)
  }
}
