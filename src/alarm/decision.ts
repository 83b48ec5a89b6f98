/**
 * From an assessment to a decision: is this sample anomalous?
 *
 * Pure. A score at or over the threshold is anomalous, if the value lies on the side that the rule
 * asks for and far enough from what was expected. Between `clearThreshold` and `threshold` stands
 * whatever stood before (hysteresis), so a score that trembles around the threshold is one alarm.
 */

import type { Assessment } from '../core/assessment.ts'
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
  if (rule.direction === 'both' && rule.deviationMin === 0 && rule.deviationShareMin === 0) {
    return 'anomalous'
  }
  return rightSide(assessment, value, rule) ? 'anomalous' : 'quiet'
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
