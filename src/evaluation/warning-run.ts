/**
 * Early warning and its baselines over a record, sample by sample, none of them seeing the future.
 *
 *   never        P is 0
 *   80 % limit   P is 1 while the objective's metric is at or over 80 % of its limit
 *   linear       P is 1 while a line through its last 20 samples is over the limit at the horizon
 */

import { WindowedTrend } from '../stats/windowed-trend.ts'
import { EarlyWarning } from '../warning/early-warning.ts'
import type { EarlyWarningOptions } from '../warning/early-warning.ts'
import { BreachWatch } from '../warning/objective.ts'
import type { WarnedRecord } from './warning-outcomes.ts'

/** Whatever gives a probability: early warning first, then the baselines. */
export const warningMethods = ['forewarn', 'never', '80 % of limit', 'linear'] as const
export type WarningMethod = (typeof warningMethods)[number]

/** What happened to the system on purpose, in samples from the start of the record. */
export interface KnownFault {
  readonly kind: string
  readonly start: number
  readonly end: number
  readonly gradual: boolean
}

/** One record, judged. */
export interface WarnedRun {
  readonly samples: number
  readonly onsets: readonly number[]
  readonly records: Readonly<Record<WarningMethod, WarnedRecord>>
  readonly faults: readonly KnownFault[]
}

const nearLimit = 0.8
const lineSamples = 20

/** Whether what is judged is learned from as well. */
export type Learning = 'on' | 'masked'

/** What says a probability of each row, by what was known before it. */
export interface WarningSource {
  /** P(a breach begins within the horizon); NaN where the row is over the limit. */
  update(values: Float64Array, learning: Learning): number
}

/** Early warning as a source; it may have learned before. */
export function earlyWarningSource(warning: EarlyWarning): WarningSource {
  return { update: (values, learning) => warning.update(values, learning).probability }
}

/** Judges the rows of a record. */
export function warnedRun(
  rows: Iterable<Float64Array>,
  options: EarlyWarningOptions,
  source: WarningSource = earlyWarningSource(new EarlyWarning(options)),
  learning: Learning = 'on',
): Omit<WarnedRun, 'faults'> {
  const { metrics, objective, horizonSamples } = options
  const objectiveIndex = metrics.indexOf(objective.metric)
  const watch = new BreachWatch(objective)
  const line = new WindowedTrend(lineSamples)
  const onsets: number[] = []
  const columns: [number[], number[], number[], number[]] = [[], [], [], []]
  let at = 0
  for (const row of rows) {
    const value = row[objectiveIndex] as number
    if (watch.update(value) === 'begins') onsets.push(at - (objective.holdSamples - 1))
    const probability = source.update(row, learning)
    line.update(value)
    // What early warning does not judge, nobody does: all are compared on the same samples.
    const judged = (said: boolean): number => (Number.isNaN(probability) ? NaN : said ? 1 : 0)
    columns[0].push(probability)
    columns[1].push(judged(false))
    columns[2].push(judged(value >= nearLimit * objective.limit))
    columns[3].push(judged(line.ahead(horizonSamples) >= objective.limit))
    at++
  }
  const record = (column: readonly number[]): WarnedRecord => ({
    probabilities: Float64Array.from(column),
    onsets,
  })
  const records = {
    forewarn: record(columns[0]),
    never: record(columns[1]),
    '80 % of limit': record(columns[2]),
    linear: record(columns[3]),
  }
  return { samples: at, onsets, records }
}
