import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { alarmReport, anyReport, forecastReport, scoreReport } from '../../test/sample-reports.ts'
import { Labels } from '../core/labels.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { reportId } from '../core/report.ts'
import type { Report, ScoreReport } from '../core/report.ts'
import { PensuReportEncoder, pensuReportOptions } from './pensu-report.ts'
import type { PensuReportOptions } from './pensu-report.ts'

function lines(reports: readonly Report[], options: Partial<PensuReportOptions> = {}): string[] {
  const encoder = new PensuReportEncoder(optionsWithDefaults(pensuReportOptions, options))
  return new TextDecoder().decode(encoder.encode(reports)).split('\n').slice(0, -1)
}

function anomaly(changes: Partial<ScoreReport> = {}): ScoreReport {
  return scoreReport({
    labels: Labels.named('webservers.main-website.perf.cpu.usage'),
    timestampMs: 1_587_617_182_500,
    value: 59,
    score: 0.9995,
    rawScore: 0.5,
    detectorScore: 1,
    expected: 12.5,
    confidence: 0.93,
    status: 'anomalous',
    ...changes,
  })
}

const metric = {
  metric_family_hierarchy: ['webservers', 'main-website', 'perf', 'cpu'],
  metric_family: 'webservers.main-website.perf.cpu',
  metric_item: 'usage',
  metric_name: 'webservers.main-website.perf.cpu.usage',
  metric_value: 59,
}

test('an anomalous sample is an object under clean keys', () => {
  const report = anomaly()
  expect(lines([report]).map((line) => JSON.parse(line) as unknown)).toEqual([
    {
      report_id: reportId(report),
      reporter: 'forewarn',
      metric: { ...metric, metric_timestamp: 1_587_617_182.5 },
      meta_data: {
        htm_anomaly_score: 1,
        htm_anomaly_likelihood: 0.9995,
        anomaly_score: 99.95,
        timestamp: '2020-04-23T04:46:22.500Z',
        metric: metric.metric_name,
        prediction: { timestamp: 1_587_617_182.5, value: 12.5, confidence_level: 0.93 },
        value: 59,
      },
    },
  ])
})

test('with compat: pensu it is as Pensu wrote it, keys and all, in its order', () => {
  const report = anomaly()
  expect(lines([report], { compat: 'pensu' })).toEqual([
    `{"report_id":"${reportId(report)}","reporter":"pensu","metric":{"metric_family_hierarchy":` +
      '["webservers","main-website","perf","cpu"],' +
      '"metric_family":"webservers.main-website.perf.cpu","metric_item":"usage",' +
      '"metric_name":"webservers.main-website.perf.cpu.usage","metric_value":59,' +
      '"metric_timestamp":1587617182},"meta_data":{"htm_anomaly_score":1,' +
      '"htm_anomaly_likelihood":0.9995,"anomaly_score":99.95,' +
      '"timestamp: ":"2020-04-23T04:46:22","metric: ":"webservers.main-website.perf.cpu.usage",' +
      '"prediction: ":{"timestamp":1587617182,"value":12.5,"confidence_level":0.93},' +
      '"value: ":59}}',
  ])
})

describe('the parts of a report', () => {
  const meta = (changes: Partial<ScoreReport>, options: Partial<PensuReportOptions> = {}) => {
    const [line = ''] = lines([anomaly(changes)], options)
    return (JSON.parse(line) as { meta_data: Record<string, unknown> }).meta_data
  }

  test('the sign of anomaly_score is the direction, either way round', () => {
    expect(meta({ value: 1 })['anomaly_score']).toBe(-99.95)
    expect(meta({ value: 1 }, { direction: 'prediction' })['anomaly_score']).toBe(99.95)
    expect(meta({}, { direction: 'prediction' })['anomaly_score']).toBe(-99.95)
    expect(meta({ expected: NaN })['anomaly_score']).toBe(0)
  })

  test('without an expectation the prediction is null; an unknown confidence is null', () => {
    expect(meta({ expected: NaN })['prediction']).toBeNull()
    expect(meta({ confidence: NaN })['prediction']).toMatchObject({ confidence_level: null })
  })

  test('a name without dots has an empty family; tags belong to the name alone', () => {
    const labels = Labels.named('load', [['host', 'vm.1']])
    const { metric: found } = JSON.parse(lines([anomaly({ labels })])[0] as string)
    expect(found).toMatchObject({
      metric_family_hierarchy: [],
      metric_family: '',
      metric_item: 'load',
      metric_name: 'load;host=vm.1',
    })
  })
})

test('the id is the same when it is sent again, another for another sample', () => {
  const id = (report: ScoreReport): unknown => JSON.parse(lines([report])[0] as string).report_id
  expect(id(anomaly())).toBe(id(anomaly()))
  expect(id(anomaly())).not.toBe(id(anomaly({ index: 1 })))
})

test('what is not an anomalous sample is left out', () => {
  expect(lines([scoreReport(), alarmReport('firing'), forecastReport()])).toEqual([])
  expect(lines([anomaly({ status: 'probation' })])).toEqual([])
})

test('any reports become JSON, a line for each anomalous sample', () => {
  fc.assert(
    fc.property(fc.array(anyReport), fc.constantFrom('none', 'pensu'), (reports, compat) => {
      const anomalous = reports.filter((r) => r.kind === 'score' && r.status === 'anomalous')
      const found = lines(reports, { compat } as Partial<PensuReportOptions>)
      expect(found).toHaveLength(anomalous.length)
      for (const line of found) expect(() => JSON.parse(line) as unknown).not.toThrow()
    }),
  )
})
