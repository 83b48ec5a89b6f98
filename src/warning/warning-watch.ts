/**
 * Warnings as they are told, and what becomes of them once it is known.
 *
 *   P        ▁▁▂▄▇▇▇▇▇▇▇▇▇█ ·····      told once P was at or over the threshold `confirm` times
 *                  ▲        ▲  ▲
 *                 told  onset  known: a breach is `hold` samples over the limit
 *                  ├─────── horizon ───────┤
 *
 * A warning stands until its horizon is over or the breach begins, and no other is told meanwhile.
 * Where P is as high then, it is told again: the same run. It is true where a breach begins within
 * its horizon, which is known `hold` - 1 samples after the onset, and false otherwise. A breach is
 * missed where no warning was told within the horizon before its onset.
 *
 * The same as evaluation/warning-outcomes.ts says of a whole record, as it happens.
 */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import type { BreachChange } from './objective.ts'

/** When a warning is told. */
export interface WarningRule {
  readonly threshold: number
  readonly horizonSamples: number
  /** Samples in a row over the threshold before a warning is told. */
  readonly confirmSamples: number
}

/** What was known when a warning was told. */
export interface Said {
  readonly toldMs: number
  readonly probability: number
  readonly expectedMs: number
  /** Index of the metric that leads. */
  readonly leading: number
  readonly confidence: number
}

/** A warning whose outcome is not known yet. */
interface Open extends Said {
  readonly told: number
  readonly runStartMs: number
}

/** What a sample changed. */
export interface WarningChange {
  readonly state: 'told' | 'true' | 'false' | 'missed'
  /** Absent of a missed breach. */
  readonly said: Said | undefined
  /** NaN where no breach began. */
  readonly onsetMs: number
  /** From the first warning of the run to the onset; NaN where it has none. */
  readonly leadMs: number
}

/** See the head of the file. */
export class WarningWatch {
  readonly #rule: WarningRule
  readonly #holdSamples: number
  readonly #open: Open[] = []
  #samples = 0
  #row = 0
  #standsUntil = -1
  #runStartMs = NaN
  /** Counts since the first sample. */
  true = 0
  false = 0
  missed = 0

  constructor(rule: WarningRule, holdSamples: number) {
    this.#rule = rule
    this.#holdSamples = holdSamples
  }

  /** A warning was told, and neither is its horizon over nor has the breach begun. */
  get stands(): boolean {
    return this.#samples <= this.#standsUntil
  }

  /**
   * Takes what is said of a sample, P being NaN where it is over the limit, and whether a breach
   * begins that has its onset at `onsetMs`; appends what that changes.
   */
  update(said: Said, change: BreachChange, onsetMs: number, changes: WarningChange[]): void {
    if (change === 'begins') this.#breach(onsetMs, changes)
    this.#close(changes)
    const at = this.#samples++
    const { threshold, horizonSamples, confirmSamples } = this.#rule
    // Not judged: a single sample over the limit neither adds to a row nor ends it.
    if (Number.isNaN(said.probability)) return
    this.#row = said.probability >= threshold ? this.#row + 1 : 0
    if (at < this.#standsUntil || this.#row < confirmSamples) return
    if (at !== this.#standsUntil) this.#runStartMs = said.toldMs
    this.#standsUntil = at + horizonSamples
    this.#open.push({ ...said, told: at, runStartMs: this.#runStartMs })
    changes.push({ state: 'told', said, onsetMs: NaN, leadMs: NaN })
  }

  /** A breach has begun, some samples ago: open warnings told in time before it were right. */
  #breach(onsetMs: number, changes: WarningChange[]): void {
    const onset = this.#samples - (this.#holdSamples - 1)
    const inTime = this.#open.filter(({ told }) => {
      return told < onset && told >= onset - this.#rule.horizonSamples
    })
    this.#standsUntil = -1
    this.#row = 0
    const leadMs = onsetMs - (inTime.at(-1)?.runStartMs ?? NaN)
    for (const said of inTime) {
      this.#open.splice(this.#open.indexOf(said), 1)
      this.true++
      changes.push({ state: 'true', said, onsetMs, leadMs })
    }
    if (inTime.length > 0) return
    this.missed++
    changes.push({ state: 'missed', said: undefined, onsetMs, leadMs: NaN })
  }

  /** Warnings whose horizon is over, and with it what could still have been a breach's onset. */
  #close(changes: WarningChange[]): void {
    const { horizonSamples } = this.#rule
    for (;;) {
      const [first] = this.#open
      if (first === undefined) return
      if (this.#samples < first.told + horizonSamples + this.#holdSamples - 1) return
      this.#open.shift()
      this.false++
      changes.push({ state: 'false', said: first, onsetMs: NaN, leadMs: NaN })
    }
  }

  snapshot(writer: SnapshotWriter): void {
    for (const count of [this.#samples, this.#row, this.#standsUntil, this.#runStartMs]) {
      writer.float64(count)
    }
    for (const count of [this.true, this.false, this.missed]) writer.float64(count)
    writer.uint32(this.#open.length)
    for (const open of this.#open) {
      for (const value of [open.told, open.runStartMs, open.toldMs, open.probability]) {
        writer.float64(value)
      }
      for (const value of [open.expectedMs, open.confidence]) writer.float64(value)
      writer.uint32(open.leading)
    }
  }

  restore(reader: SnapshotReader): void {
    this.#samples = reader.float64()
    this.#row = reader.float64()
    this.#standsUntil = reader.float64()
    this.#runStartMs = reader.float64()
    this.true = reader.float64()
    this.false = reader.float64()
    this.missed = reader.float64()
    const open = reader.uint32()
    for (let i = 0; i < open; i++) {
      const told = reader.float64()
      const runStartMs = reader.float64()
      const toldMs = reader.float64()
      const probability = reader.float64()
      const expectedMs = reader.float64()
      const confidence = reader.float64()
      const leading = reader.uint32()
      this.#open.push({ told, runStartMs, toldMs, probability, expectedMs, confidence, leading })
    }
  }
}
