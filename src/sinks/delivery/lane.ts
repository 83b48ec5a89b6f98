/**
 * A lane: reports of one urgency that wait for their sink, oldest first, scores as runs where they
 * came so.
 *
 *   head ▼                         ▼ tail
 *      ┌───┬───┬───┬───┬───┬───┬───┬───┐
 *      │   │ 7 │ 8 │ 9 │ 10│   │   │   │    a ring of a power of two slots, doubled when full
 *      └───┴───┴───┴───┴───┴───┴───┴───┘
 *
 * Every report has the sequence number under which it was offered, so that two lanes can be merged
 * back into the order in which reports came. A lane may be overfull between `push` and `trim`.
 *
 * The interface is the seam for an outbox on disk: such a lane keeps what it hands out until
 * `settle` says that the sink has it. This one forgets it when it hands it out.
 *
 * Cost: O(1) for each report or run, amortised; memory of twice the most that ever waited.
 */

import type { Report } from '../../core/report.ts'
import { countOf } from '../../core/score-run.ts'
import type { ScoreRun } from '../../core/score-run.ts'

/** Reports waiting, oldest first. */
export interface Lane {
  /** How many wait. */
  readonly count: number
  /** How many may wait. */
  readonly limit: number
  /** Sequence number of the oldest; only while `count` is over 0. */
  readonly firstSequence: number
  /** `sequence`: of the first of a run. */
  push(sequence: number, report: Report | ScoreRun): void
  /** Hands out the oldest, of a run up to so many; only while `count` is over 0. */
  shift(atMost: number): Report | ScoreRun
  /** Forgets the oldest until no more than `limit` wait; returns how many it forgot. */
  trim(): number
  /** Says that the sink has everything that was handed out, or never will. */
  settle(): void
}

/** Slots of a new ring. A power of two. */
const firstSlots = 64

/** A lane in memory. */
export class MemoryLane implements Lane {
  readonly limit: number
  #reports: (Report | ScoreRun | undefined)[] = Array.from({ length: firstSlots }, () => undefined)
  #sequences = new Float64Array(firstSlots)
  #head = 0
  /** Slots in use, and reports in them. */
  #used = 0
  #count = 0

  constructor(limit: number) {
    this.limit = limit
  }

  get count(): number {
    return this.#count
  }

  get firstSequence(): number {
    return this.#sequences[this.#head] ?? NaN
  }

  push(sequence: number, report: Report | ScoreRun): void {
    if (this.#used === this.#reports.length) this.#double()
    const slot = (this.#head + this.#used) & (this.#reports.length - 1)
    this.#reports[slot] = report
    this.#sequences[slot] = sequence
    this.#used++
    this.#count += report.kind === 'scores' ? report.count : 1
  }

  #double(): void {
    const slots = this.#reports.length
    const sequences = new Float64Array(slots * 2)
    const reports: (Report | ScoreRun | undefined)[] = Array.from(
      { length: slots * 2 },
      () => undefined,
    )
    for (let i = 0; i < this.#used; i++) {
      const slot = (this.#head + i) & (slots - 1)
      reports[i] = this.#reports[slot]
      sequences[i] = this.#sequences[slot] ?? NaN
    }
    this.#reports = reports
    this.#sequences = sequences
    this.#head = 0
  }

  shift(atMost: number): Report | ScoreRun {
    const report = this.#reports[this.#head]
    if (report === undefined) throw new RangeError('an empty lane has no oldest report')
    if (report.kind === 'scores' && report.count > atMost) {
      this.#reports[this.#head] = report.slice(atMost, report.count)
      this.#sequences[this.#head]! += atMost
      this.#count -= atMost
      return report.slice(0, atMost)
    }
    this.#reports[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#reports.length - 1)
    this.#used--
    this.#count -= report.kind === 'scores' ? report.count : 1
    return report
  }

  trim(): number {
    const surplus = Math.max(0, this.#count - this.limit)
    for (let left = surplus; left > 0;) left -= countOf([this.shift(left)])
    return surplus
  }

  settle(): void {
    // What was handed out is forgotten already.
  }
}
