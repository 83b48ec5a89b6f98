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
  #sequence: number
  /** Lowest sequence number taken out and not settled; Infinity where all is. */
  #lowestOut = Infinity

  /** `lastSequence`: the newest that is in the lanes already. */
  constructor(alarms: Lane, others: Lane, lastSequence = 0) {
    this.#alarms = alarms
    this.#others = others
    this.#sequence = lastSequence
  }

  /** Sequence number of the last report that was pushed. */
  get lastSequence(): number {
    return this.#sequence
  }

  /** The lowest sequence number that has not reached the sink; Infinity where all has. */
  get lowestUnsettled(): number {
    return Math.min(this.#lowestOut, firstOf(this.#alarms), firstOf(this.#others))
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

  /** Takes out up to `reportsMax` reports, none of them beyond `sequenceMax`. */
  nextBatch(reportsMax: number, sequenceMax = Infinity): Report[] {
    const batch: Report[] = []
    let alarms = Math.min(this.#alarms.count, reportsMax)
    let others = Math.min(this.#others.count, reportsMax - alarms)
    this.#lowestOut = Math.min(this.#lowestOut, firstOf(this.#alarms), firstOf(this.#others))
    while (alarms + others > 0) {
      const alarmNext =
        others === 0 || (alarms > 0 && this.#alarms.firstSequence < this.#others.firstSequence)
      const lane = alarmNext ? this.#alarms : this.#others
      if (lane.firstSequence > sequenceMax) break
      batch.push(lane.shift())
      if (alarmNext) alarms--
      else others--
    }
    return batch
  }

  /** Says that what was taken out has reached the sink, or never will. */
  settle(): void {
    this.#lowestOut = Infinity
    this.#alarms.settle()
    this.#others.settle()
  }
}

/** Sequence number of the oldest in a lane; Infinity where it is empty. */
function firstOf(lane: Lane): number {
  return lane.count === 0 ? Infinity : lane.firstSequence
}
