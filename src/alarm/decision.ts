/**
 * From an assessment to a decision: is this sample anomalous?
 *
 * Pure. A score at or over the threshold is anomalous, if the value lies on the side that the rule
 * asks for and far enough from what was expected, and if the detector itself found it unusual
 * enough and was sure enough of what it expected, where the rule asks for that. Between
 * `clearThreshold` and `threshold` stands whatever stood before (hysteresis), so a score that
 * trembles around the threshold is one alarm.
 */

import type { Assessment } from '../core/assessment.ts'
import type { Budget } from './budget.ts'
import type { AlarmRule } from './rule.ts'

export type Decision = 'quiet' | 'anomalous' | 'undecided'

/**
 * Judges one assessment by a rule. `active` says whether the alarm is pending or firing already.
 * Undecided while the detector is in probation.
 */
export function decision(
  assessment: Assessment,
  value: number,
  rule: AlarmRule,
  active: boolean,
): Decision {
  if (assessment.inProbation) return 'undecided'
  const bar = active && rule.clearThreshold > 0 ? rule.clearThreshold : rule.threshold
  if (assessment.score < bar) return 'quiet'
  return eligible(assessment, value, rule) ? 'anomalous' : 'quiet'
}

/** What a decision by a budget is made of. */
export interface Budgeted {
  readonly timestampMs: number
  readonly value: number
  readonly active: boolean
}

/**
 * The same where the series' budget stands for the threshold. What may not alarm, on the other side
 * or too near, counts as most usual: only what may is weighed against what might have.
 */
export function budgetedDecision(
  assessment: Assessment,
  { timestampMs, value, active }: Budgeted,
  rule: AlarmRule,
  budget: Budget,
): Decision {
  const { learnedSamples, probationSamples } = assessment
  if (learnedSamples < probationSamples) return decision(assessment, value, rule, active)
  const score = eligible(assessment, value, rule) ? assessment.score : 0
  return budget.passes(timestampMs, score, active) ? 'anomalous' : 'quiet'
}

/** Whether a sample may alarm at all, however high its score is. */
function eligible(assessment: Assessment, value: number, rule: AlarmRule): boolean {
  if (rule.rawScoreMin > 0 && assessment.ownScore < rule.rawScoreMin) return false
  // NaN is under nothing: a sample of which nothing was forecast is let through.
  if (assessment.confidence < rule.confidenceMin) return false
  if (rule.direction === 'both' && rule.deviationMin === 0 && rule.deviationShareMin === 0) {
    return true
  }
  return rightSide(assessment, value, rule)
}

/** Without an expected value every side is right: there is nothing to compare with. */
function rightSide(assessment: Assessment, value: number, rule: AlarmRule): boolean {
  const deviation = value - assessment.expected
  if (Number.isNaN(deviation)) return true
  if (rule.direction === 'above' && deviation <= 0) return false
  if (rule.direction === 'below' && deviation >= 0) return false
  const distance = Math.abs(deviation)
  if (distance < rule.deviationMin) return false
  return distance >= rule.deviationShareMin * Math.abs(assessment.expected)
}
