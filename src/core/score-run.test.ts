import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { alarmReport, anyReport, scoreReport as sampleReport } from '../../test/sample-reports.ts'
import { woven } from '../../test/score-runs.ts'
import { Assessment } from './assessment.ts'
import type { Report, ScoreReport } from './report.ts'
import {
  countOf,
  eachReport,
  scoreReport,
  ScoreRun,
  ScoreRuns,
  singleReports,
} from './score-run.ts'
import type { Reports } from './score-run.ts'

function scores(count: number, first = 0): ScoreReport[] {
  return Array.from({ length: count }, (_, i) => sampleReport({ value: first + i, index: i }))
}

/** The only run of some reports. */
function only(reports: Reports): ScoreRun {
  const [run, ...rest] = reports
  if (rest.length > 0 || run?.kind !== 'scores') throw new Error('that is not one run')
  return run
}

describe('reports as runs', () => {
  test('are the reports that they were made of, in their order', () => {
    const runs = new ScoreRuns()
    fc.assert(
      fc.property(fc.array(anyReport, { maxLength: 20 }), (reports) => {
        const all = woven(reports, runs)
        expect(singleReports(all)).toEqual(reports)
        expect(countOf(all)).toBe(reports.length)
        const copies = [...eachReport(all)].map(({ kind }) => kind)
        expect(copies).toEqual(reports.map(({ kind }) => kind))
      }),
    )
  })

  test('keep what few scores have: values of a group, and that they foretell', () => {
    const rows = [
      sampleReport({ values: [1, 2, 3], foretells: true }),
      sampleReport({ value: -0, remainderNs: 999_999, expected: NaN }),
    ]
    const [first, second] = singleReports(woven(rows)) as [ScoreReport, ScoreReport]
    expect(first).toEqual(rows[0])
    expect(Object.keys(second)).not.toContain('foretells')
    expect(Object.is(second.value, -0)).toBe(true)
    expect(second.remainderNs).toBe(999_999)
  })

  test('are what the series would have reported by itself', () => {
    const { labels, status, alarmState, ...sample } = sampleReport({ values: [4, 5] })
    const assessment = new Assessment()
    assessment.score = 0.5
    assessment.rawScore = 2
    const observation = { labels, ...sample }
    const runs = new ScoreRuns()
    runs.take(0, { labels, status, alarmState }, observation, assessment)
    const single = scoreReport({ labels, status, alarmState }, observation, assessment)
    expect(singleReports(runs.woven([]))).toStrictEqual([single])
    expect(Object.keys(singleReports(woven([single]))[0] as Report)).toEqual(Object.keys(single))
  })

  test('go on over the end of a block, and rows that were handed out stay as they are', () => {
    const runs = new ScoreRuns()
    const first = woven(scores(1000), runs)
    const second = woven(scores(3000, 1000), runs)
    expect(singleReports([...first, ...second])).toEqual([...scores(1000), ...scores(3000, 1000)])
    expect(second.length).toBeGreaterThan(1)
  })

  test('can be cut and picked from', () => {
    const values = (run: ScoreRun): number[] =>
      Array.from({ length: run.count }, (_, i) => run.at(i).value)
    const run = only(woven(scores(10)))
    expect(values(run.slice(2, 5))).toEqual([2, 3, 4])
    expect(values(run.slice(2, 99).slice(1, 3))).toEqual([3, 4])
    const picked = run.slice(2, 9).picked([0, 3, 5])
    expect(values(picked)).toEqual([2, 5, 7])
    expect(values(picked.slice(1, 3))).toEqual([5, 7])
    expect(picked.labelsAt(1)).toBe(run.labelsAt(5))
  })

  test('stand among other reports where they were made', () => {
    const [one, two, three] = scores(3) as [ScoreReport, ScoreReport, ScoreReport]
    const alarm = alarmReport('firing')
    const all = woven([one, alarm, two, three, alarm])
    expect(all.map(({ kind }) => kind)).toEqual(['scores', 'alarm', 'scores', 'alarm'])
    expect(singleReports(all)).toEqual([one, alarm, two, three, alarm])
  })
})
