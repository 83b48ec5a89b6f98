import { describe, expect, test } from 'vitest'
import { alarmReport, scoreReport } from '../../test/sample-reports.ts'
import { Labels, fieldLabel, fieldsLabel } from '../core/labels.ts'
import { optionsWithDefaults } from '../core/options.ts'
import type { Report } from '../core/report.ts'
import { AggregateEncoder, aggregateOptions } from './aggregate.ts'
import type { AggregateOptions } from './aggregate.ts'

const fields = ['mean', 'count', 'mem', 'max', 'summation', 'violations', 'cpu']
const labels = Labels.named('aggregate', [
  [fieldLabel, 'objective'],
  [fieldsLabel, fields.join(',')],
])
const values = [371, 75, 17, 906, 27_894, 36, 56]
const second = scoreReport({ labels, timestampMs: 1_524_619_695_999, value: 371, values })

function f(reports: Report[], want: string, changes: Partial<AggregateOptions> = {}): void {
  const encoder = new AggregateEncoder(optionsWithDefaults(aggregateOptions, changes))
  expect(new TextDecoder().decode(encoder.encode(reports))).toBe(want)
}

/** The first line of the fourth original's training file. */
const published =
  '{"count": 75, "mem": 17, "max": 906, "timestamp": 1524619695, "summation": 27894, ' +
  '"violations": 36, "cpu": 56, "mean": 371}'

describe('aggregates', () => {
  test('are what the aggregator of the SLO prediction wrote, to the byte', () => {
    f([second], published + '\n')
    f([second, second], `${published}\n${published}`, { end: 'none' })
  })

  test('have the members that are asked for, in that order', () => {
    f([second], '{"cpu": 56, "timestamp": 1524619695}\n', { members: ['cpu', 'timestamp'] })
  })

  test('leave out what is no group, what lacks a member, and what is no sample', () => {
    f([scoreReport(), alarmReport('firing')], '')
    f([second], '', { members: ['cpu', 'disk'] })
  })
})
