import { expect, test } from 'vitest'
import { Assessment } from '../core/assessment.ts'
import type { Learning } from './detector.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { Ema, emaOptions } from './ema.ts'
import { filtered } from './filtered.ts'
import { goldenSnapshot } from './golden-snapshot.contract.ts'
import { RangeRule, rangeRuleOptions } from './range-rule.ts'

const options = optionsWithDefaults(rangeRuleOptions)
goldenSnapshot('range-rule-v1', () => {
  return filtered(new Ema(optionsWithDefaults(emaOptions)), [new RangeRule(options)])
})

function applied(rule: RangeRule, value: number, learning: Learning = 'on'): Assessment {
  const assessment = new Assessment()
  Object.assign(assessment, { inProbation: false, score: 0.25, rawScore: 0.5 })
  rule.apply(value, learning, assessment)
  return assessment
}

test('a value beyond the seen range scores 1; what lies inside keeps its score', () => {
  const rule = new RangeRule(options)
  const f = (value: number, score: number): void => expect(applied(rule, value).score).toBe(score)
  f(0, 0.25)
  f(10, 1)
  f(10.4, 0.25)
  // The range is 0 to 10.4 now, its margin .52.
  f(10.93, 1)
  f(-0.5, 0.25)
})

test('the raw score of a record is at least 1, and a higher one stays', () => {
  const rule = new RangeRule(options)
  applied(rule, 0)
  expect(applied(rule, 1).rawScore).toBe(1)
  const assessment = new Assessment()
  Object.assign(assessment, { inProbation: false, rawScore: 7 })
  rule.apply(50, 'on', assessment)
  expect(assessment.rawScore).toBe(7)
})

test('in probation the first value that differs is no record; after it, it is', () => {
  const rule = new RangeRule(options)
  const assessment = new Assessment()
  for (const value of [3, 4]) rule.apply(value, 'on', assessment)
  expect(assessment.score).toBe(0)
  const late = new RangeRule(options)
  applied(late, 3)
  expect(applied(late, 4).score).toBe(1)
})

test('a masked record stays a record', () => {
  const rule = new RangeRule(options)
  applied(rule, 0)
  expect(applied(rule, 5, 'masked').score).toBe(1)
  expect(applied(rule, 5, 'masked').score).toBe(1)
  expect(applied(rule, 5).score).toBe(1)
  expect(applied(rule, 5).score).toBe(0.25)
})
