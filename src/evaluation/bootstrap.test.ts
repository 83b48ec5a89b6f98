import { describe, expect, test } from 'vitest'
import { bootstrapInterval } from './bootstrap.ts'

const mean = (values: readonly number[]) => (drawn: Uint32Array) =>
  values.reduce((sum, value, i) => sum + value * (drawn[i] ?? 0), 0) / values.length

describe('the bootstrap interval', () => {
  test('is a single value where all files are alike', () => {
    expect(bootstrapInterval(5, mean([3, 3, 3, 3, 3]), 1)).toEqual({ low: 3, high: 3 })
  })

  test('has about 1.96 standard errors on each side for the mean of many', () => {
    // 400 files, half 0 and half 1: the standard error of the mean is .5 / √400 = .025.
    const values = Array.from({ length: 400 }, (_, i) => i % 2)
    const { low, high } = bootstrapInterval(400, mean(values), 7)
    expect(low).toBeCloseTo(0.5 - 1.96 * 0.025, 2)
    expect(high).toBeCloseTo(0.5 + 1.96 * 0.025, 2)
  })

  test('is the same for the same seed, and another for another', () => {
    const values = [1, 5, 2, 8, 13, 0.5, 0.25]
    const one = bootstrapInterval(7, mean(values), 1)
    expect(bootstrapInterval(7, mean(values), 1)).toEqual(one)
    expect(bootstrapInterval(7, mean(values), 2)).not.toEqual(one)
  })

  test('leaves out draws without a value, and is NaN where none has one', () => {
    const { low, high } = bootstrapInterval(2, (drawn) => (drawn[0] === 1 ? 4 : NaN), 1)
    expect([low, high]).toEqual([4, 4])
    expect(bootstrapInterval(0, () => 1, 1)).toEqual({ low: NaN, high: NaN })
  })

  test('draws as many files as there are', () => {
    bootstrapInterval(
      9,
      (drawn) => {
        expect(drawn.reduce((a, b) => a + b)).toBe(9)
        return 0
      },
      3,
    )
  })
})
