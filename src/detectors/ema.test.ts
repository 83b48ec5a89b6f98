import { describe, expect, test } from 'vitest'
import { Assessment } from '../core/assessment.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { detectorContract } from './detector.contract.ts'
import { Ema, emaOptions } from './ema.ts'

detectorContract('ema', {
  create: () => new Ema(optionsWithDefaults(emaOptions, { probationSamples: 20 })),
  probationSamples: 20,
  stepDelaySamples: 1,
  stepScoreMin: 0.999,
  stateBytesMax: 24,
})

describe('the exponential moving average', () => {
  test('judges by what was known before the sample', () => {
    // alpha .5: shares 1, 1/2, 1/2. After 0 and 4 the mean is 2, the variance 4; 8 lies 3 away.
    const options = { alpha: 0.5, probationSamples: 1, clipDeviations: 100 }
    const ema = new Ema(optionsWithDefaults(emaOptions, options))
    const assessment = new Assessment()
    for (const value of [0, 4, 8]) {
      assessment.clear()
      ema.update(0, value, 'on', assessment)
    }
    expect(assessment.expected).toBe(2)
    expect(assessment.rawScore).toBe(3)
    expect([assessment.lower, assessment.upper]).toEqual([-4, 8])
  })
})
