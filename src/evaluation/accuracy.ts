/**
 * Everything that is known of a detector's accuracy, on all corpora at once.
 *
 * One corpus alone misleads: NAB pays for one early alarm in each window and then silence, the
 * segment rule for catching short spikes soon, VUS-PR for a score that stays high. What wins one by
 * ruining the others is no gain, so they stand side by side, each with an interval that says how
 * much of it is the luck of which files are in the corpus.
 *
 * Nothing here depends on the clock: equal input gives equal bytes.
 */

import type { AlarmRule } from '../alarm/rule.ts'
import { alarmsStarted } from './alarm-rows.ts'
import type { Interval } from './bootstrap.ts'
import { bootstrapInterval } from './bootstrap.ts'
import type { ScoredSeries } from './corpus.ts'
import { probationSamplesOf } from './corpus.ts'
import type { GeneratedSeries, SpikeScore } from './generated.ts'
import { bestSpikeScore, spikeScore } from './generated.ts'
import type { NabFileScore, NabProfile } from './nab.ts'
import { nabFileScores, nabFinalScore, nabProfiles, nabRows } from './nab.ts'
import { bestThreshold, rowsByScore } from './nab-threshold.ts'
import type { SegmentRule } from './segment-report.ts'
import type { AlarmedSeries, SegmentScore } from './segments.ts'
import { bestSegmentScore, segmentScore } from './segments.ts'
import { nabSplitHalf } from './split-half.ts'
import type { VusPr } from './vus.ts'
import { vusPr } from './vus.ts'

/** A number with its 95 % bootstrap interval over files. */
export interface Measure extends Interval {
  readonly value: number
}

/** Accuracy on NAB in one profile. */
export interface NabAccuracy {
  /** At the threshold that is best for all files. */
  readonly score: Measure
  readonly default_threshold_score: Measure
  /** At the threshold that is best for a random other half. */
  readonly split_half_score: number
}

/** Accuracy by the segment rule. */
export interface SegmentAccuracy {
  readonly best_f1: Measure
  readonly default_threshold_f1: Measure
  readonly alarm_stream_f1: Measure
  readonly vus_pr: Measure
  readonly vus_pr_steps: Measure
}

/** Accuracy on NAB in all profiles, and of the score itself. */
export interface NabAccuracies {
  readonly standard: NabAccuracy
  readonly reward_low_FP_rate: NabAccuracy
  readonly reward_low_FN_rate: NabAccuracy
  readonly vus_pr: Measure
  readonly vus_pr_steps: Measure
}

/** Accuracy on the generated stream. */
export interface GeneratedAccuracy {
  readonly best: SpikeScore & { readonly threshold: number }
  readonly default_threshold: SpikeScore
}

/** Seed of draws and splits; fixed, so that numbers can be made again. */
const seed = 1

/** Accuracy on NAB. */
export function nabAccuracies(files: readonly ScoredSeries[], threshold: number): NabAccuracies {
  const rows = nabRows(files)
  const order = rowsByScore(rows)
  const windows = files.map(judgedWindows)
  const accuracy = (profile: NabProfile): NabAccuracy => {
    const at = (limit: number): Measure =>
      nabMeasure(nabFileScores(rows, files.length, limit, profile), windows, profile)
    return {
      score: at(bestThreshold({ rows, order }, profile)),
      default_threshold_score: at(threshold),
      split_half_score: nabSplitHalf({ rows, order }, files.length, profile, seed),
    }
  }
  const [standard, lowFalsePositives, lowFalseNegatives] = nabProfiles
  return {
    standard: accuracy(standard),
    reward_low_FP_rate: accuracy(lowFalsePositives),
    reward_low_FN_rate: accuracy(lowFalseNegatives),
    ...vusMeasures(files),
  }
}

/** Windows of a file that hold a judged row. */
function judgedWindows({ series, scores }: ScoredSeries): number {
  const probation = probationSamplesOf(scores.length)
  return series.ranges.filter((range) => range.lastRow >= probation).length
}

function nabMeasure(
  parts: readonly NabFileScore[],
  windows: readonly number[],
  profile: NabProfile,
): Measure {
  return measure(parts.length, (drawn) => {
    const raw = parts.reduce((sum, part, i) => sum + part.score * (drawn[i] ?? 0), 0)
    const count = windows.reduce((sum, each, i) => sum + each * (drawn[i] ?? 0), 0)
    return nabFinalScore(raw, count, profile)
  })
}

/** The statistic of all files once, with its interval. NaN where nothing is labelled. */
function measure(fileCount: number, statistic: (drawn: Uint32Array) => number): Measure {
  const value = statistic(new Uint32Array(fileCount).fill(1))
  return { value, ...bootstrapInterval(fileCount, statistic, seed) }
}

/** Accuracy under the segment rule. */
export function segmentAccuracy(
  files: readonly ScoredSeries[],
  { delayRowsMax }: SegmentRule,
  rule: AlarmRule,
): SegmentAccuracy {
  const f1 = (alarmed: (file: ScoredSeries) => AlarmedSeries): Measure =>
    f1Measure(files.map((file) => segmentScore([alarmed(file)], delayRowsMax)))
  const best = bestSegmentScore(files, delayRowsMax).threshold
  return {
    best_f1: f1((file) => alarmedAt(file, best)),
    default_threshold_f1: f1((file) => alarmedAt(file, rule.threshold)),
    alarm_stream_f1: f1((file) => alarmsStarted(file, rule)),
    ...vusMeasures(files),
  }
}

function alarmedAt({ series, scores }: ScoredSeries, threshold: number): AlarmedSeries {
  return { series, alarmed: Uint8Array.from(scores, (score) => (score >= threshold ? 1 : 0)) }
}

function f1Measure(parts: readonly SegmentScore[]): Measure {
  return measure(parts.length, (drawn) => {
    let truePositives = 0
    let wrong = 0
    parts.forEach((part, i) => {
      const times = drawn[i] ?? 0
      truePositives += times * part.truePositives
      wrong += times * (part.falsePositives + part.falseNegatives)
    })
    return (2 * truePositives) / (2 * truePositives + wrong)
  })
}

function vusMeasures(files: readonly ScoredSeries[]): { vus_pr: Measure; vus_pr_steps: Measure } {
  const found = files.flatMap((file) => vusPr(file) ?? [])
  const mean = (volume: keyof VusPr): Measure =>
    measure(found.length, (drawn) => {
      return found.reduce((sum, each, i) => sum + each[volume] * (drawn[i] ?? 0), 0) / found.length
    })
  return { vus_pr: mean('published'), vus_pr_steps: mean('steps') }
}

/**
 * Accuracy on the generated stream. Row by row only: spikes come faster than an alarm resolves, so
 * its alarm stream is one long alarm and says nothing.
 */
export function generatedAccuracy(
  { series, spikesMs }: GeneratedSeries,
  scores: Float64Array,
  threshold: number,
): GeneratedAccuracy {
  const scored = { series, scores }
  return {
    best: bestSpikeScore(spikesMs, scores),
    default_threshold: spikeScore(spikesMs, alarmedAt(scored, threshold).alarmed),
  }
}
