/**
 * The best threshold of a corpus by NAB's scoring.
 *
 * Found in a single sweep: rows sorted by falling score are let in one after the other while the
 * raw score is kept up to date, so each distinct score is tried once.
 *
 * Source: the scoring of nab.ts; the benchmark defines the threshold as the one with the highest
 * raw score and leaves open how it is found.
 * Cost: O(n log n) to sort n rows, once for all profiles and parts of a corpus; the sweep itself
 * stops early.
 */

import type { NabProfile, NabRows } from './nab.ts'

/** A threshold over every score in [0, 1]: the one of a detector that should stay silent. */
const silentThreshold = 1.1

/** Sums of a million terms of at most 2 are exact to far less than this. */
const roundingMax = 1e-6

/** Row numbers by falling score. */
export function rowsByScore(rows: NabRows): Uint32Array {
  const order = new Uint32Array(rows.scores.length)
  for (let row = 0; row < order.length; row++) order[row] = row
  const scores = rows.scores
  return order.sort((a, b) => (scores[b] as number) - (scores[a] as number))
}

/** Some of a corpus: its rows by falling score, and 1 for each file that counts. */
export interface NabSelection {
  readonly rows: NabRows
  /** `rowsByScore(rows)`. */
  readonly order: Uint32Array
  /** By index of the file; all files where it is absent. */
  readonly chosen?: Uint8Array
}

/**
 * The threshold with the highest raw score, out of every score in the corpus and one over them all.
 * Of several equally good ones the highest.
 *
 * False rows only ever lower the raw score, so the sweep ends where finding every window at its
 * first row could not make up for those let in already.
 */
export function bestThreshold(selection: NabSelection, profile: NabProfile): number {
  const { rows, order, chosen } = selection
  const tally = new Tally(rows, profile)
  let best = { raw: -Infinity, threshold: silentThreshold }
  const consider = (threshold: number): void => {
    if (tally.raw > best.raw) best = { raw: tally.raw, threshold }
  }
  let previous = Infinity
  for (const row of order) {
    if (chosen !== undefined && chosen[rows.fileOf[row] as number] === 0) continue
    const score = rows.scores[row] as number
    if (score < previous) {
      if (previous !== Infinity) consider(previous)
      if (score < silentThreshold && previous > silentThreshold) consider(silentThreshold)
      if (tally.rawMax < best.raw) return best.threshold
    }
    previous = score
    tally.detect(row)
  }
  if (previous !== Infinity) consider(previous)
  if (previous > silentThreshold) consider(silentThreshold)
  return best.threshold
}

/** The raw score of a selection at a threshold; files that do not count bring missed windows. */
export function nabRaw(selection: NabSelection, threshold: number, profile: NabProfile): number {
  const { rows, order, chosen } = selection
  const tally = new Tally(rows, profile)
  for (const row of order) {
    if ((rows.scores[row] as number) < threshold) break
    if (chosen === undefined || chosen[rows.fileOf[row] as number] === 1) tally.detect(row)
  }
  return tally.raw
}

/** The raw score while rows are let in one after the other. */
class Tally {
  readonly #rows: NabRows
  readonly #profile: NabProfile
  readonly #bestInWindow: Float64Array
  #raw: number
  #gainLeft: number

  constructor(rows: NabRows, profile: NabProfile) {
    const { truePositive, falseNegative } = profile
    this.#rows = rows
    this.#profile = profile
    this.#bestInWindow = new Float64Array(rows.windowCount).fill(-falseNegative)
    this.#raw = -falseNegative * rows.windowCount
    this.#gainLeft = (truePositive + falseNegative) * rows.windowCount
  }

  get raw(): number {
    return this.#raw
  }

  /** No rows let in later can bring the raw score over this, but for rounding. */
  get rawMax(): number {
    return this.#raw + this.#gainLeft + roundingMax
  }

  detect(row: number): void {
    const window = this.#rows.windowOf[row] as number
    const worth = this.#rows.worth[row] as number
    if (window < 0) {
      this.#raw += worth * this.#profile.falsePositive
      return
    }
    const value = worth * this.#profile.truePositive
    const gain = value - (this.#bestInWindow[window] as number)
    if (gain <= 0) return
    this.#bestInWindow[window] = value
    this.#raw += gain
    this.#gainLeft -= gain
  }
}
