/**
 * Whether a budget of alarms is kept: series of every family of noise, in which nothing is wrong,
 * judged for thirty days at a sample a minute under a budget of one alarm a week each.
 *
 * Series, budget and alarm are those of the product, without a gate in front. What is due is the
 * time that was judged by the rate of the budget; what was realised are alarms that fired.
 */

import { Alarm } from '../alarm/alarm.ts'
import { Budget } from '../alarm/budget.ts'
import type { BudgetRate } from '../alarm/budget-rate.ts'
import { budgetedDecision } from '../alarm/decision.ts'
import type { AlarmRule } from '../alarm/rule.ts'
import { Assessment } from '../core/assessment.ts'
import type { Detector } from '../detectors/detector.ts'
import type { DetectorFactory, Progress } from './run.ts'
import type { LabelledSeries } from './corpus.ts'
import { noiseFamilies, noiseSeries } from './noise-families.ts'
import type { NoiseFamily } from './noise-families.ts'

const minuteMs = 60_000
const dayRows = 1440
const weekMs = 7 * dayRows * minuteMs

/** The budget that is measured: one alarm a week. */
export const measuredBudget: BudgetRate = { alarms: 1, intervalMs: weekMs }

/** Alarms of one family, and what its budget was. */
export interface FamilyAlarms {
  readonly family: NoiseFamily
  readonly series: number
  readonly due: number
  readonly realised: number
  readonly share: number
  /** What the rule's threshold would have raised. */
  readonly without_budget: number
}

/** One part of several, counted from 1, that may be measured apart and added. */
export interface Shard {
  readonly number: number
  readonly of: number
}

/** How much is measured. */
export interface BudgetRun {
  /** Series of each family. */
  readonly seriesEach: number
  /** Which of them; absent: all. */
  readonly shard?: Shard
  readonly days: number
  readonly rule: AlarmRule
}

/** Alarms by family. Calls `progress` after each series. */
export function budgetRun(
  factory: DetectorFactory,
  { seriesEach, shard = { number: 1, of: 1 }, days, rule }: BudgetRun,
  progress: Progress = () => undefined,
): FamilyAlarms[] {
  const from = Math.floor((seriesEach * (shard.number - 1)) / shard.of)
  const to = Math.floor((seriesEach * shard.number) / shard.of)
  const all = noiseFamilies.length * (to - from)
  return noiseFamilies.map((family, f) => {
    let [due, realised, plain] = [0, 0, 0]
    for (let i = from; i < to; i++) {
      const series = noiseSeries(family, i, days * dayRows, minuteMs)
      const facts = { probationSamples: undefined, valueMin: 0, valueMax: 0 }
      const counts = counted(series, factory(facts), rule)
      due += (counts.judged * minuteMs * measuredBudget.alarms) / measuredBudget.intervalMs
      realised += counts.realised
      plain += counts.plain
      progress(f * (to - from) + i - from + 1, all)
    }
    const share = realised / due
    return { family, series: to - from, due, realised, share, without_budget: plain }
  })
}

/** The same from parts that were measured apart. */
export function addedRuns(runs: readonly (readonly FamilyAlarms[])[]): FamilyAlarms[] {
  const [first = [], ...others] = runs
  return first.map((family, f) => others.reduce((so, run) => added(so, run[f]), family))
}

function added(a: FamilyAlarms, b: FamilyAlarms | undefined): FamilyAlarms {
  if (b === undefined || b.family !== a.family) {
    throw new RangeError(`parts of other families: ${a.family}, ${b?.family ?? 'none'}`)
  }
  const [due, realised] = [a.due + b.due, a.realised + b.realised]
  const plain = a.without_budget + b.without_budget
  const share = realised / due
  return { ...a, series: a.series + b.series, due, realised, share, without_budget: plain }
}

interface Counts {
  judged: number
  realised: number
  plain: number
}

function counted(series: LabelledSeries, detector: Detector, rule: AlarmRule): Counts {
  const counts: Counts = { judged: 0, realised: 0, plain: 0 }
  const budget = new Budget(measuredBudget, series.name)
  const [alarm, plain] = [new Alarm(), new Alarm()]
  const assessment = new Assessment()
  for (let row = 0; row < series.values.length; row++) {
    const timestampMs = series.timestampsMs[row] as number
    const value = series.values[row] as number
    assessment.clear()
    detector.update(timestampMs, value, 'on', assessment)
    // While a series is learned its alarms are not by the budget.
    if (assessment.learnedSamples < assessment.probationSamples) continue
    counts.judged++
    const at = { timestampMs, value, active: alarm.active }
    const decided = budgetedDecision(assessment, at, rule, budget)
    if (alarm.update(decided, timestampMs, rule) && alarm.state === 'firing') {
      counts.realised++
      budget.raised()
    }
    const over = assessment.score >= rule.threshold ? 'anomalous' : 'quiet'
    if (plain.update(over, timestampMs, rule) && plain.state === 'firing') counts.plain++
  }
  return counts
}
