import { expect, test } from 'vitest'
import { Assessment } from '../core/assessment.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { detectorContract } from './detector.contract.ts'
import { goldenSnapshot } from './golden-snapshot.contract.ts'
import { Range, rangeOptions } from './range.ts'

const options = optionsWithDefaults(rangeOptions, { probationSamples: 20 })

detectorContract('range', {
  create: () => new Range(options),
  probationSamples: 20,
  stepDelaySamples: 1,
  stepScoreMin: 1,
  stateBytesMax: 24,
})
goldenSnapshot('range-v1', () => new Range(options))

test('the seen range scores what lies beyond it by over the margin, and then learns it', () => {
  const range = new Range(optionsWithDefaults(rangeOptions, { probationSamples: 2 }))
  const f = (value: number, score: number): void => {
    const assessment = new Assessment()
    range.update(0, value, 'on', assessment)
    expect(assessment.score).toBe(score)
  }
  f(0, 0)
  f(100, 0)
  f(105, 0)
  // The range is 0 to 105 now, its margin 5.25.
  f(110.2, 0)
  f(116, 1)
  f(116, 0)
  f(-5.9, 1)
})
