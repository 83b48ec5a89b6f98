import { expect, test } from 'vitest'
import { alarmReport, rejectionReport, scoreReport } from '../../../test/sample-reports.ts'
import { Labels } from '../../core/labels.ts'
import type { SeriesPatternText } from '../../core/series-pattern.ts'
import { Selection } from './selection.ts'

const mem = scoreReport({ labels: Labels.named('mem', []) })
const cpu = scoreReport({ labels: Labels.named('cpu', []) })

function f(match: SeriesPatternText, want: readonly boolean[]): void {
  const selection = new Selection(
    new Set(['score', 'rejection']),
    { match, silenced: 'usual' },
    false,
  )
  const reports = [mem, cpu, mem, rejectionReport(), alarmReport('firing')]
  expect(reports.map((report) => selection.has(report))).toEqual(want)
}

test('kinds that are accepted, of series that are meant', () => {
  f('*', [true, true, true, true, false])
  f('mem', [true, false, true, true, false])
  f([{ __name__: 'cpu' }], [false, true, false, true, false])
  f([], [false, false, false, true, false])
})
