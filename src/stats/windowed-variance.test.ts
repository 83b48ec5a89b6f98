import { expect, test } from 'vitest'
import { WindowedVariance } from './windowed-variance.ts'

test('the variance is that of the last n values', () => {
  const variance = new WindowedVariance(4)
  expect(variance.variance).toBe(0)
  for (const value of [1e6, 2, 4, 4, 6]) variance.push(value)
  // Mean 4, squared distances 4, 0, 0, 4.
  expect(variance.variance).toBeCloseTo(2, 3)
})

test('a constant has none, however large it is', () => {
  const variance = new WindowedVariance(3)
  for (let i = 0; i < 10; i++) variance.push(1e12 + 0.1)
  expect(variance.variance).toBe(0)
})
