import { expect, test } from 'vitest'
import { studentTail } from './student.ts'

test('the tail is that of the table for four degrees of freedom', () => {
  // Abramowitz and Stegun, table 26.10, ν = 4: two-sided points; t = deviations √2.
  const f = (t: number, want: number): void => {
    expect(Math.abs(studentTail(t / Math.SQRT2) / want - 1)).toBeLessThan(5e-4)
  }
  f(0.741, 0.5)
  f(2.776, 0.05)
  f(4.604, 0.01)
  f(8.61, 0.001)
  f(15.544, 0.0001)
})

test('nothing is certain at the mean, and far out the tail falls as the fourth power', () => {
  expect(studentTail(0)).toBe(1)
  // 6 / t⁴ for large t: (1 - s) → 2 / t², so ½ (2/t²)² 3.
  const far = 2 ** 20
  expect(studentTail(far) / (6 / (far * Math.SQRT2) ** 4)).toBeCloseTo(1, 10)
})
