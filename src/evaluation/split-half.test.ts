import { expect, test } from 'vitest'
import { Random } from '../core/random.ts'
import type { ScoredSeries } from './corpus.ts'
import type { NabProfile } from './nab.ts'
import { nabProfiles, nabRows } from './nab.ts'
import { rowsByScore } from './nab-threshold.ts'
import { halfChoices, nabSplitHalf, randomHalf } from './split-half.ts'

/** 20 rows, 3 of them probation; the window's first row has `score`, all others 0. */
function file(score: number): ScoredSeries {
  const scores = new Float64Array(20)
  scores[10] = score
  const ranges = [{ firstRow: 10, lastRow: 13 }]
  return { series: { name: 'a', timestampsMs: scores, values: scores, ranges }, scores }
}

function splitHalf(files: readonly ScoredSeries[], profile: NabProfile): number {
  const rows = nabRows(files)
  return nabSplitHalf({ rows, order: rowsByScore(rows) }, files.length, profile, 1)
}

test('a threshold that serves every half scores as if it had been chosen on all', () => {
  const files = [0.9, 0.9, 0.9, 0.9].map(file)
  for (const profile of nabProfiles) expect(splitHalf(files, profile)).toBe(100)
})

test('two files that need different thresholds pay for each other', () => {
  // The half with .9 chooses .9 and misses the window of the other file: -1 of ±1.
  // The half with .5 chooses .5 and finds the window of the first: +1. Raw 0 of ±2 is 50.
  expect(splitHalf([file(0.9), file(0.5)], nabProfiles[0])).toBe(50)
})

test('halves have half of the files, each file as often as any other', () => {
  const random = new Random(5)
  const counts = new Float64Array(7)
  for (let i = 0; i < 7000; i++) {
    const half = randomHalf(7, random)
    expect(half.reduce((a, b) => a + b)).toBe(3)
    half.forEach((side, fileIndex) => (counts[fileIndex] = (counts[fileIndex] as number) + side))
  }
  // Each count is binomial(7000, 3/7): mean 3000, deviation 41.4; five deviations are 207.
  for (const count of counts) expect(Math.abs(count - 3000)).toBeLessThan(207)
})

test('a choice is the best on its half, and is judged on the other', () => {
  // Configuration c is worth 1 for each file whose number has the same parity.
  const worth = (c: number, files: Uint8Array): number =>
    files.reduce((sum, taken, file) => sum + (file % 2 === c ? taken : 0), 0)
  const choices = halfChoices(9, 2, worth, 1)
  expect(choices).toHaveLength(100)
  for (const pair of choices) {
    const [one, other] = pair
    expect(one.judgedOn.map((taken, file) => taken + (other.judgedOn[file] ?? 0))).toEqual(
      new Uint8Array(9).fill(1),
    )
    for (const { chosen, judgedOn } of pair) {
      const chosenOn = judgedOn.map((taken) => 1 - taken)
      expect(worth(chosen, chosenOn)).toBeGreaterThanOrEqual(worth(1 - chosen, chosenOn))
    }
  }
})
