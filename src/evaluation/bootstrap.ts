/**
 * Bootstrap intervals by file: how much a number hangs on which files happen to be in the corpus.
 *
 * Rows of one file are far from independent, so whole files are drawn with replacement, as many as
 * there are, and the statistic is computed anew; the interval holds the middle 95 % of what comes
 * out. What was chosen on the corpus, as a threshold, stays as it was chosen.
 *
 * Source: Efron and Tibshirani 1993, "An introduction to the bootstrap", chapter 13 (percentile).
 * Cost: `resamples` calls of the statistic.
 */

import { Random } from '../core/random.ts'

/** Ends of an interval. */
export interface Interval {
  readonly low: number
  readonly high: number
}

/** A thousand draws are what the ends of a 95 % interval need at least. Source: the same. */
const resamples = 1000

/** Share of the draws that lie under the interval, and over it. */
const tailShare = 0.025

/**
 * The 95 % interval of a statistic over files. `statistic` is given how often each file was drawn,
 * in an array that is reused; draws for which it is NaN are left out. NaN where nothing is left.
 */
export function bootstrapInterval(
  fileCount: number,
  statistic: (drawn: Uint32Array) => number,
  seed: number,
): Interval {
  if (fileCount === 0) return { low: NaN, high: NaN }
  const random = new Random(seed)
  const drawn = new Uint32Array(fileCount)
  const values: number[] = []
  for (let draw = 0; draw < resamples; draw++) {
    drawn.fill(0)
    for (let file = 0; file < fileCount; file++) {
      const chosen = random.below(fileCount)
      drawn[chosen] = (drawn[chosen] as number) + 1
    }
    const value = statistic(drawn)
    if (!Number.isNaN(value)) values.push(value)
  }
  values.sort((a, b) => a - b)
  const rank = Math.floor(tailShare * values.length)
  return { low: values[rank] ?? NaN, high: values[values.length - 1 - rank] ?? NaN }
}
