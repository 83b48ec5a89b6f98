import { expect, test } from 'vitest'
import { deviationsOf } from './deviations.ts'

test('a distance is counted in deviations', () => {
  expect(deviationsOf(-6, 2, 100)).toBe(3)
  expect(deviationsOf(0, 2, 100)).toBe(0)
})

test('rounding around a level that never moved is not a deviation', () => {
  expect(deviationsOf(2 ** -52, 0, 1)).toBeLessThan(0.001)
})

test('off a level that never moved the answer is large and finite', () => {
  expect(deviationsOf(1, 0, 0)).toBe(2 ** 20)
  expect(deviationsOf(2e150, 5e-324, 1e-300)).toBe(2 ** 20)
  expect(deviationsOf(0, 0, 0)).toBe(0)
})
