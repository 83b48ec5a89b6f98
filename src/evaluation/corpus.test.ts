import { expect, test } from 'vitest'
import { probationSamplesOf, valueRange } from './corpus.ts'

test('probation is 15 % of a file, and 750 rows at most', () => {
  const f = (rowCount: number, want: number): void =>
    expect(probationSamplesOf(rowCount)).toBe(want)
  f(0, 0)
  f(6, 0)
  f(7, 1)
  f(4032, 604)
  f(4999, 749)
  f(5000, 750)
  f(22695, 750)
})

test('the range of values is that of all of them', () => {
  expect(valueRange(Float64Array.of(3, -2, 7, 0))).toEqual({ valueMin: -2, valueMax: 7 })
  expect(valueRange(new Float64Array(0))).toEqual({ valueMin: 0, valueMax: 0 })
})
