import { expect, test } from 'vitest'
import { RecursiveLeastSquares } from './recursive-least-squares.ts'

/** Forecasts of x for f = [1, x] after y = 3 + 2 x was seen for many x. */
function taught(errorFactor: number): RecursiveLeastSquares {
  const squares = new RecursiveLeastSquares({ weights: [0, 0], sets: 2 })
  for (let i = 0; i < 500; i++) {
    const x = ((i * 7919) % 101) / 50 - 1
    const f = Float64Array.of(1, x)
    const error = 3 + 2 * x - squares.forecast(f, 0)
    squares.learn(f, Float64Array.of(error, errorFactor * (3 + 2 * x - squares.forecast(f, 1))))
  }
  return squares
}

// P = 10 I at first is a sample of weight .1 that says zero: 500 samples leave .0006 of it.
test('finds the weights of a line', () => {
  expect(taught(1).forecast(Float64Array.of(1, 0), 0)).toBeCloseTo(3, 2)
  expect(taught(1).forecast(Float64Array.of(1, 10), 0)).toBeCloseTo(23, 1)
})

test('each set of weights learns of its own errors', () => {
  expect(taught(0).forecast(Float64Array.of(1, 10), 1)).toBe(0)
  expect(taught(0).forecast(Float64Array.of(1, 10), 0)).toBeCloseTo(23, 1)
})

test('the first step is that of the normal equations', () => {
  // P = 10 I, f = [1, 2]: P f = [10, 20], divisor .9995 + 50; error 5 moves θ by 5 P f / divisor.
  const squares = new RecursiveLeastSquares({ weights: [0, 0], sets: 1 })
  squares.learn(Float64Array.of(1, 2), Float64Array.of(5))
  expect(squares.forecast(Float64Array.of(1, 0), 0)).toBeCloseTo(50 / 50.9995, 12)
  expect(squares.forecast(Float64Array.of(0, 1), 0)).toBeCloseTo(100 / 50.9995, 12)
})

test('regressors that never vary and huge ones leave it finite', () => {
  const squares = new RecursiveLeastSquares({ weights: [0, 1], sets: 1 })
  const still = Float64Array.of(1, 0)
  for (let i = 0; i < 50_000; i++) squares.learn(still, Float64Array.of(1e-3))
  const huge = Float64Array.of(1, 1e9)
  for (let i = 0; i < 1000; i++) squares.learn(huge, Float64Array.of(i % 2 === 0 ? 1 : -1e9))
  expect(Number.isFinite(squares.forecast(huge, 0))).toBe(true)
})
