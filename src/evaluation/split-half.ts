/**
 * Split-half scores: what the threshold is worth on files that it was not chosen on.
 *
 * The files are split at random into two halves. The threshold that is best for one half scores the
 * other, both ways, so that every file is scored once by a threshold that never saw it. One split
 * is a matter of luck, so the mean over many is taken.
 *
 * Source: Picard and Cook 1984, "Cross-validation of regression models" (repeated half splits).
 * Cost: two sweeps a split; rows are sorted once for all.
 */

import { Random } from '../core/random.ts'
import type { ScoredSeries } from './corpus.ts'
import type { NabProfile, NabRows } from './nab.ts'
import { bestThreshold, nabFileScores, nabFinalScore, nabRows, rowsByScore } from './nab.ts'

/** Splits to take the mean of: their standard error is then a tenth of their spread. */
const splits = 100

/** The mean final NAB score of all splits, for each profile in the order given. */
export function nabSplitHalf(
  files: readonly ScoredSeries[],
  profiles: readonly NabProfile[],
  seed: number,
): number[] {
  const rows = nabRows(files)
  const order = rowsByScore(rows)
  const random = new Random(seed)
  const sums = profiles.map(() => 0)
  for (let split = 0; split < splits; split++) {
    const half = randomHalf(files.length, random)
    const halves = [0, 1].map((side) => ownRows(order, rows, half, side))
    profiles.forEach((profile, p) => {
      const raw = crossedRaw(rows, halves, half, profile)
      sums[p] = (sums[p] ?? 0) + nabFinalScore(raw, rows.windowCount, profile)
    })
  }
  return sums.map((sum) => sum / splits)
}

/** 1 for a random half of the files, rounded down; 0 for the others. */
export function randomHalf(fileCount: number, random: Random): Uint8Array {
  const half = new Uint8Array(fileCount)
  let left = fileCount >> 1
  for (let file = 0; file < fileCount; file++) {
    if (random.below(fileCount - file) >= left) continue
    half[file] = 1
    left--
  }
  return half
}

function ownRows(order: Uint32Array, rows: NabRows, half: Uint8Array, side: number): Uint32Array {
  return order.filter((row) => half[rows.fileOf[row] as number] === side)
}

/** The raw score of all files, each at the threshold that is best for the other half. */
function crossedRaw(
  rows: NabRows,
  halves: readonly Uint32Array[],
  half: Uint8Array,
  profile: NabProfile,
): number {
  let raw = 0
  halves.forEach((order, side) => {
    const threshold = bestThreshold(rows, order, profile)
    nabFileScores(rows, half.length, threshold, profile).forEach((part, file) => {
      if (half[file] !== side) raw += part.score
    })
  })
  return raw
}
