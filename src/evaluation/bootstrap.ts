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

/** A number with its interval. NaN where there is nothing to divide by. */
export interface Estimate extends Interval {
  readonly value: number
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
  const [interval] = bootstrapIntervals(fileCount, (drawn) => [statistic(drawn)], seed)
  return interval ?? { low: NaN, high: NaN }
}

/** The same of several statistics of the same draws; none where there is no file. */
export function bootstrapIntervals(
  fileCount: number,
  statistics: (drawn: Uint32Array) => readonly number[],
  seed: number,
): Interval[] {
  if (fileCount === 0) return []
  const random = new Random(seed)
  const drawn = new Uint32Array(fileCount)
  const columns: number[][] = []
  for (let draw = 0; draw < resamples; draw++) {
    drawn.fill(0)
    for (let file = 0; file < fileCount; file++) drawn[random.below(fileCount)]!++
    statistics(drawn).forEach((value, i) => {
      const column = (columns[i] ??= [])
      if (!Number.isNaN(value)) column.push(value)
    })
  }
  return columns.map(middle)
}

/** Statistics of all files, each with its interval. */
export function bootstrapEstimates(
  fileCount: number,
  statistics: (drawn: Uint32Array) => readonly number[],
  seed: number,
): Estimate[] {
  const values = statistics(new Uint32Array(fileCount).fill(1))
  const intervals = bootstrapIntervals(fileCount, statistics, seed)
  return values.map((value, i) => {
    const { low, high } = intervals[i] ?? { low: NaN, high: NaN }
    return { value, low, high }
  })
}

/** From the least to the most. */
export const ascending = (values: readonly number[]): number[] => [
  ...Float64Array.from(values).sort(),
]

/** The value at a rank of what ascends, the lower one between two; NaN of nothing. */
export function ranked(ascending: readonly number[], rank: number): number {
  return ascending[Math.floor(rank * (ascending.length - 1))] ?? NaN
}

function middle(values: readonly number[]): Interval {
  const sorted = Float64Array.from(values).sort()
  const rank = Math.floor(tailShare * sorted.length)
  return { low: sorted[rank] ?? NaN, high: sorted[sorted.length - 1 - rank] ?? NaN }
}
