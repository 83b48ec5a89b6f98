/** Reports as a pipeline hands them on: scores as runs of rows. */

import { Assessment } from '../src/core/assessment.ts'
import type { Report } from '../src/core/report.ts'
import { ScoreRuns } from '../src/core/score-run.ts'
import type { Reports } from '../src/core/score-run.ts'

/** The same reports with their scores as rows, as series would have written them. */
export function woven(reports: readonly Report[], runs = new ScoreRuns()): Reports {
  const others: Report[] = []
  for (const report of reports) {
    if (report.kind !== 'score') others.push(report)
    else {
      const { kind: _, labels, status, alarmState, ...rest } = report
      const assessment = Object.assign(new Assessment(), rest)
      runs.take(others.length, { labels, status, alarmState }, { labels, ...rest }, assessment)
    }
  }
  return runs.woven(others)
}
