import { expect, test } from 'vitest'
import { averagedSamples, FadingHistory, scoreUnits } from './score-history.ts'

/** The sum of ten scores whose mean is `average`. */
function sumOf(average: number): number {
  return average * averagedSamples * scoreUnits
}

test('while nothing fades, mean and variance are the plain ones', () => {
  const history = new FadingHistory(1000)
  for (const average of [0.2, 0.4, 0.4, 0.6]) history.push(sumOf(average))
  expect(history.count).toBe(4)
  expect(history.mean()).toBeCloseTo(0.4, 12)
  expect(history.variance()).toBeCloseTo(0.02, 12)
})

test('the past fades: after the memory it counts for a third', () => {
  const history = new FadingHistory(200)
  for (let i = 0; i < 5000; i++) history.push(sumOf(1))
  for (let i = 0; i < 200; i++) history.push(0)
  expect(history.mean()).toBeCloseTo(Math.exp(-1), 2)
})
