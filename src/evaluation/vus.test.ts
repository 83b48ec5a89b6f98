import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RowRange, ScoredSeries } from './corpus.ts'
import { probationSamplesOf } from './corpus.ts'
import { vusPr } from './vus.ts'

function file(ranges: readonly RowRange[], scores: Float64Array): ScoredSeries {
  const values = new Float64Array(scores.length)
  return { series: { name: 'a', timestampsMs: values, values, ranges }, scores }
}

/** Of 20 rows the first 3 are probation. */
function scoresOf(scoreOf: Readonly<Record<number, number>>): Float64Array {
  const scores = new Float64Array(20)
  for (const [row, score] of Object.entries(scoreOf)) scores[Number(row)] = score
  return scores
}

describe('VUS-PR', () => {
  // One range of one row, so L = 1: buffers of 0 and 1 rows, both with no row beside the range.
  const single = [{ firstRow: 10, lastRow: 10 }]
  const f = (scores: Float64Array, published: number, steps: number): void => {
    const found = vusPr(file(single, scores))
    expect(found?.published).toBeCloseTo(published, 12)
    expect(found?.steps).toBeCloseTo(steps, 12)
  }

  test('is 1 where the labelled row has the highest score', () => f(scoresOf({ 10: 1 }), 1, 1))

  test('is by lines or by steps where one other row is higher', () => {
    // (0, 1) → recall 0 at precision 0 → recall 1 at precision 1/2: line (0 + 1/2) / 2, step 1/2.
    f(scoresOf({ 10: 0.5, 15: 1 }), 0.25, 0.5)
  })

  test('of one score for all 17 judged rows is about a half, or the share of labels', () => {
    // One step from (0, 1) to recall 1 at precision 1/17.
    f(scoresOf({}), (1 + 1 / 17) / 2, 1 / 17)
  })

  test('rewards a score beside the range by the weight of its row', () => {
    // L = 2: buffers 0 and 1 as they are, buffer 2 has a row of weight √(1 - 1/2) on each side.
    // Rows 10 and 11 are labelled; 9 alone has a score. With W = 2 + 2√½ and P = (2 + W)/2:
    // ℓ = 0, 1: recall 0 at precision 0, then all rows at once: recall 1, precision 2/17.
    // ℓ = 2: recall √½/P at precision √½, then recall 1 (TP/P > 1) at precision W/17.
    const half = Math.SQRT1_2
    const weights = 2 + 2 * half
    const full = (2 + weights) / 2
    const first = half / full
    const lines = (first * (1 + half)) / 2 + ((1 - first) * (half + weights / 17)) / 2
    const steps = first * half + ((1 - first) * weights) / 17
    const found = vusPr(file([{ firstRow: 10, lastRow: 11 }], scoresOf({ 9: 1 })))
    expect(found?.published).toBeCloseTo((2 * (1 / 17) + lines) / 3, 12)
    expect(found?.steps).toBeCloseTo((2 * (2 / 17) + steps) / 3, 12)
  })

  test('is undefined without a range that begins after probation', () => {
    expect(vusPr(file([], scoresOf({})))).toBeUndefined()
    expect(vusPr(file([{ firstRow: 2, lastRow: 5 }], scoresOf({})))).toBeUndefined()
  })

  test('takes no notice of a range that begins in probation, nor of its rows afterwards', () => {
    const open = [{ firstRow: 2, lastRow: 5 }].concat(single)
    const alarmed = scoresOf({ 4: 1, 5: 1, 10: 0.5 })
    expect(vusPr(file(open, alarmed))).toEqual({ published: 1, steps: 1 })
    expect(vusPr(file(single, alarmed))?.steps).toBeLessThan(1)
  })
})

/** The definition, threshold by threshold over all rows. */
function plainVusPr({ series, scores }: ScoredSeries, volume: 'published' | 'steps'): number {
  const probation = probationSamplesOf(scores.length)
  const judged = Array.from(scores.subarray(probation))
  const ranges = series.ranges
    .filter((range) => range.firstRow >= probation)
    .map((range) => [range.firstRow - probation, range.lastRow - probation] as const)
  const labelled = ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0)
  const bufferMax = Math.min(100, Math.round(labelled / ranges.length))
  const falling = judged.toSorted((a, b) => b - a)
  const distinct = falling.filter((score, i) => score !== falling[i - 1])
  const ranks = Array.from({ length: 250 }, (_, k) => {
    return falling[Math.floor((k * (judged.length - 1)) / 249)] ?? NaN
  })
  let sum = 0
  for (let buffer = 0; buffer <= bufferMax; buffer++) {
    const weights = judged.map((_, row) =>
      ranges.reduce((sum, [first, last]) => {
        const distance = Math.max(first - row, row - last, 0)
        if (distance > Math.floor(buffer / 2)) return sum
        return Math.min(1, sum + (distance === 0 ? 1 : Math.sqrt(1 - distance / buffer)))
      }, 0),
    )
    const groups: number[][] = []
    weights.forEach((weight, row) => {
      if (weight > 0 && (weights[row - 1] ?? 0) > 0) groups.at(-1)?.push(row)
      else if (weight > 0) groups.push([row])
    })
    const full = (labelled + weights.reduce((a, b) => a + b)) / 2
    let [recall, precision] = [0, 1]
    for (const threshold of volume === 'published' ? ranks : distinct) {
      const alarmed = judged.map((score) => score >= threshold)
      const hits = weights.reduce((all, weight, row) => all + (alarmed[row] ? weight : 0), 0)
      const found = groups.filter((group) => group.some((row) => alarmed[row])).length
      const nextRecall = (Math.min(1, hits / full) * found) / groups.length
      const nextPrecision = hits / alarmed.filter(Boolean).length
      const height = volume === 'published' ? (precision + nextPrecision) / 2 : nextPrecision
      sum += (nextRecall - recall) * height
      ;[recall, precision] = [nextRecall, nextPrecision]
    }
  }
  return sum / (bufferMax + 1)
}

test('the sums by threshold are what the definition says row by row', () => {
  // Ranges lie far enough apart that widened ones meet only by overlapping.
  const files = fc
    .record({
      lengths: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }),
      gap: fc.integer({ min: 9, max: 30 }),
      levels: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 160, maxLength: 400 }),
    })
    .map(({ lengths, gap, levels }) => {
      let firstRow = 65
      const ranges = lengths.map((length) => {
        const range = { firstRow, lastRow: firstRow + length - 1 }
        firstRow += length + gap
        return range
      })
      return file(ranges, Float64Array.from(levels))
    })
  fc.assert(
    fc.property(files, (each) => {
      expect(vusPr(each)?.published).toBeCloseTo(plainVusPr(each, 'published'), 9)
      expect(vusPr(each)?.steps).toBeCloseTo(plainVusPr(each, 'steps'), 9)
    }),
    { numRuns: 30 },
  )
})
