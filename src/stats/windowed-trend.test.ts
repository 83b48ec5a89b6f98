import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WindowedTrend } from './windowed-trend.ts'

test('is the least-squares line of the window, with its errors', () => {
  // By hand, y = 1, 3, 2, 5 at x = 0..3: slope 1.1, mean 2.75, at x = 3 4.4. Residuals -.1, .8,
  // -1.3, .6: their squares sum to 2.7, over 2 degrees of freedom 1.35. Sxx = 5.
  const trend = new WindowedTrend(4)
  for (const value of [7, 1, 3, 2, 5]) trend.update(value)
  expect(trend.slope).toBeCloseTo(1.1, 12)
  expect(trend.level).toBeCloseTo(4.4, 12)
  expect(trend.slopeError).toBeCloseTo(Math.sqrt(1.35 / 5), 12)
  expect(trend.ahead(2)).toBeCloseTo(6.6, 12)
  // One sample ahead lies 2.5 from the middle: 1.35 (1 + 1/4 + 6.25 / 5).
  expect(trend.errorAhead(1)).toBeCloseTo(Math.sqrt(1.35 * 2.5), 12)
})

test('has no opinion on fewer than three samples', () => {
  const trend = new WindowedTrend(5)
  trend.update(1)
  trend.update(2)
  expect(trend.slope).toBeNaN()
})

test('follows any straight line exactly', () => {
  const number = fc.integer({ min: -1000, max: 1000 })
  fc.assert(
    fc.property(number, number, fc.integer({ min: 3, max: 50 }), (start, slope, count) => {
      const trend = new WindowedTrend(10)
      for (let i = 0; i < count; i++) trend.update(start + slope * i)
      expect(trend.slope).toBeCloseTo(slope, 6)
      expect(trend.level).toBeCloseTo(start + slope * (count - 1), 6)
    }),
  )
})

test('begun anew, knows nothing of what came before', () => {
  const trend = new WindowedTrend(4)
  for (const value of [90, 80, 95, 70, 99]) trend.update(value)
  trend.restart()
  expect(trend.level).toBeNaN()
  const fresh = new WindowedTrend(4)
  for (const value of [1, 3, 2, 5, 4, 8]) {
    trend.update(value)
    fresh.update(value)
    expect([trend.level, trend.slope]).toEqual([fresh.level, fresh.slope])
    expect(trend.errorAhead(5)).toBe(fresh.errorAhead(5))
  }
})
