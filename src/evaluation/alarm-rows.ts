/**
 * The alarm stream of a scored series: what its users would have been told, and when.
 *
 * Each score goes through the decision and the state machine of the alarm, as in a live series with
 * the same rule. Scores are made before and alarms after, so a rule that masks learning while it
 * fires is judged as if it did not mask.
 */

import { Alarm } from '../alarm/alarm.ts'
import { decision } from '../alarm/decision.ts'
import type { AlarmRule } from '../alarm/rule.ts'
import { Assessment } from '../core/assessment.ts'
import type { ScoredSeries } from './corpus.ts'
import { probationSamplesOf } from './corpus.ts'
import type { AlarmedSeries } from './segments.ts'

/** 1 on the rows at which an alarm begins to fire; length as the series. */
export function alarmsStarted({ series, scores }: ScoredSeries, rule: AlarmRule): AlarmedSeries {
  const probation = probationSamplesOf(scores.length)
  const alarmed = new Uint8Array(scores.length)
  const alarm = new Alarm()
  const assessment = new Assessment()
  for (let row = probation; row < scores.length; row++) {
    assessment.inProbation = false
    assessment.score = scores[row] as number
    const judged = decision(assessment, series.values[row] as number, rule, alarm.active)
    const changed = alarm.update(judged, series.timestampsMs[row] as number, rule)
    if (changed && alarm.state === 'firing') alarmed[row] = 1
  }
  return { series, alarmed }
}
