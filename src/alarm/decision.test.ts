import { describe, expect, test } from 'vitest'
import { Assessment } from '../core/assessment.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { decision } from './decision.ts'
import type { Decision } from './decision.ts'
import { reasonInWords } from './reason.ts'
import { alarmOptions } from './rule.ts'
import type { AlarmRule } from './rule.ts'

function assessed(score: number, expected = NaN): Assessment {
  const assessment = new Assessment()
  assessment.inProbation = false
  assessment.score = score
  assessment.expected = expected
  return assessment
}

describe('a decision', () => {
  function f(score: number, given: Partial<AlarmRule>, active: boolean, want: Decision): void {
    const rule = optionsWithDefaults(alarmOptions, given)
    expect(decision(assessed(score), 1, rule, active)).toBe(want)
  }

  test('is anomalous from the threshold on', () => {
    f(0.99, { threshold: 0.99 }, false, 'anomalous')
    f(0.9899, { threshold: 0.99 }, false, 'quiet')
  })

  test('keeps an active alarm between the two thresholds', () => {
    f(0.95, { threshold: 0.99, clearThreshold: 0.9 }, true, 'anomalous')
    f(0.95, { threshold: 0.99, clearThreshold: 0.9 }, false, 'quiet')
    f(0.89, { threshold: 0.99, clearThreshold: 0.9 }, true, 'quiet')
  })

  test('of three conditions needs all, each from its bound on', () => {
    const rule = optionsWithDefaults(alarmOptions, {
      threshold: 0.99999,
      rawScoreMin: 0.99,
      confidenceMin: 0.9,
    })
    const g = (score: number, own: number, confidence: number, want: Decision): void => {
      const assessment = assessed(score)
      // What a filter left of the raw score does not count.
      Object.assign(assessment, { rawScore: 0.5, detectorScore: own, confidence })
      expect(decision(assessment, 1, rule, false)).toBe(want)
    }
    g(0.99999, 0.99, 0.9, 'anomalous')
    g(0.99998, 1, 1, 'quiet')
    g(1, 0.975, 1, 'quiet')
    g(1, 1, 0.89, 'quiet')
    g(1, 1, NaN, 'anomalous')
  })

  test('takes the raw score where no filter stands behind the detector', () => {
    const rule = optionsWithDefaults(alarmOptions, { rawScoreMin: 0.8 })
    const g = (rawScore: number, want: Decision): void => {
      const assessment = assessed(1)
      assessment.rawScore = rawScore
      expect(decision(assessment, 1, rule, false)).toBe(want)
    }
    g(0.8, 'anomalous')
    g(0.7, 'quiet')
  })

  test('is undecided in probation', () => {
    const rule = optionsWithDefaults(alarmOptions)
    expect(decision(new Assessment(), 1, rule, false)).toBe('undecided')
  })
})

describe('the side and size of a deviation', () => {
  /** Value 130 where 100 was expected. */
  function f(given: Partial<AlarmRule>, want: Decision): void {
    const rule = optionsWithDefaults(alarmOptions, given)
    expect(decision(assessed(1, 100), 130, rule, false)).toBe(want)
  }

  test('counts only on the side that was asked for', () => {
    f({ direction: 'above' }, 'anomalous')
    f({ direction: 'below' }, 'quiet')
  })

  test('counts only if it is large enough, absolutely and as a share', () => {
    f({ deviationMin: 30 }, 'anomalous')
    f({ deviationMin: 31 }, 'quiet')
    f({ deviationShareMin: 0.3 }, 'anomalous')
    f({ deviationShareMin: 0.31 }, 'quiet')
  })

  test('does not matter where nothing was expected', () => {
    const rule = optionsWithDefaults(alarmOptions, { direction: 'below', deviationMin: 5 })
    expect(decision(assessed(1), 130, rule, false)).toBe('anomalous')
  })
})

describe('a reason', () => {
  test('says value, band, evidence and rarity in words', () => {
    const assessment = assessed(0.999, 220)
    assessment.lower = 180
    assessment.upper = 260.00004
    expect(reasonInWords(412, assessment)).toBe('412, expected 180 to 260; once in 1000 samples')
    assessment.evidence = 'never seen at this hour'
    expect(reasonInWords(412, assessment)).toBe(
      '412, expected 180 to 260; never seen at this hour; once in 1000 samples',
    )
  })

  test('leaves out what is not known', () => {
    expect(reasonInWords(0.1234567, assessed(0))).toBe('0.1235')
    expect(reasonInWords(5, assessed(1))).toBe('5; never seen before')
  })
})
