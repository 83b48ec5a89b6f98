import { expect, test } from 'vitest'
import { Random } from '../core/random.ts'
import { OnlineLogistic, boundedLogit, probabilityOf } from './online-logistic.ts'

const prior = { weights: [0, 0], variances: [4, 4], share: 1, drift: 0 }

test('finds the weights by which outcomes were drawn', () => {
  const fusion = new OnlineLogistic(prior)
  const random = new Random(1)
  for (let i = 0; i < 20_000; i++) {
    const x = random.gaussian(0, 1)
    const outcome = random.uniform() < probabilityOf(-1 + 2 * x) ? 1 : 0
    fusion.learn(Float64Array.of(1, x), outcome)
  }
  const [bias = NaN, slope = NaN] = fusion.weights
  // The standard error of either is about .03 for so many.
  expect(Math.abs(bias + 1)).toBeLessThan(0.12)
  expect(Math.abs(slope - 2)).toBeLessThan(0.12)
  expect(fusion.variance(Float64Array.of(1, 0))).toBeLessThan(0.01)
})

test('knows nothing at first: its variance is the prior’s', () => {
  expect(new OnlineLogistic(prior).variance(Float64Array.of(1, 2))).toBe(4 * 5)
})

test('log odds are bounded', () => {
  expect(boundedLogit(1, 6)).toBe(6)
  expect(boundedLogit(0, 6)).toBe(-6)
  expect(probabilityOf(boundedLogit(0.3, 6))).toBeCloseTo(0.3, 12)
})
