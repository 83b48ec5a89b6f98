import { describe, expect, test } from 'vitest'
import { Assessment } from '../core/assessment.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { detectorContract } from './detector.contract.ts'
import { Ema, emaOptions } from './ema.ts'
import type { EmaOptions } from './ema.ts'
import { goldenSnapshot } from './golden-snapshot.contract.ts'

detectorContract('ema', {
  create: () => new Ema(optionsWithDefaults(emaOptions, { probationSamples: 20 })),
  probationSamples: 20,
  stepDelaySamples: 1,
  stepScoreMin: 0.999,
  stateBytesMax: 24,
})
detectorContract('ema with alpha: auto', {
  create: () => new Ema(optionsWithDefaults(emaOptions, { alpha: 'auto', probationSamples: 20 })),
  probationSamples: 20,
  stepDelaySamples: 1,
  stepScoreMin: 0.999,
  stateBytesMax: 24 + 2 * (4 + 4 * 8) + (4 + 4 * 8) + 9,
})
goldenSnapshot('ema-v1', () => new Ema(optionsWithDefaults(emaOptions)))
goldenSnapshot('ema-auto-v1', () => new Ema(optionsWithDefaults(emaOptions, { alpha: 'auto' })))

/** What is said of the last of some values. */
function last(given: Partial<EmaOptions>, values: readonly number[]): Assessment {
  const ema = new Ema(optionsWithDefaults(emaOptions, { probationSamples: 1, ...given }))
  const assessment = new Assessment()
  for (const value of values) {
    assessment.clear()
    ema.update(0, value, 'on', assessment)
  }
  return assessment
}

const half = { alpha: 0.5, deviationAlpha: 0.5, clipDeviations: 100, bandDeviations: 2 }

describe('the exponential moving average', () => {
  test('judges by what was known before the sample', () => {
    // After 0 and 4 the mean is 2 and the variance ½ · ½ · 4² = 4; 8 lies three deviations away.
    const { expected, rawScore, lower, upper } = last(half, [0, 4, 8])
    expect([expected, rawScore, lower, upper]).toEqual([2, 3, -2, 6])
  })

  test('weighs the first samples equally, whatever the rates', () => {
    const slow = { alpha: 1e-6, deviationAlpha: 1e-6, clipDeviations: 1e6 }
    const { expected, upper } = last({ ...slow, bandDeviations: 1 }, [2, 4, 4, 4, 5, 5, 7, 9, 0])
    // The textbook example: mean 5, population deviation 2.
    expect(expected).toBeCloseTo(5, 12)
    expect(upper).toBeCloseTo(7, 12)
  })

  test('learns of an outlier’s distance no more than the clip', () => {
    // As above up to 4; 1002 is 1000 away and learned as 4: variance ½ · 4 + ½ · ½ · 4² = 6.
    const { expected, upper } = last(
      { ...half, clipDeviations: 2, bandDeviations: 1 },
      [0, 4, 1002, 0],
    )
    expect(expected).toBe(502)
    expect(upper).toBeCloseTo(502 + Math.sqrt(6), 12)
  })

  test('does not call the second sample unusual only because it is another one', () => {
    expect(last({ probationSamples: 5 }, [200, 201]).score).toBe(0)
  })

  test('finds a spike in a quiet series and is quiet on the next sample', () => {
    const quiet = Array.from({ length: 300 }, (_, i) => 10 + (i % 2))
    expect(last({}, [...quiet, 40]).score).toBeGreaterThan(0.999)
    expect(last({ alpha: 0.01 }, [...quiet, 40, 10]).score).toBeLessThan(0.9)
  })

  test('takes a new level for normal after a while, also after a constant', () => {
    const steps = [...new Array<number>(300).fill(0), ...new Array<number>(100).fill(5)]
    expect(last({}, steps.slice(0, 301)).score).toBeGreaterThan(0.999)
    expect(last({}, steps).score).toBeLessThan(0.5)
  })
})
