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
import type { NabProfile } from './nab.ts'
import { nabFinalScore } from './nab.ts'
import type { NabSelection } from './nab-threshold.ts'
import { bestThreshold, nabRaw } from './nab-threshold.ts'

/** Splits to take the mean of: their standard error is then a tenth of their spread. */
const splits = 100

/** The mean final NAB score of all splits in one profile. */
export function nabSplitHalf(
  all: NabSelection,
  fileCount: number,
  profile: NabProfile,
  seed: number,
): number {
  const random = new Random(seed)
  const { windowCount } = all.rows
  let sum = 0
  for (let split = 0; split < splits; split++) {
    const half = randomHalf(fileCount, random)
    const other = half.map((side) => 1 - side)
    // Each raw score counts the windows of the files left out as missed: once too often together.
    const raw = rawElsewhere(all, half, other, profile) + rawElsewhere(all, other, half, profile)
    sum += nabFinalScore(raw + profile.falseNegative * windowCount, windowCount, profile)
  }
  return sum / splits
}

/** The raw score of one half at the threshold that is best for the other. */
function rawElsewhere(
  all: NabSelection,
  chosenOn: Uint8Array,
  scoredOn: Uint8Array,
  profile: NabProfile,
): number {
  const threshold = bestThreshold({ ...all, chosen: chosenOn }, profile)
  return nabRaw({ ...all, chosen: scoredOn }, threshold, profile)
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

/** A choice made on one half of the files, to be judged on the other. */
export interface HalfChoice {
  /** Number of what was chosen. */
  readonly chosen: number
  /** 1 for each file that it was not chosen on. */
  readonly judgedOn: Uint8Array
}

/**
 * Nested split-half: as above for a whole configuration, of which there are `count`. Each split
 * gives two choices; what they bring together is a result on all files, each judged by what was
 * chosen without it. `worth` says how good one of them is on the files that have a 1.
 */
export function halfChoices(
  fileCount: number,
  count: number,
  worth: (configuration: number, files: Uint8Array) => number,
  seed: number,
): (readonly [HalfChoice, HalfChoice])[] {
  const random = new Random(seed)
  const best = (files: Uint8Array): number => {
    let chosen = 0
    let most = -Infinity
    for (let each = 0; each < count; each++) {
      const found = worth(each, files)
      if (found <= most) continue
      chosen = each
      most = found
    }
    return chosen
  }
  return Array.from({ length: splits }, () => {
    const half = randomHalf(fileCount, random)
    const other = half.map((side) => 1 - side)
    return [
      { chosen: best(half), judgedOn: other },
      { chosen: best(other), judgedOn: half },
    ] as const
  })
}
