import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RowRange, ScoredSeries } from './corpus.ts'
import { probationSamplesOf } from './corpus.ts'
import { bestSegmentScore, judgedSegments, segmentScore, segmentScoreAt } from './segments.ts'

/** Of 40 rows the first 6 are probation. */
function file(ranges: readonly RowRange[], scoreOf: Readonly<Record<number, number>>, rows = 40) {
  const scores = new Float64Array(rows)
  for (const [row, score] of Object.entries(scoreOf)) scores[Number(row)] = score
  const values = new Float64Array(rows)
  return { series: { name: 'a', timestampsMs: values, values, ranges }, scores }
}

const segment = { firstRow: 10, lastRow: 19 }

describe('the segment rule', () => {
  const f = (alarmed: readonly number[], want: readonly number[]): void => {
    const { series, scores } = file([segment], {})
    const rows = Uint8Array.from(scores, (_, row) => (alarmed.includes(row) ? 1 : 0))
    const score = segmentScore([{ series, alarmed: rows }], 3)
    const { truePositives, falsePositives, falseNegatives, f1 } = score
    expect([truePositives, falsePositives, falseNegatives, f1]).toEqual(want)
  }

  test('finds a segment whole by one alarm among its first rows', () => {
    f([10], [10, 0, 0, 1])
    f([13], [10, 0, 0, 1])
    f([13, 17, 18], [10, 0, 0, 1])
  })

  test('misses a segment whole that is alarmed too late', () => {
    f([14], [0, 0, 10, 0])
    f([], [0, 0, 10, 0])
  })

  test('counts false rows one by one', () => {
    // 2 · 10 / (2 · 10 + 5) = .8
    f([6, 7, 8, 9, 11, 20], [10, 5, 0, 0.8])
    f([9], [0, 1, 10, 0])
  })

  test('passes over rows in probation', () => {
    f([0, 5, 10], [10, 0, 0, 1])
  })

  test('looks for a short segment no further than its end', () => {
    const { series } = file([{ firstRow: 10, lastRow: 11 }], {})
    const alarmed = new Uint8Array(40)
    alarmed[12] = 1
    const score = segmentScore([{ series, alarmed }], 3)
    expect(score).toMatchObject({ segmentsFound: 0, falsePositives: 1, falseNegatives: 2 })
  })

  test('passes over a segment that begins in probation, with all its rows', () => {
    const { series } = file([{ firstRow: 5, lastRow: 9 }, segment], {})
    expect(judgedSegments(series)).toEqual([segment])
    const alarmed = new Uint8Array(40).fill(1, 5, 12)
    const score = segmentScore([{ series, alarmed }], 3)
    expect(score).toMatchObject({ segments: 1, truePositives: 10, falsePositives: 0 })
  })

  test('sums counts over the series before it divides', () => {
    const one = file([segment], { 10: 1 })
    const other = file([{ firstRow: 30, lastRow: 39 }], { 6: 1, 7: 1 })
    const score = segmentScoreAt([one, other], 3, 0.5)
    // TP 10, FP 2, FN 10.
    expect(score.precision).toBeCloseTo(10 / 12, 12)
    expect(score.recall).toBe(0.5)
    expect(score.f1).toBeCloseTo(20 / 32, 12)
  })

  test('gives 0 where there is nothing to find and nothing found', () => {
    const nothing = bestSegmentScore([], 3)
    expect(nothing).toMatchObject({ f1: 0, precision: 0, recall: 0, threshold: Infinity })
  })
})

test('the best threshold is the highest of equally good ones', () => {
  // At .9 F1 is 2 · 10 / (20 + 0 + 0) = 1; rows inside the segment at .4 change nothing.
  const score = bestSegmentScore([file([segment], { 11: 0.9, 15: 0.4 })], 3)
  expect(score).toMatchObject({ f1: 1, threshold: 0.9 })
})

const corpora = fc.array(
  fc
    .record({
      lengths: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 3 }),
      levels: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 40, maxLength: 40 }),
    })
    .map(({ lengths, levels }) => {
      const ranges = lengths.map((length, i) => {
        return { firstRow: 2 + 10 * i, lastRow: 1 + 10 * i + length }
      })
      return file(ranges, Object.fromEntries(levels.map((level, row) => [row, level / 6])))
    }),
  { minLength: 1, maxLength: 3 },
)

/** The rule as it is told, row by row. */
function plainF1(files: readonly ScoredSeries[], delayRowsMax: number, threshold: number): number {
  const counts = { tp: 0, fp: 0, fn: 0 }
  for (const { series, scores } of files) {
    const probation = probationSamplesOf(scores.length)
    scores.forEach((score, row) => {
      if (row < probation) return
      const range = series.ranges.find((r) => r.firstRow <= row && row <= r.lastRow)
      if (range === undefined) {
        if (score >= threshold) counts.fp++
        return
      }
      if (range.firstRow < probation) return
      const head = scores.slice(range.firstRow, range.lastRow + 1).slice(0, delayRowsMax + 1)
      if (head.some((s) => s >= threshold)) counts.tp++
      else counts.fn++
    })
  }
  const all = 2 * counts.tp + counts.fp + counts.fn
  return all === 0 ? 0 : (2 * counts.tp) / all
}

describe('for any corpus', () => {
  test('F1 at a threshold is what the rule says row by row', () => {
    fc.assert(
      fc.property(corpora, fc.integer({ min: 0, max: 7 }), (files, level) => {
        const { f1 } = segmentScoreAt(files, 2, level / 6)
        expect(f1).toBeCloseTo(plainF1(files, 2, level / 6), 12)
      }),
    )
  })

  test('the sweep finds what trying every score finds', () => {
    fc.assert(
      fc.property(corpora, (files) => {
        const best = bestSegmentScore(files, 2)
        const levels = [6, 5, 4, 3, 2, 1, 0].map((level) => level / 6)
        const all = levels.map((threshold) => plainF1(files, 2, threshold))
        expect(best.f1).toBeCloseTo(Math.max(...all), 12)
        if (best.f1 === 0) return
        expect(best.threshold).toBe(levels[all.findIndex((f1) => f1 >= Math.max(...all) - 1e-12)])
      }),
    )
  })

  test('a rising map of the scores changes no F1', () => {
    fc.assert(
      fc.property(corpora, (files) => {
        const bent = files.map(({ series, scores }) => ({
          series,
          scores: scores.map((score) => Math.atan(score)),
        }))
        expect(bestSegmentScore(bent, 2).f1).toBe(bestSegmentScore(files, 2).f1)
      }),
    )
  })

  test('one more false row never raises F1', () => {
    fc.assert(
      fc.property(corpora, (files) => {
        const [first, ...others] = files
        if (first === undefined) return
        const scores = first.scores.slice()
        scores[39] = 1
        const more = [{ series: first.series, scores }, ...others]
        const gain = segmentScoreAt(more, 2, 0.9).f1 - segmentScoreAt(files, 2, 0.9).f1
        expect(gain).toBeLessThanOrEqual(0)
      }),
    )
  })
})
