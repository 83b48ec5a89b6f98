import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { alarmReport, anyReport, noonMs, scoreReport } from '../../test/sample-reports.ts'
import { plainInflux } from '../../test/reference/score-lines.ts'
import { Labels } from '../core/labels.ts'
import { optionsWithDefaults } from '../core/options.ts'
import type { Report } from '../core/report.ts'
import { decoded, shown } from './decoder.contract.ts'
import { InfluxScoresEncoder, influxScoresOptions } from './influx-scores.ts'
import type { InfluxScoresOptions } from './influx-scores.ts'
import { InfluxDecoder, influxOptions } from './influx.ts'

function text(reports: readonly Report[], options: Partial<InfluxScoresOptions> = {}): string {
  const encoder = new InfluxScoresEncoder(optionsWithDefaults(influxScoresOptions, options))
  return new TextDecoder().decode(encoder.encode(reports))
}

const decoder = new InfluxDecoder(optionsWithDefaults(influxOptions, { precision: 'ns' }))

describe('a score is a line', () => {
  test('with the tags and fields of Sophia, and the band', () => {
    expect(text([scoreReport({ remainderNs: 1 })])).toBe(
      'anomaly_score,app=cpu{host\\="a"},host=a,period_description=Regular ' +
        'value=200,anomaly_score=25,is_anomaly=0,expected=220,lower=180,upper=260 ' +
        '1740830400000000001\n',
    )
  })

  test('without a band where there is none', () => {
    const none = { expected: NaN, lower: NaN, upper: NaN }
    const labels = Labels.named('cpu')
    expect(text([scoreReport({ labels, ...none, status: 'anomalous', score: 1 })])).toBe(
      'anomaly_score,app=cpu,period_description=Regular ' +
        'value=200,anomaly_score=100,is_anomaly=1 1740830400000000000\n',
    )
  })

  test('with the words of Sophia for where a sample stands', () => {
    const word = (status: 'probation' | 'rejected') =>
      /period_description=((?:\\ |\S)+)/.exec(text([scoreReport({ status })]))?.[1]
    expect(word('probation')).toBe('Training')
    expect(word('rejected')).toBe('Input\\ Time\\ Out\\ Of\\ Order')
  })

  test('with scores to 1 and another measurement where asked for', () => {
    const line = text([scoreReport()], { measurement: 'my scores', scoreMax: 1 })
    expect(line).toMatch(/^my\\ scores,/)
    expect(line).toContain(',anomaly_score=0.25,')
  })

  test('with wall-clock tags only where asked for', () => {
    const line = text([scoreReport({ timestampMs: noonMs + 250 })], { timeTags: true })
    expect(line).toContain(',time_collected=2025-03-01\\ 12:00:00.250,')
    expect(line).toContain(',time_detector=2025-03-01\\ 12:00:00,')
    expect(line).toContain(',time_pipeline=2025-03-01\\ 12:00:00 ')
  })
})

test('other reports are left out', () => {
  expect(text([alarmReport('firing')])).toBe('')
})

test('labels that line protocol cannot carry as they are become ones that it can', () => {
  const labels = Labels.of([
    ['__name__', 'm'],
    ['a\nb', 'c\r\nd'],
    ['back', 'slash\\\\'],
    ['\\', 'x'],
    ['y', '\\'],
  ])
  const line = text([scoreReport({ labels })])
  expect(line).toContain(',a_b=c__d,')
  expect(line).toContain(',back=slash,')
  expect(line).not.toContain(',y=')
  expect(decoded(decoder, line).rejections).toEqual([])
})

test('the decoder of line protocol reads back what was written', () => {
  const known = scoreReport({ remainderNs: 400_200, value: -1.5e-7 })
  const { observations } = decoded(decoder, text([known]))
  const name = '{app="cpu{host=\\"a\\"}",host="a",period_description="Regular"}'
  expect(observations.map(shown)).toEqual([
    `anomaly_score:value${name} ${noonMs}+400200 -1.5e-7`,
    `anomaly_score:anomaly_score${name} ${noonMs}+400200 25`,
    `anomaly_score:is_anomaly${name} ${noonMs}+400200 0`,
    `anomaly_score:expected${name} ${noonMs}+400200 220`,
    `anomaly_score:lower${name} ${noonMs}+400200 180`,
    `anomaly_score:upper${name} ${noonMs}+400200 260`,
  ])
})

test('any scores are good lines with their value to the bit', () => {
  fc.assert(
    fc.property(fc.array(anyReport, { maxLength: 5 }), (reports) => {
      const scores = reports.filter(
        (report) => report.kind === 'score' && Math.abs(report.timestampMs) <= 8.64e15,
      )
      const { observations, rejections } = decoded(decoder, text(scores))
      expect(rejections).toEqual([])
      const values = observations.filter(({ labels }) => labels.field === 'value')
      expect(values.map(({ value, timestampMs }) => [value, timestampMs])).toEqual(
        scores.map((report) => report.kind === 'score' && [report.value, report.timestampMs]),
      )
    }),
    { numRuns: 500 },
  )
})

test('scores are written byte for byte as the plain way has them', () => {
  const one = new InfluxScoresEncoder(optionsWithDefaults(influxScoresOptions))
  fc.assert(
    fc.property(fc.array(anyReport, { maxLength: 10 }), (reports) => {
      const scores = reports.filter(({ kind }) => kind === 'score')
      const want = new TextDecoder().decode(plainInflux(scores))
      expect(new TextDecoder().decode(one.encode(scores))).toBe(want)
    }),
  )
})
