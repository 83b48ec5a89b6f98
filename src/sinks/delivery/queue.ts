/**
 * What waits for one sink: two lanes, so that alarms are never dropped for scores.
 *
 *   push ──▶ alarms ─┐
 *        └─▶ others ─┴─▶ nextBatch: the oldest alarms first, then the oldest others,
 *                        put back into the order in which they were pushed
 */

import type { Report } from '../../core/report.ts'
import type { Lane } from './lane.ts'

/** See the head of the file. */
export class ReportQueue {
  readonly #alarms: Lane
  readonly #others: Lane
  #sequence = 0

  constructor(alarms: Lane, others: Lane) {
    this.#alarms = alarms
    this.#others = others
  }

  get count(): number {
    return this.#alarms.count + this.#others.count
  }

  get limit(): number {
    return this.#alarms.limit + this.#others.limit
  }

  get alarmCount(): number {
    return this.#alarms.count
  }

  /** True while neither lane holds more than its limit. */
  get hasRoom(): boolean {
    return this.#others.count <= this.#others.limit && this.#alarms.count <= this.#alarms.limit
  }

  push(report: Report): void {
    const lane = report.kind === 'alarm' ? this.#alarms : this.#others
    lane.push(++this.#sequence, report)
  }

  /** Forgets the oldest of each lane that is over its limit; returns how many it forgot. */
  trim(): number {
    return this.#others.trim() + this.#alarms.trim()
  }

  /** Takes out up to `reportsMax` reports. */
  nextBatch(reportsMax: number): Report[] {
    const batch: Report[] = []
    let alarms = Math.min(this.#alarms.count, reportsMax)
    let others = Math.min(this.#others.count, reportsMax - alarms)
    while (alarms + others > 0) {
      const alarmNext =
        others === 0 || (alarms > 0 && this.#alarms.firstSequence < this.#others.firstSequence)
      batch.push((alarmNext ? this.#alarms : this.#others).shift())
      if (alarmNext) alarms--
      else others--
    }
    return batch
  }

  /** Says that what was taken out has reached the sink, or never will. */
  settle(): void {
    this.#alarms.settle()
    this.#others.settle()
  }
}
