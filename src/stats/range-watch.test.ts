import { expect, test } from 'vitest'
import { RangeWatch } from './range-watch.ts'

/**
 * How many samples it takes until a range of 0 to 100 in steps of 10 has to be learned anew, in
 * blocks of ten samples.
 */
function samplesUntilAnew(valueAt: (index: number) => number, samplesMax = 1000): number {
  const watch = new RangeWatch()
  for (let i = 0; i < samplesMax; i++) {
    const value = valueAt(i)
    if (value < 0 || value > 100) watch.countBeyond()
    if (watch.push(value, 10, 10)) return i + 1
  }
  return Infinity
}

test('a series that stays inside keeps its range', () => {
  expect(samplesUntilAnew((i) => (i * 37) % 101)).toBe(Infinity)
})

test('half a block beyond the limits is not for good, more than half is', () => {
  expect(samplesUntilAnew((i) => (i % 10 < 5 ? 150 : i % 100))).toBe(Infinity)
  expect(samplesUntilAnew((i) => (i % 10 < 6 ? 150 : i % 100))).toBe(10)
})

test('eight blocks within one step are a range far too wide', () => {
  expect(samplesUntilAnew((i) => 50 + (i % 3))).toBe(80)
})

test('eight blocks without any change say nothing about the width', () => {
  expect(samplesUntilAnew(() => 50)).toBe(Infinity)
})
