import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RowRange, ScoredSeries } from './corpus.ts'
import { probationSamplesOf } from './corpus.ts'
import type { NabProfile } from './nab.ts'
import { nabFileScores, nabOutcomes, nabProfiles, nabRows } from './nab.ts'
import { bestThreshold, nabRaw, rowsByScore } from './nab-threshold.ts'

const [standard, lowFalsePositives, lowFalseNegatives] = nabProfiles

/** A file of 20 rows, of which the first 3 are probation, with one window of 4 rows. */
const window = { firstRow: 10, lastRow: 13 }

function file(
  rowCount: number,
  ranges: readonly RowRange[],
  scoreOf: Readonly<Record<number, number>>,
): ScoredSeries {
  const scores = new Float64Array(rowCount)
  for (const [row, score] of Object.entries(scoreOf)) scores[Number(row)] = score
  const values = new Float64Array(rowCount)
  return { series: { name: 'a.csv', timestampsMs: values, values, ranges }, scores }
}

/** The raw score when the given rows are detected. */
function rawOf(rows: readonly number[], profile: NabProfile, ranges: readonly RowRange[]): number {
  const scores = Object.fromEntries(rows.map((row) => [row, 1]))
  const [part] = nabFileScores(nabRows([file(20, ranges, scores)]), 1, 0.5, profile)
  return part?.score ?? NaN
}

describe('the raw score of a file', () => {
  const f = (rows: readonly number[], profile: NabProfile, want: number): void => {
    expect(rawOf(rows, profile, [window])).toBeCloseTo(want, 12)
  }

  // S(p) = 2 / (1 + e^{5p}) - 1 = -tanh(5p / 2), calculated with another program.
  test('pays for the best detection in a window only', () => {
    f([10], standard, 1)
    f([11], standard, 0.9669890878000605)
    f([12], standard, 0.8597925669097837)
    f([13], standard, 0.5621241486044827)
    f([11, 13], standard, 0.9669890878000605)
  })

  test('takes the weight of a missed window where nothing is detected in it', () => {
    f([], standard, -1)
    f([], lowFalseNegatives, -2)
  })

  test('takes all of a false row before the window, and ever more of one after it', () => {
    f([9], standard, -1 - 0.11)
    f([14], standard, -1 - 0.11 * 0.6822617902381697)
    f([15], standard, -1 - 0.11 * 0.9311096086675776)
    f([16], lowFalsePositives, -1 - 0.22 * 0.9866142981514303)
    f([19], lowFalseNegatives, -2 - 0.11 * 0.9999092042625951)
  })

  test('leaves out rows in probation', () => {
    f([0, 1, 2], standard, -1)
    f([3], standard, -1.11)
  })

  test('counts no window that lies in probation, but what comes after it', () => {
    // The window of rows 0 and 1 has w - 1 = 1: row 3 stands at p = 2, row 5 beyond p = 3.
    expect(rawOf([], standard, [{ firstRow: 0, lastRow: 1 }])).toBe(0)
    expect(rawOf([3], standard, [{ firstRow: 0, lastRow: 1 }])).toBeCloseTo(
      -0.11 * 0.9999092042625951,
      12,
    )
    expect(rawOf([5], standard, [{ firstRow: 0, lastRow: 1 }])).toBe(-0.11)
  })

  test('measures rows after a window of one row as infinitely far', () => {
    expect(rawOf([11], standard, [{ firstRow: 10, lastRow: 10 }])).toBeCloseTo(-1.11, 12)
  })

  test('measures a false row from the last window before it', () => {
    const two = [window, { firstRow: 16, lastRow: 17 }]
    // Row 18 stands at p = 1 / (2 - 1) after the second window; both windows are missed.
    expect(rawOf([18], standard, two)).toBeCloseTo(-2 - 0.11 * 0.9866142981514303, 12)
  })

  test('counts detected and other rows inside and outside', () => {
    const rows = nabRows([file(20, [window], { 1: 1, 5: 1, 11: 1, 12: 1, 19: 1 })])
    expect(nabFileScores(rows, 1, 0.5, standard)[0]).toMatchObject({
      truePositives: 2,
      falseNegatives: 2,
      falsePositives: 2,
      trueNegatives: 11,
    })
  })
})

describe('the best threshold', () => {
  const f = (scoreOf: Readonly<Record<number, number>>, want: number): void => {
    const rows = nabRows([file(20, [window], scoreOf)])
    expect(bestThreshold({ rows, order: rowsByScore(rows) }, standard)).toBe(want)
  }

  test('is the highest of equally good ones', () => {
    // Row 12 adds nothing once row 10 is detected.
    f({ 10: 0.9, 12: 0.4 }, 0.9)
  })

  test('goes down as long as a window is worth more than the false rows on the way', () => {
    // -1 → 0.562 with row 13; the false row costs .11; then row 10 brings 1 - 0.562.
    f({ 13: 0.9, 5: 0.8, 10: 0.7 }, 0.7)
    // Row 12 brings .298 more, and three false rows cost .33.
    f({ 13: 0.9, 4: 0.8, 5: 0.8, 6: 0.8, 12: 0.7 }, 0.9)
  })

  test('is 1.1 where silence is best', () => {
    // 15 rows are probation; the 35 before the window cost 3.85 together, a found window brings 2.
    const flat = file(100, [{ firstRow: 50, lastRow: 53 }], {})
    const [outcome] = nabOutcomes([flat], 0.5)
    expect(outcome).toMatchObject({ threshold: 1.1, raw: -1, score: 0, defaultThresholdScore: 0 })
  })

  test('may lie over 1.1 for scores that do', () => {
    f({ 10: 7 }, 7)
    f({ 4: 7, 10: 1.1, 11: 1.05 }, 1.1)
  })
})

test('the final score is 0 for silence and 100 for every window at its first row', () => {
  const perfect = nabOutcomes([file(20, [window], { 10: 1 })], 0.5)
  expect(perfect.map((outcome) => outcome.score)).toEqual([100, 100, 100])
  const silent = nabOutcomes([file(20, [window], { 10: 1 })], 2)
  expect(silent.map((outcome) => outcome.defaultThresholdScore)).toEqual([0, 0, 0])
})

/** One or two files with up to two windows and scores from a short list, so that ties occur. */
const corpora = fc.array(
  fc
    .record({
      rowCount: fc.integer({ min: 12, max: 40 }),
      start: fc.integer({ min: 0, max: 4 }),
      lengths: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
      levels: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 40, maxLength: 40 }),
    })
    .map(({ rowCount, start, lengths, levels }) => {
      const ranges = lengths.map((length, i) => {
        const firstRow = start + 5 * i
        return { firstRow, lastRow: firstRow + length - 1 }
      })
      const scores = levels.slice(0, rowCount).map((level, row) => [row, level / 6] as const)
      return file(rowCount, ranges, Object.fromEntries(scores))
    }),
  { minLength: 1, maxLength: 2 },
)
const profiles = fc.constantFrom(...nabProfiles)

function rawAt(files: readonly ScoredSeries[], threshold: number, profile: NabProfile): number {
  const parts = nabFileScores(nabRows(files), files.length, threshold, profile)
  return parts.reduce((sum, part) => sum + part.score, 0)
}

describe('for any corpus', () => {
  test('the sweep finds what trying every score finds', () => {
    fc.assert(
      fc.property(corpora, profiles, (files, profile) => {
        const rows = nabRows(files)
        const best = bestThreshold({ rows, order: rowsByScore(rows) }, profile)
        const candidates = [...new Set([1.1, ...rows.scores])].sort((a, b) => b - a)
        const raws = candidates.map((threshold) => rawAt(files, threshold, profile))
        const highest = Math.max(...raws)
        expect(rawAt(files, best, profile)).toBeCloseTo(highest, 9)
        const all = { rows, order: rowsByScore(rows) }
        expect(nabRaw(all, best, profile)).toBeCloseTo(highest, 9)
        expect(best).toBe(candidates[raws.findIndex((raw) => raw > highest - 1e-9)])
      }),
    )
  })

  test('a rising map of the scores changes no score', () => {
    fc.assert(
      fc.property(corpora, (files) => {
        const bent = files.map(({ series, scores }) => ({
          series,
          scores: scores.map((score) => score ** 3 / 2 + score / 2),
        }))
        const before = nabOutcomes(files, 2)
        const after = nabOutcomes(bent, 2)
        before.forEach((outcome, p) => expect(after[p]?.raw).toBeCloseTo(outcome.raw, 9))
      }),
    )
  })

  test('one more false row never raises the raw score, one more true row never lowers it', () => {
    fc.assert(
      fc.property(corpora, profiles, fc.nat({ max: 11 }), (files, profile, row) => {
        const [first, ...others] = files
        if (first === undefined) return
        const scores = first.scores.slice()
        scores[row] = 1
        const more = [{ series: first.series, scores }, ...others]
        const gain = rawAt(more, 0.7, profile) - rawAt(files, 0.7, profile)
        const inside = first.series.ranges.some((r) => r.firstRow <= row && row <= r.lastRow)
        if (row < probationSamplesOf(scores.length)) expect(gain).toBe(0)
        else if (inside) expect(gain).toBeGreaterThanOrEqual(0)
        else expect(gain).toBeLessThanOrEqual(1e-12)
      }),
    )
  })
})
