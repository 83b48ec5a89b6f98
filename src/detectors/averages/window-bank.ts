/**
 * Means over several windows, and the one that foretells the series best.
 *
 * Which one is chosen is said by their one-step errors (stats/error-contest.ts). The windows are
 * those whose levels are as old on average as the rates of `ema` with `alpha: auto`: a rate α looks
 * back 2/α - 1 samples.
 *
 * Cost: one windowed sum each; 8 bytes for each of 294 samples.
 */

import type { SnapshotReader, SnapshotWriter } from '../../core/snapshot.ts'
import { ErrorContest } from '../../stats/error-contest.ts'
import { WindowedSum } from '../../stats/windowed-sum.ts'
import type { Fact } from '../detector.ts'

/** Short ones first. */
const windows = [7, 20, 67, 200] as const
/** As old on average as the default of `alpha`. */
const firstWindow = 0

/** See the head of the file. */
export class WindowBank {
  readonly #sums = windows.map((windowSamples) => new WindowedSum(windowSamples))
  readonly #contest = new ErrorContest({ forecasts: windows.length, first: firstWindow })

  #sumAt(index: number): WindowedSum {
    return this.#sums[index] as WindowedSum
  }

  /** Values in the chosen window. */
  get count(): number {
    return this.#sumAt(this.#contest.chosen).count
  }

  /** Their sum. */
  get sum(): number {
    return this.#sumAt(this.#contest.chosen).sum
  }

  /** Length of the chosen window. */
  get windowSamples(): number {
    return windows[this.#contest.chosen]!
  }

  push(value: number): void {
    const empty = this.count === 0
    for (let i = 0; i < windows.length; i++) {
      const sum = this.#sumAt(i)
      if (!empty) this.#contest.push(i, value - sum.sum / sum.count)
      sum.push(value)
    }
    if (!empty) this.#contest.settle()
  }

  /** The usual one-step error of each window. */
  describe(): readonly Fact[] {
    return windows.map((window, i) => ({
      name: `one-step error with window ${window}`,
      value: this.#contest.error(i),
    }))
  }

  snapshot(writer: SnapshotWriter): void {
    for (const sum of this.#sums) sum.snapshot(writer)
    this.#contest.snapshot(writer)
  }

  restore(reader: SnapshotReader): void {
    for (const sum of this.#sums) sum.restore(reader)
    this.#contest.restore(reader)
  }
}
