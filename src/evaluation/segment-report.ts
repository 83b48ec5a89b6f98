/** The outcome of a bench under the segment rule, as it is printed and kept. */

import type { AlarmRule } from '../alarm/rule.ts'
import { alarmsStarted } from './alarm-rows.ts'
import type { ScoredSeries } from './corpus.ts'
import type { SegmentScore } from './segments.ts'
import { bestSegmentScore, segmentScore, segmentScoreAt } from './segments.ts'

/** Counts and rates of one way to alarm. `threshold` is absent for the alarm stream. */
export interface SegmentPart {
  readonly threshold?: number
  readonly f1: number
  readonly precision: number
  readonly recall: number
  readonly tp: number
  readonly fp: number
  readonly fn: number
  readonly segments_found: number
  readonly segments: number
}

/** The report of one detector on one corpus. Absent cost: the scores were read from files. */
export interface SegmentReport {
  readonly detector: string
  readonly corpus: string
  readonly delay_rows: number
  readonly best_f1: number
  readonly default_threshold_f1: number
  readonly alarm_stream_f1: number
  /** At the threshold with the highest F1. */
  readonly best: SegmentPart
  /** At the default threshold. */
  readonly default_threshold: SegmentPart
  /** Rows at which an alarm of the default rule begins to fire. */
  readonly alarm_stream: SegmentPart
  /** By file, at the threshold with the highest F1. */
  readonly files: readonly (SegmentPart & { readonly file: string })[]
  readonly microseconds_per_sample: number | null
}

/** A corpus and its rule: a segment is found in its first `delayRowsMax` + 1 rows. */
export interface SegmentRule {
  readonly corpus: string
  readonly delayRowsMax: number
}

/** Eight rows to find a segment. Source: AIOps challenge 2018, scoring rule. */
export const kpiRule: SegmentRule = { corpus: 'kpi', delayRowsMax: 7 }

/** Four rows, as for hourly series. Source: Ren et al. 2019 (segments.ts), delay k = 3. */
export const cloudRule: SegmentRule = { corpus: 'cloud', delayRowsMax: 3 }

/** Scores a run in all three ways. */
export function segmentReport(
  detector: string,
  { corpus, delayRowsMax }: SegmentRule,
  run: { readonly files: readonly ScoredSeries[]; readonly microsecondsPerSample: number | null },
  rule: AlarmRule,
): SegmentReport {
  const { files } = run
  const best = bestSegmentScore(files, delayRowsMax)
  const byDefault = segmentScoreAt(files, delayRowsMax, rule.threshold)
  const alarms = segmentScore(
    files.map((file) => alarmsStarted(file, rule)),
    delayRowsMax,
  )
  return {
    detector,
    corpus,
    delay_rows: delayRowsMax,
    best_f1: best.f1,
    default_threshold_f1: byDefault.f1,
    alarm_stream_f1: alarms.f1,
    best: { threshold: best.threshold, ...part(best) },
    default_threshold: { threshold: rule.threshold, ...part(byDefault) },
    alarm_stream: part(alarms),
    files: files.map((file) => filePart(file, delayRowsMax, best.threshold)),
    microseconds_per_sample: run.microsecondsPerSample,
  }
}

function filePart(
  file: ScoredSeries,
  delayRowsMax: number,
  threshold: number,
): SegmentPart & { file: string } {
  const score = segmentScoreAt([file], delayRowsMax, threshold)
  return { file: file.series.name, ...part(score) }
}

function part(score: SegmentScore): SegmentPart {
  return {
    f1: score.f1,
    precision: score.precision,
    recall: score.recall,
    tp: score.truePositives,
    fp: score.falsePositives,
    fn: score.falseNegatives,
    segments_found: score.segmentsFound,
    segments: score.segments,
  }
}
