import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyReport } from '../../test/sample-reports.ts'
import { reportId } from './report.ts'
import { ScoreIds } from './score-ids.ts'

test('the id of a score is that of its report, whatever came before', () => {
  fc.assert(
    fc.property(fc.array(anyReport), (reports) => {
      const ids = new ScoreIds()
      for (const report of [...reports, ...reports]) {
        if (report.kind !== 'score') continue
        ids.take(report)
        const digits = [ids.upper, ids.lower].map((half) => half.toString(16).padStart(8, '0'))
        expect(digits.join('')).toBe(reportId(report))
      }
    }),
  )
})
