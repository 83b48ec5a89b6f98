/**
 * The scoring of the Numenta Anomaly Benchmark (NAB).
 *
 * A detection early in a labelled window earns most, a late one little, and only the best one of a
 * window counts. A detection outside is a false one; right after a window it costs little, far from
 * any window all. With rows counted from 0, P the probation of the file, a window of w rows ending
 * at row R, and detected = score ≥ threshold:
 *
 *   S(p) = 2 / (1 + e^{5p}) - 1, and -1 beyond p = 3
 *   inside a window     p = -(R - i + 1) / w            worth  tp · S(p) / S(-1)
 *   after a window      p = (i - R) / (w - 1)           worth  fp · S(p)
 *   before any window                                   worth -fp
 *   raw = Σ detected rows outside + Σ windows max(-fn, best detected row inside), rows i ≥ P only
 *   score = 100 (raw - raw of no detection) / (raw of a perfect detector - raw of no detection)
 *
 * One threshold serves the whole corpus; nab-threshold.ts finds the best.
 *
 * Source: Lavin and Ahmad 2015, "Evaluating real-time anomaly detection algorithms: the Numenta
 * anomaly benchmark", sections III and IV; corpus version 1.1.
 * Cost: O(n log n) for a corpus of n rows, once for all profiles.
 */

import type { RowRange, ScoredSeries } from './corpus.ts'
import { probationSamplesOf } from './corpus.ts'
import { bestThreshold, rowsByScore } from './nab-threshold.ts'

/** What a window found, a false row and a window missed are worth. */
export interface NabProfile {
  readonly name: string
  readonly truePositive: number
  readonly falsePositive: number
  readonly falseNegative: number
}

/** The three application profiles. Source: config/profiles.json of NAB 1.1. */
export const nabProfiles = [
  { name: 'standard', truePositive: 1, falsePositive: 0.11, falseNegative: 1 },
  { name: 'reward_low_FP_rate', truePositive: 1, falsePositive: 0.22, falseNegative: 1 },
  { name: 'reward_low_FN_rate', truePositive: 1, falsePositive: 0.11, falseNegative: 2 },
] as const satisfies readonly NabProfile[]

/** Beyond this many window widths a false row costs all. Source: NAB, scorer, as published. */
const positionMax = 3

/** What a detection at relative position `position` is worth: 1 far before, -1 far after 0. */
function sigmoid(position: number): number {
  return position > positionMax ? -1 : 2 / (1 + Math.exp(5 * position)) - 1
}

const earliest = sigmoid(-1)

/** The judged rows of a corpus, file after file. All arrays have one element a row. */
export interface NabRows {
  readonly scores: Float64Array
  /** Worth of a detection before the profile's factor: (0, 1] inside a window, [-1, 0) outside. */
  readonly worth: Float64Array
  /** Number of the row's window in the corpus, -1 outside of all. */
  readonly windowOf: Int32Array
  /** Index of the row's file. */
  readonly fileOf: Int32Array
  /** Windows that hold at least one judged row. */
  readonly windowCount: number
}

/** Lays out the judged rows of a corpus: those after each file's probation. */
export function nabRows(files: readonly ScoredSeries[]): NabRows {
  const probations = files.map((file) => probationSamplesOf(file.scores.length))
  const total = files.reduce((sum, file, f) => sum + file.scores.length - (probations[f] ?? 0), 0)
  const scores = new Float64Array(total)
  const worth = new Float64Array(total)
  const windowOf = new Int32Array(total).fill(-1)
  const fileOf = new Int32Array(total)
  let windowCount = 0
  let start = 0
  files.forEach((file, f) => {
    const probation = probations[f] ?? 0
    const end = start + file.scores.length - probation
    scores.set(file.scores.subarray(probation), start)
    fileOf.fill(f, start, end)
    worth.set(falseWorth(file).subarray(probation), start)
    for (const window of file.series.ranges) {
      if (window.lastRow < probation) continue
      for (let row = Math.max(window.firstRow, probation); row <= window.lastRow; row++) {
        worth[start + row - probation] = trueWorth(window, row)
        windowOf[start + row - probation] = windowCount
      }
      windowCount++
    }
    start = end
  })
  return { scores, worth, windowOf, fileOf, windowCount }
}

function trueWorth({ firstRow, lastRow }: RowRange, row: number): number {
  return sigmoid(-(lastRow - row + 1) / (lastRow - firstRow + 1)) / earliest
}

/** What each row of a file would cost if it lay in no window. */
function falseWorth(file: ScoredSeries): Float64Array {
  const worth = new Float64Array(file.scores.length).fill(-1)
  for (const { firstRow, lastRow } of file.series.ranges) {
    for (let row = lastRow + 1; row < worth.length; row++) {
      worth[row] = sigmoid((row - lastRow) / (lastRow - firstRow))
    }
  }
  return worth
}

/** What one file adds to the raw score, and its judged rows by kind. */
export interface NabFileScore {
  score: number
  truePositives: number
  trueNegatives: number
  falsePositives: number
  falseNegatives: number
}

/** The contribution of each file at a threshold; their scores sum to the raw score. */
export function nabFileScores(
  rows: NabRows,
  fileCount: number,
  threshold: number,
  profile: NabProfile,
): NabFileScore[] {
  const files = Array.from({ length: fileCount }, () => ({
    score: 0,
    truePositives: 0,
    trueNegatives: 0,
    falsePositives: 0,
    falseNegatives: 0,
  }))
  const bestInWindow = new Float64Array(rows.windowCount).fill(-profile.falseNegative)
  const fileOfWindow = new Int32Array(rows.windowCount)
  for (let row = 0; row < rows.scores.length; row++) {
    const file = files[rows.fileOf[row] as number] as NabFileScore
    const detected = (rows.scores[row] as number) >= threshold
    const window = rows.windowOf[row] as number
    const worth = rows.worth[row] as number
    if (window < 0) {
      if (detected) file.score += worth * profile.falsePositive
      if (detected) file.falsePositives++
      else file.trueNegatives++
      continue
    }
    fileOfWindow[window] = rows.fileOf[row] as number
    if (detected) file.truePositives++
    else file.falseNegatives++
    const best = bestInWindow[window] as number
    if (detected) bestInWindow[window] = Math.max(best, worth * profile.truePositive)
  }
  bestInWindow.forEach((best, window) => {
    ;(files[fileOfWindow[window] as number] as NabFileScore).score += best
  })
  return files
}

/** A raw score on the scale where 0 is a silent detector and 100 a perfect one. */
export function nabFinalScore(raw: number, windowCount: number, profile: NabProfile): number {
  const silent = -profile.falseNegative * windowCount
  return (100 * (raw - silent)) / (profile.truePositive * windowCount - silent)
}

/** The outcome of one profile. */
export interface NabOutcome {
  readonly profile: NabProfile
  /** The best threshold, and what it gives. */
  readonly threshold: number
  readonly raw: number
  readonly score: number
  /** The final score at the default threshold. */
  readonly defaultThresholdScore: number
  /** By file, at the best threshold, in the order of the corpus. */
  readonly files: readonly NabFileScore[]
}

/** Scores a corpus in every profile, at the best threshold of each and at `defaultThreshold`. */
export function nabOutcomes(
  files: readonly ScoredSeries[],
  defaultThreshold: number,
): NabOutcome[] {
  const rows = nabRows(files)
  const order = rowsByScore(rows)
  return nabProfiles.map((profile) => {
    const rawAt = (threshold: number): { parts: NabFileScore[]; raw: number } => {
      const parts = nabFileScores(rows, files.length, threshold, profile)
      return { parts, raw: parts.reduce((sum, part) => sum + part.score, 0) }
    }
    const final = (raw: number): number => nabFinalScore(raw, rows.windowCount, profile)
    const threshold = bestThreshold({ rows, order }, profile)
    const { parts, raw } = rawAt(threshold)
    const defaultThresholdScore = final(rawAt(defaultThreshold).raw)
    return { profile, threshold, raw, score: final(raw), defaultThresholdScore, files: parts }
  })
}
