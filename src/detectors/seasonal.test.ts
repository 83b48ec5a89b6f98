import { describe, expect, test } from 'vitest'
import { Assessment } from '../core/assessment.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { Random } from '../core/random.ts'
import { detectorContract } from './detector.contract.ts'
import { goldenSnapshot } from './golden-snapshot.contract.ts'
import { Seasonal, seasonalOptions } from './seasonal.ts'
import type { SeasonalOptions } from './seasonal.ts'

detectorContract('seasonal', {
  create: () =>
    new Seasonal(
      optionsWithDefaults(seasonalOptions, { probationSamples: 20, memorySamples: 128 }),
    ),
  probationSamples: 20,
  stepDelaySamples: 1,
  stepScoreMin: 0.999,
  // Eight bytes a cell, seven distances, a score of numbers.
  stateBytesMax: 8 * 128 + 8 * 8 + 30 * 8,
  runs: 40,
})
goldenSnapshot('seasonal-v1', () => {
  return new Seasonal(optionsWithDefaults(seasonalOptions, { memorySamples: 512 }))
})

const minuteMs = 60_000

/** A detector that was taught a series sampled every five minutes. */
function taught(days: number, value: (minute: number) => number, given: Partial<SeasonalOptions>) {
  const detector = new Seasonal(optionsWithDefaults(seasonalOptions, given))
  const assessment = new Assessment()
  for (let minute = 0; minute < days * 1440; minute += 5) {
    assessment.clear()
    detector.update(minute * minuteMs, value(minute), 'on', assessment)
  }
  return detector
}

const wave = (minute: number, period: number): number => Math.sin((2 * Math.PI * minute) / period)

describe('the seasonal detector', () => {
  test.each([
    ['a day', 1440],
    ['ninety minutes', 90],
    ['five hours and a half', 330],
  ])('finds a period of %s by itself, and foretells it far ahead', (_name, period) => {
    const random = new Random(1)
    const value = (minute: number): number => 50 + 20 * wave(minute, period)
    const detector = taught(6, (minute) => value(minute) + random.gaussian(0, 1), {})
    expect(detector.periodMs / minuteMs).toBeCloseTo(period, -1)
    // The last sample is that of five minutes to midnight.
    for (const ahead of [1, 30, 100, 288]) {
      const forecast = detector.forecast(ahead)
      expect(Math.abs((forecast?.value ?? NaN) - value(6 * 1440 + 5 * ahead - 5))).toBeLessThan(4)
      expect(forecast?.lower).toBeLessThan(value(6 * 1440 + 5 * ahead - 5))
      expect(forecast?.upper).toBeGreaterThan(value(6 * 1440 + 5 * ahead - 5))
    }
  })

  test('tells weekends from weekdays once it has seen two weeks', () => {
    const random = new Random(2)
    const value = (minute: number): number =>
      (Math.trunc(minute / 1440) % 7 >= 5 ? 5 : 20) * wave(minute, 1440)
    const noisy = (minute: number): number => value(minute) + random.gaussian(0, 1)
    const detector = taught(19, noisy, { cellMs: 15 * minuteMs })
    expect(detector.periodMs).toBe(7 * 1440 * minuteMs)
    // It is the end of a Friday; six hours into Saturday the wave is 5, not 20.
    expect(detector.forecast(73)?.value).toBeGreaterThan(2)
    expect(detector.forecast(73)?.value).toBeLessThan(8)
  })

  test('finds none in noise, and then expects the mean', () => {
    const random = new Random(3)
    const detector = taught(6, () => random.gaussian(50, 5), {})
    expect(detector.periodMs).toBe(0)
    expect(Math.abs((detector.forecast(100)?.value ?? NaN) - 50)).toBeLessThan(2)
  })

  test('keeps nine in ten within the band of its forecasts', () => {
    const random = new Random(4)
    let noise = 0
    const value = (minute: number): number => {
      noise = 0.6 * noise + random.gaussian(0, 1)
      return 10 * wave(minute, 1440) + noise
    }
    const detector = taught(6, value, {})
    const assessment = new Assessment()
    let within = 0
    for (let minute = 6 * 1440; minute < 16 * 1440; minute += 5) {
      const next = detector.forecast(1)
      const x = value(minute)
      if (next !== undefined && x >= next.lower && x <= next.upper) within++
      detector.update(minute * minuteMs, x, 'on', assessment)
    }
    expect(within / 2880).toBeGreaterThan(0.87)
    expect(within / 2880).toBeLessThan(0.93)
  })

  test('knows the season of a series with gaps and jitter', () => {
    const random = new Random(5)
    const detector = new Seasonal(optionsWithDefaults(seasonalOptions))
    const assessment = new Assessment()
    for (let minute = 0; minute < 6 * 1440; minute += 5) {
      if (random.uniform() < 0.2 || (minute > 2000 && minute < 2300)) continue
      const atMs = minute * minuteMs + random.below(20_000)
      detector.update(atMs, 20 * wave(minute, 1440) + random.gaussian(0, 1), 'on', assessment)
    }
    // Within a cell: cells are as long as the cadence seemed to be at first.
    expect(Math.abs(detector.periodMs - 1440 * minuteMs)).toBeLessThan(5 * minuteMs)
    expect(Math.abs((detector.forecast(72)?.value ?? NaN) - 20)).toBeLessThan(3)
  })

  test('tells the next value and the one at the horizon, not in probation', () => {
    expect(taught(0.5, () => 1, {}).forecasts()).toEqual([])
    const told = taught(2, () => 1, { horizonSamples: 6 }).forecasts()
    expect(told).toEqual([
      { horizonSamples: 1, aheadMs: 300_000, value: 1, lower: 1, upper: 1, probability: 0.9 },
      { horizonSamples: 6, aheadMs: 1_800_000, value: 1, lower: 1, upper: 1, probability: 0.9 },
    ])
  })

  test('finds what is usual at another time of the day unusual at this one', () => {
    const random = new Random(6)
    const detector = taught(6, (m) => 50 + 20 * wave(m, 1440) + random.gaussian(0, 0.5), {})
    const assessment = new Assessment()
    // Midnight: 50 is expected, 65 is an hour in the morning's.
    detector.update(6 * 1440 * minuteMs, 65, 'on', assessment)
    expect(assessment.score).toBeGreaterThan(0.999)
  })
})
