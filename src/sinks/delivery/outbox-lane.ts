/**
 * A lane whose reports outlive the process: what the sink does not have at a checkpoint is kept on
 * disk with it, under its sequence number, until it has been delivered.
 *
 *            push            shift            settle
 *   waiting ──────▶ waiting ───────▶ out ───────────▶ gone; where it was kept: to be removed
 *                      │              │
 *                      └──── kept ────┘   at each checkpoint: `unkept` says what is new,
 *                                         `confirm` that it is on disk now
 *
 * At its limit the oldest is given up, as in any lane: memory has a bound.
 */

import type { Report } from '../../core/report.ts'
import type { ScoreRun } from '../../core/score-run.ts'
import type { OutboxEntry } from '../../stores/store.ts'
import type { Lane } from './lane.ts'

interface Entry {
  readonly sequence: number
  readonly report: Report
  kept: boolean
  gone: boolean
}

/** See the head of the file. */
export class OutboxLane implements Lane {
  readonly limit: number
  readonly #sink: string
  #waiting: Entry[] = []
  /** Index of the oldest waiting entry; the array is cut when half of it is used up. */
  #head = 0
  #out: Entry[] = []
  #removed: OutboxEntry[] = []
  #asked: { entries: Entry[]; removed: number } = { entries: [], removed: 0 }

  /** `entries`: what an earlier run left behind for this sink, in order. */
  constructor(sink: string, limit: number, entries: readonly OutboxEntry[]) {
    this.#sink = sink
    this.limit = limit
    for (const { sequence, report } of entries) {
      this.#waiting.push({ sequence, report, kept: true, gone: false })
    }
  }

  get count(): number {
    return this.#waiting.length - this.#head
  }

  get firstSequence(): number {
    return this.#waiting[this.#head]?.sequence ?? NaN
  }

  /** The newest sequence number in it, or 0: where a new run must go on. */
  get lastSequence(): number {
    return this.#waiting.at(-1)?.sequence ?? 0
  }

  /** How many of those that the sink does not have are on disk. */
  get keptCount(): number {
    const held = [...this.#out, ...this.#waiting.slice(this.#head)]
    return held.filter(({ kept }) => kept).length
  }

  push(sequence: number, report: Report | ScoreRun): void {
    if (report.kind === 'scores') throw new TypeError('scores do not go into an outbox')
    this.#waiting.push({ sequence, report, kept: false, gone: false })
  }

  shift(): Report {
    const entry = this.#next()
    this.#out.push(entry)
    return entry.report
  }

  #next(): Entry {
    const entry = this.#waiting[this.#head]
    if (entry === undefined) throw new RangeError('an empty lane has no oldest report')
    this.#head++
    if (this.#head * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head)
      this.#head = 0
    }
    return entry
  }

  trim(): number {
    const surplus = Math.max(0, this.count - this.limit)
    for (let i = 0; i < surplus; i++) this.#done(this.#next())
    return surplus
  }

  settle(): void {
    for (const entry of this.#out) this.#done(entry)
    this.#out = []
  }

  #done(entry: Entry): void {
    entry.gone = true
    if (entry.kept) this.#removed.push(this.#entryOf(entry))
  }

  #entryOf({ sequence, report }: Entry): OutboxEntry {
    return { sink: this.#sink, sequence, report }
  }

  /** What a checkpoint up to `mark` must keep, and what it may remove. Changes nothing yet. */
  unkept(mark: number): { added: OutboxEntry[]; removed: OutboxEntry[] } {
    const entries = [...this.#out, ...this.#waiting.slice(this.#head)].filter(
      ({ sequence, kept }) => sequence <= mark && !kept,
    )
    this.#asked = { entries, removed: this.#removed.length }
    return { added: entries.map((entry) => this.#entryOf(entry)), removed: [...this.#removed] }
  }

  /** Nothing is on disk any more. */
  lose(): void {
    for (const entry of [...this.#out, ...this.#waiting.slice(this.#head)]) entry.kept = false
    this.#removed = []
    this.#asked = { entries: [], removed: 0 }
  }

  /** The checkpoint that was asked for last is on disk. */
  confirm(): void {
    this.#removed = this.#removed.slice(this.#asked.removed)
    for (const entry of this.#asked.entries) {
      entry.kept = true
      if (entry.gone) this.#removed.push(this.#entryOf(entry))
    }
    this.#asked = { entries: [], removed: 0 }
  }
}
