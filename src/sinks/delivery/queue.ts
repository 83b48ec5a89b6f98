/**
 * What waits for one sink: two lanes, so that alarms are never dropped for scores.
 *
 *   push ──▶ alarms ─┐
 *        └─▶ others ─┴─▶ nextBatch: the oldest alarms first, then the oldest others,
 *                        put back into the order in which they were pushed
 */

import type { Report } from '../../core/report.ts'
import { countOf } from '../../core/score-run.ts'
import type { Reports, ScoreRun } from '../../core/score-run.ts'
import type { Lane } from './lane.ts'

/** See the head of the file. */
export class ReportQueue {
  readonly #alarms: Lane
  readonly #others: Lane
  #sequence: number
  /** Lowest sequence number taken out and not settled; Infinity where all is. */
  #lowestOut = Infinity
  /** The same of what is no alarm. */
  #lowestOtherOut = Infinity

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

  /** The same of what is no alarm, and so is in no outbox. */
  get lowestOtherUnsettled(): number {
    return Math.min(this.#lowestOtherOut, firstOf(this.#others))
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

  push(report: Report | ScoreRun): void {
    const lane = report.kind === 'alarm' ? this.#alarms : this.#others
    lane.push(this.#sequence + 1, report)
    this.#sequence += report.kind === 'scores' ? report.count : 1
  }

  /** Forgets the oldest of each lane that is over its limit; returns how many it forgot. */
  trim(): number {
    return this.#others.trim() + this.#alarms.trim()
  }

  /** Takes out up to `reportsMax` reports: the oldest alarms, then the oldest others. */
  nextBatch(reportsMax: number): Reports {
    const alarms = Math.min(this.#alarms.count, reportsMax)
    const others = Math.min(this.#others.count, reportsMax - alarms)
    return this.#merged(alarms, others, { sequenceMax: Infinity, reportsMax })
  }

  /** Takes out up to `reportsMax` reports in their order, none of them beyond `sequenceMax`. */
  nextBatchUpTo(sequenceMax: number, reportsMax: number): Reports {
    return this.#merged(this.#alarms.count, this.#others.count, { sequenceMax, reportsMax })
  }

  /** The oldest of both lanes, back in the order in which they were pushed. */
  #merged(
    alarmsMax: number,
    othersMax: number,
    bounds: { sequenceMax: number; reportsMax: number },
  ): Reports {
    this.#lowestOut = this.lowestUnsettled
    const lowestOther = this.lowestOtherUnsettled
    const batch: (Report | ScoreRun)[] = []
    let alarms = alarmsMax
    let others = othersMax
    let left = bounds.reportsMax
    while (alarms + others > 0 && left > 0) {
      const alarmAt = alarms > 0 ? this.#alarms.firstSequence : Infinity
      const otherAt = others > 0 ? this.#others.firstSequence : Infinity
      if (Math.min(alarmAt, otherAt) > bounds.sequenceMax) break
      // Of a run no more than stands before the next alarm and the bound.
      const end = Math.min(alarmAt, bounds.sequenceMax + 1)
      const alarmNext = alarmAt < otherAt
      const next = alarmNext
        ? this.#alarms.shift(1)
        : this.#others.shift(Math.min(left, others, end - otherAt))
      const count = countOf([next])
      batch.push(next)
      left -= count
      if (alarmNext) alarms--
      else {
        others -= count
        this.#lowestOtherOut = lowestOther
      }
    }
    return batch
  }

  /** Says that what was taken out has reached the sink, or never will. */
  settle(): void {
    this.#lowestOut = Infinity
    this.#lowestOtherOut = Infinity
    this.#alarms.settle()
    this.#others.settle()
  }
}

/** Sequence number of the oldest in a lane; Infinity where it is empty. */
function firstOf(lane: Lane): number {
  return lane.count === 0 ? Infinity : lane.firstSequence
}
