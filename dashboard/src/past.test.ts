import { expect, test } from 'vitest'
import type { HistoryColumns } from '../../src/core/history.ts'
import { drawnRows } from './past.ts'

const columns: HistoryColumns = {
  timestampMs: [1000, 2000, 3000],
  value: [5, 6, 7],
  min: [4, 6, 1],
  max: [5, 6, 8],
  expected: [4.5, 6, 6.5],
  lower: [4, 5, 6],
  upper: [5, 7, 7],
  score: [0.1, 0.2, 0.9999],
  flags: [1, 1, 2],
}

test('samples are drawn as they are', () => {
  const { min: _min, max: _max, ...samples } = columns
  expect(drawnRows({ bucketMs: 0, cut: false, columns })).toEqual(samples)
})

test('a row of many is drawn from its least to its greatest value, what is odd once', () => {
  const drawn = drawnRows({ bucketMs: 1000, cut: false, columns })
  expect(drawn.timestampMs).toEqual([500, 1000, 2000, 2500, 3000])
  expect(drawn.value).toEqual([4, 5, 6, 8, 1])
  expect(drawn.score).toEqual([0, 0.1, 0.2, 0, 0.9999])
  expect(drawn.flags).toEqual([1, 1, 1, 1, 2])
  expect(drawn.upper).toEqual([5, 5, 7, 7, 7])
})
