/**
 * Refused input for people: how much of it, why, and the latest examples of each reason.
 *
 * Examples are kept by reason, so that a flood of one kind does not wash away the one line that
 * tells what else is wrong.
 *
 * Cost: O(1) a rejection; `examplesMax` for each of the dozen reasons.
 */

import type { RejectionBoard, RejectionEntry } from '../../core/feed.ts'
import type { RejectionReason } from '../../core/rejection.ts'
import type { RejectionReport } from '../../core/report.ts'

/** Examples kept of each reason: what a person reads before scrolling. */
const examplesMax = 10

interface Numbered {
  readonly sequence: number
  readonly entry: RejectionEntry
}

/** See the head of the file. */
export class RejectionLedger {
  readonly #counts = new Map<RejectionReason, number>()
  /** Oldest first. */
  readonly #examples = new Map<RejectionReason, Numbered[]>()
  #total = 0
  #lastSequence = 0

  /** Sequence of the last rejection; 0 before the first. */
  get lastSequence(): number {
    return this.#lastSequence
  }

  take(report: RejectionReport, sequence: number): void {
    const { reason, detail, text, origin } = report
    this.#total++
    this.#lastSequence = sequence
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1)
    const entry = {
      reason,
      detail,
      text,
      key: report.labels?.key ?? null,
      partition: origin.partition,
      receivedMs: origin.receivedMs,
    }
    const examples = this.#examples.get(reason) ?? []
    if (examples.length === 0) this.#examples.set(reason, examples)
    examples.push({ sequence, entry })
    if (examples.length > examplesMax) examples.shift()
  }

  board(): RejectionBoard {
    const numbered = [...this.#examples.values()].flat()
    numbered.sort((a, b) => b.sequence - a.sequence)
    const recent = numbered.map((one) => one.entry)
    return { total: this.#total, counts: Object.fromEntries(this.#counts), recent }
  }
}
