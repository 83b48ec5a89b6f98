import { expect, test } from 'vitest'
import { Random } from '../../core/random.ts'
import { autoDesign } from './design.ts'
import { Trust } from './trust.ts'

/** Trust after so many samples of a slow wave, expected to within noise of a deviation. */
function after(samples: number, deviation: number): number {
  const random = new Random(1)
  const trust = new Trust(autoDesign)
  for (let i = 0; i < samples; i++) {
    const value = Math.sin(i / 50)
    trust.learn(value, value + random.gaussian(0, deviation))
  }
  return trust.value
}

test('grows with the past that was seen, up to one', () => {
  expect(after(0, 0)).toBe(0)
  expect(after(1250, 0.1)).toBeCloseTo(0.25, 10)
  expect(after(5000, 0.1)).toBe(1)
  expect(after(30_000, 0.1)).toBe(1)
})

test('falls where the forecast leaves much of the movement unexplained', () => {
  // The wave moves by 2/π on the mean; the mean error is .8 deviations.
  expect(after(10_000, 0.2)).toBe(1)
  expect(after(10_000, 0.3)).toBeGreaterThan(0.4)
  expect(after(10_000, 0.3)).toBeLessThan(0.9)
  expect(after(10_000, 0.5)).toBe(0)
})

test('is none in a series that never moved', () => {
  const trust = new Trust(autoDesign)
  for (let i = 0; i < 20_000; i++) trust.learn(7, 7)
  expect(trust.value).toBe(0)
})
