/**
 * The interface of detectors and score filters.
 */

import type { AnyOptions, OptionSpecs } from '../core/options.ts'
import type { Assessment } from '../core/assessment.ts'
import type { WarningFacts } from '../core/report.ts'
import type { Owner } from '../core/snapshot.ts'

/** Whether a sample is learned after it was scored. Said by its series, from its alarm state. */
export type Learning = 'on' | 'masked'

/** One thing that a detector has found out or chosen by itself, for people. */
export interface Fact {
  /** In words: `period`. */
  readonly name: string
  readonly value: number | string
  /** Milliseconds, a share in [0, 1], or what the name says. */
  readonly unit?: 'ms' | 'share'
}

/** Judges the samples of one series, each by what was known before it. */
export interface Detector extends Owner {
  /**
   * Scores x_t from x_1 … x_{t-1}, writes the judgement into `assessment`, then learns x_t. One
   * call, so the other order cannot be written.
   *
   * `value` is finite and within ±1e150, `timestampMs` does not go back. The score is finite and in
   * [0, 1] for every such input: one minus the tail probability of this sample against the series'
   * own past, so .999 says "once in a thousand samples". While `inProbation` is set the score is 0.
   * Masked samples are scored and counted but leave what is normal unchanged.
   *
   * `assessment` was cleared by the caller; it is reused, so nothing may keep it.
   */
  update(timestampMs: number, value: number, learning: Learning, assessment: Assessment): void
  /** What it has found out and chosen so far. Changes nothing. */
  describe?(): readonly Fact[]
  /** Of a group: the values of all fields of the sample that is next; `value` is the first. */
  takeFields?(values: readonly number[]): void
  /** What is to be told of breaches after the last sample; reused. Changes nothing. */
  warnings?(): readonly WarningFacts[]
}

/** Judges several fields together: the contract of a detector, with all values of a sample. */
export interface GroupDetector extends Owner {
  /** `values` is reused: copy what you keep. */
  update(
    timestampMs: number,
    values: Float64Array,
    learning: Learning,
    assessment: Assessment,
  ): void
  /** Index of the field that was most unusual in the last sample. */
  readonly lead: number
  /** As `Detector.warnings`. */
  warnings?(): readonly WarningFacts[]
  /** As `Detector.describe`. */
  describe?(): readonly Fact[]
}

/** What a forecast says of one moment ahead. */
export interface Forecast {
  readonly value: number
  readonly lower: number
  readonly upper: number
  /** In [0, 1]. */
  readonly probability: number
}

/** A forecast that is to be told. */
export interface HorizonForecast extends Forecast {
  readonly horizonSamples: number
  /** How far ahead of the last sample that is, by the series' own cadence. */
  readonly aheadMs: number
  /** How unforeseen it would be if it came true; absent where that was not asked for. */
  readonly rawScore?: number
}

/** A detector that can also say what comes next. */
export interface ForecastingDetector extends Detector {
  /** The value `horizonSamples` ahead of the last sample. Changes nothing. */
  forecast(horizonSamples: number): Forecast | undefined
  /** What is told of the future after the last sample, nearest first; none in probation. */
  forecasts(): readonly HorizonForecast[]
}

const noForecasts: readonly HorizonForecast[] = []

/** What a detector tells of the future; nothing where it does not forecast. Changes nothing. */
export function forecastsOf(detector: Detector): readonly HorizonForecast[] {
  return 'forecasts' in detector ? (detector as ForecastingDetector).forecasts() : noForecasts
}

/** Turns scores into scores: likelihood, rest, rank. */
export interface ScoreFilter extends Owner {
  /**
   * Rewrites `assessment.score` by what was known before this sample, then learns it. Called once a
   * sample, in probation too, right after the detector or the filter before.
   */
  apply(value: number, learning: Learning, assessment: Assessment, timestampMs: number): void
  /** Called in place of `apply` for a sample that the detector could not score. */
  pass?(timestampMs: number, value: number): void
}

/** A row of the table of detectors. */
export interface DetectorRow {
  /** One sentence: what it is good at. */
  readonly about: string
  readonly options: OptionSpecs
  /** Score filters that stand behind it where the configuration names none, in order. */
  readonly filters: readonly string[]
  /**
   * Options by which it does not keep scores down after an anomalous one. They are what the options
   * are without a word of the user where a condition must last (hold, N of M), and nothing else is
   * taken there. Absent: it never does.
   */
  readonly whereLasting?: Readonly<Record<string, string>>
  /** True where the quota of series counts it: it costs memory by the megabyte. */
  readonly heavy?: boolean
  /** True where it warns of breaches: its series asks it for warnings after each sample. */
  readonly warns?: boolean
  /** Layout of its snapshot. Counts up when the layout changes. */
  readonly stateVersion: number
  /** Throws ERR_CONFIG_INVALID where options that are right each do not go together. */
  check?(options: AnyOptions): void
  create(options: AnyOptions, seed: number): Detector
  /** One for several fields. Absent: a group has one detector for each field. */
  createGroup?(options: AnyOptions, seed: number, fields: readonly string[]): GroupDetector
}

/** A row of the table of score filters. */
export interface ScoreFilterRow {
  readonly about: string
  readonly options: OptionSpecs
  readonly stateVersion: number
  /**
   * True where it keeps scores down after an anomalous one, so that no condition which must last
   * (hold, N of M) is ever met behind it. Its option `threshold` is that of the alarm rule.
   */
  readonly mutes?: boolean
  create(options: AnyOptions): ScoreFilter
}
