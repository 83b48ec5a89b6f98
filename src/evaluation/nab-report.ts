/** The outcome of the NAB bench as it is printed and kept: plain values, keys as published. */

import type { LabelledSeries } from './corpus.ts'
import type { NabOutcome } from './nab.ts'

/** One profile of the report. */
export interface NabProfileReport {
  readonly score: number
  readonly threshold: number
  readonly raw: number
  readonly default_threshold_score: number
}

/** One file in one profile, at the best threshold; columns as NAB's own score files. */
export interface NabFileReport {
  readonly profile: string
  readonly file: string
  readonly threshold: number
  readonly score: number
  readonly tp: number
  readonly tn: number
  readonly fp: number
  readonly fn: number
  readonly total_count: number
}

/** The report of one detector. Absent cost: the scores were read from files. */
export interface NabReport {
  readonly detector: string
  readonly standard: NabProfileReport
  readonly reward_low_FP_rate: NabProfileReport
  readonly reward_low_FN_rate: NabProfileReport
  readonly files: readonly NabFileReport[]
  readonly microseconds_per_sample: number | null
}

/** Puts the outcomes of all profiles together. */
export function nabReport(
  detector: string,
  corpus: readonly LabelledSeries[],
  outcomes: readonly NabOutcome[],
  microsecondsPerSample: number | null,
): NabReport {
  const profile = (name: string): NabProfileReport => {
    const outcome = outcomes.find((each) => each.profile.name === name)
    if (outcome === undefined) throw new Error(`no outcome of profile ${name}`)
    return {
      score: outcome.score,
      threshold: outcome.threshold,
      raw: outcome.raw,
      default_threshold_score: outcome.defaultThresholdScore,
    }
  }
  return {
    detector,
    standard: profile('standard'),
    reward_low_FP_rate: profile('reward_low_FP_rate'),
    reward_low_FN_rate: profile('reward_low_FN_rate'),
    files: outcomes.flatMap((outcome) => fileReports(corpus, outcome)),
    microseconds_per_sample: microsecondsPerSample,
  }
}

function fileReports(corpus: readonly LabelledSeries[], outcome: NabOutcome): NabFileReport[] {
  return outcome.files.map((file, index) => ({
    profile: outcome.profile.name,
    file: corpus[index]?.name ?? '',
    threshold: outcome.threshold,
    score: file.score,
    tp: file.truePositives,
    tn: file.trueNegatives,
    fp: file.falsePositives,
    fn: file.falseNegatives,
    total_count:
      file.truePositives + file.trueNegatives + file.falsePositives + file.falseNegatives,
  }))
}
