import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  alarmReport,
  anyReport,
  forecastReport,
  noonMs,
  rejectionReport,
  scoreReport,
} from '../../test/sample-reports.ts'
import { optionsWithDefaults } from '../core/options.ts'
import type { Report } from '../core/report.ts'
import { LogLineEncoder, logLineOptions } from './log-line.ts'
import type { LogLineOptions } from './log-line.ts'

function text(reports: readonly Report[], options: Partial<LogLineOptions> = {}): string {
  const encoder = new LogLineEncoder(optionsWithDefaults(logLineOptions, options))
  return new TextDecoder().decode(encoder.encode(reports))
}

function f(report: Report, want: string): void {
  expect(text([report])).toBe(want + '\n')
}

test('a sample is a normal value or an anomaly', () => {
  f(
    scoreReport({ value: 201.5, timestampMs: noonMs + 250 }),
    '2025-03-01 12:00:00,250 - INFO - Normal value: 201.5',
  )
  f(
    scoreReport({ value: 243.125, status: 'anomalous' }),
    '2025-03-01 12:00:00,000 - WARNING - Anomaly detected: 243.125',
  )
  f(
    scoreReport({ status: 'probation', value: 1e-7 }),
    '2025-03-01 12:00:00,000 - INFO - Normal value: 1e-7',
  )
})

test('whole numbers have a point, as Python prints floats', () => {
  f(scoreReport({ value: 200 }), '2025-03-01 12:00:00,000 - INFO - Normal value: 200.0')
  f(scoreReport({ value: -0 }), '2025-03-01 12:00:00,000 - INFO - Normal value: -0.0')
  f(scoreReport({ value: 1e21 }), '2025-03-01 12:00:00,000 - INFO - Normal value: 1e+21')
})

test('alarms and refusals are lines of the same form', () => {
  f(
    alarmReport('firing'),
    '2025-03-01 12:00:00,000 - WARNING - Alarm firing: ' +
      '412, expected 180 to 260; once in 2000 samples',
  )
  f(
    alarmReport('resolved', { reason: 'quiet\nagain' }),
    '2025-03-01 12:00:00,000 - INFO - Alarm resolved: quiet_again',
  )
  f(
    alarmReport('firing', {
      news: 'silenced',
      silenced: { silenceId: 's1', who: 'ann', untilMs: 9 },
      reason: '412',
    }),
    '2025-03-01 12:00:00,000 - WARNING - Alarm firing (silenced): 412',
  )
  f(
    rejectionReport(),
    [
      '2025-03-01 12:00:00,000 - WARNING - ',
      'Rejected (not_numeric): value is not a number: "abc"',
    ].join(''),
  )
})

test('the series is said where asked for and known', () => {
  expect(text([scoreReport()], { series: true })).toMatch(
    /Normal value: 200\.0 \(cpu\{host="a"\}\)\n$/,
  )
  expect(text([rejectionReport()], { series: true })).toMatch(/: "abc"\n$/)
})

test('forecasts are left out', () => {
  expect(text([forecastReport()])).toBe('')
})

test('any report is one line', () => {
  fc.assert(
    fc.property(fc.array(anyReport, { maxLength: 10 }), (reports) => {
      const lines = text(reports, { series: true }).split('\n')
      expect(lines).toHaveLength(1 + reports.filter(({ kind }) => kind !== 'forecast').length)
    }),
  )
})
