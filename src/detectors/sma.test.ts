import { describe, expect, test } from 'vitest'
import { Assessment } from '../core/assessment.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { detectorContract } from './detector.contract.ts'
import { goldenSnapshot } from './golden-snapshot.contract.ts'
import { Sma, smaOptions } from './sma.ts'
import type { SmaOptions } from './sma.ts'

detectorContract('sma', {
  create: () => new Sma(optionsWithDefaults(smaOptions, { probationSamples: 20 })),
  probationSamples: 20,
  stepDelaySamples: 1,
  stepScoreMin: 0.999,
  // Eight bytes a sample of both windows, and the fill of each.
  stateBytesMax: 8 * (10 + 288) + 50,
})
detectorContract('sma with window: auto', {
  create: () =>
    new Sma(optionsWithDefaults(smaOptions, { windowSamples: 'auto', probationSamples: 20 })),
  probationSamples: 20,
  stepDelaySamples: 1,
  stepScoreMin: 0.999,
  // Eight bytes a sample of all windows, the fill of each, the errors.
  stateBytesMax: 8 * (294 + 288) + 5 * 17 + 8 + 4 + 4 * 8 + 9,
})
goldenSnapshot('sma-v1', () => new Sma(optionsWithDefaults(smaOptions)))
goldenSnapshot(
  'sma-auto-v1',
  () => new Sma(optionsWithDefaults(smaOptions, { windowSamples: 'auto' })),
)

/** What is said of the last of some values. */
function last(given: Partial<SmaOptions>, values: readonly number[]): Assessment {
  const sma = new Sma(optionsWithDefaults(smaOptions, { probationSamples: 1, ...given }))
  const assessment = new Assessment()
  for (const value of values) {
    assessment.clear()
    sma.update(0, value, 'on', assessment)
  }
  return assessment
}

describe('the simple moving average', () => {
  test('judges by the windows before the sample', () => {
    const windows = { windowSamples: 2, deviationWindowSamples: 2, bandDeviations: 1 }
    // Distances: 4 - 0 = 4; 6 - mean(0, 4) = 4; 8 - mean(4, 6) = 3. Then 15 is 8 from
    // mean(6, 8) = 7, and the usual distance is √((16 + 9) / 2).
    const { expected, rawScore, upper } = last(windows, [0, 4, 6, 8, 15])
    expect(expected).toBe(7)
    expect(rawScore).toBeCloseTo(8 / Math.sqrt(12.5), 12)
    expect(upper).toBeCloseTo(7 + Math.sqrt(12.5), 12)
  })

  test('can say more than √(n - 1) deviations, since the sample is not in its own window', () => {
    const quiet = Array.from({ length: 25 }, (_, i) => 10 + (i % 2))
    const windows = { windowSamples: 25, deviationWindowSamples: 25 }
    expect(last(windows, [...quiet, 110]).rawScore).toBeGreaterThan(100)
  })

  test('has forgotten a giant completely when it has left both windows', () => {
    const windows = { windowSamples: 2, deviationWindowSamples: 3, bandDeviations: 1 }
    const after = [1, 3, 1, 3, 1, 3, 1]
    const { expected, upper } = last(windows, [1e150, ...after])
    // Distances of ±1 from the mean 2 of the two samples before.
    expect(expected).toBe(2)
    expect(upper).toBeCloseTo(3, 12)
  })
})
