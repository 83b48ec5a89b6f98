/**
 * Objectives and their breaches.
 *
 *   value   ──▁▂▁▁▃█▁▁▂▄███████▇▂▁▁▁──      █ at or over the limit
 *                           ▲      ▲
 *                         onset   end       hold = 3 samples
 *
 * A breach is `hold` samples in a row at or over the limit; its onset is the first of them, known
 * only at the last. It ends at the first of `hold` samples in a row under the limit. A sample that
 * is missing because nothing was answered counts as over: whoever makes the samples says so.
 */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'

/** A stated limit on a metric. */
export interface Objective {
  /** Which of the metrics judged together. */
  readonly metric: string
  /** A value at or over it is over the limit. */
  readonly limit: number
  readonly holdSamples: number
}

/** What a sample changed: `begins` at the sample that completes the hold. */
export type BreachChange = 'none' | 'begins' | 'ends'

/** See the head of the file. */
export class BreachWatch {
  readonly #objective: Objective
  #over = 0
  #under = 0
  /** A breach is under way. */
  broken = false

  constructor(objective: Objective) {
    this.#objective = objective
  }

  /** True while a breach is under way or may be beginning: no warning is of use any more. */
  get over(): boolean {
    return this.broken || this.#over > 0
  }

  update(value: number): BreachChange {
    const { limit, holdSamples } = this.#objective
    const isOver = !(value < limit)
    this.#over = isOver ? this.#over + 1 : 0
    this.#under = isOver ? 0 : this.#under + 1
    if (!this.broken && this.#over >= holdSamples) {
      this.broken = true
      return 'begins'
    }
    if (this.broken && this.#under >= holdSamples) {
      this.broken = false
      return 'ends'
    }
    return 'none'
  }

  snapshot(writer: SnapshotWriter): void {
    writer.uint32(this.#over)
    writer.uint32(this.#under)
    writer.boolean(this.broken)
  }

  restore(reader: SnapshotReader): void {
    this.#over = reader.uint32()
    this.#under = reader.uint32()
    this.broken = reader.boolean()
  }
}
