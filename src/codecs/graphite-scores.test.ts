import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  alarmReport,
  anyReport,
  forecastReport,
  noonMs,
  scoreReport,
} from '../../test/sample-reports.ts'
import { plainGraphite } from '../../test/reference/score-lines.ts'
import { Labels } from '../core/labels.ts'
import { optionsWithDefaults } from '../core/options.ts'
import type { Report } from '../core/report.ts'
import { decoded } from './decoder.contract.ts'
import { GraphiteScoresEncoder, graphiteScoresOptions } from './graphite-scores.ts'
import type { GraphiteScoresOptions } from './graphite-scores.ts'
import { GraphiteDecoder, graphiteOptions } from './graphite.ts'

function lines(reports: readonly Report[], options: Partial<GraphiteScoresOptions> = {}): string[] {
  const encoder = new GraphiteScoresEncoder(optionsWithDefaults(graphiteScoresOptions, options))
  return new TextDecoder().decode(encoder.encode(reports)).split('\n').slice(0, -1)
}

const plain = Labels.named('webservers.site.perf.cpu.usage')

describe('a score is a line for each number', () => {
  test('under the names of the template', () => {
    const report = scoreReport({
      labels: plain,
      timestampMs: 1_587_617_182_000,
      detectorScore: 0.5,
    })
    expect(lines([report])).toEqual([
      'pensu.anomaly_score.metrics_analyzer.webservers.site.perf.cpu.usage 0.5 1587617182',
      'pensu.anomaly_likelihood.metrics_analyzer.webservers.site.perf.cpu.usage 0.25 1587617182',
      'pensu.anomaly_direction.metrics_analyzer.webservers.site.perf.cpu.usage 0 1587617182',
    ])
  })

  test('with field and labels, and characters that Carbon has not as _', () => {
    const labels = Labels.named('cpu total', [
      ['__field__', 'user/x'],
      ['host', 'a;b'],
    ])
    expect(lines([scoreReport({ labels })], { numbers: ['anomaly_score'] })).toEqual([
      `pensu.anomaly_score.metrics_analyzer.cpu_total.user_x;host=a_b 0.25 ${noonMs / 1000}`,
    ])
  })

  test('with a fraction of a second where the sample has one', () => {
    const report = scoreReport({ timestampMs: 1_587_617_182_250 })
    expect(lines([report])[0]).toMatch(/ 1587617182\.25$/)
  })

  test('with the direction of what is anomalous', () => {
    const given = (direction: 'value' | 'prediction', value: number, expected: number) => {
      const report = scoreReport({ status: 'anomalous', value, expected })
      return lines([report], { direction, numbers: ['anomaly_direction'] })[0]?.split(' ')[1]
    }
    expect(given('value', 300, 220)).toBe('1')
    expect(given('value', 100, 220)).toBe('-1')
    expect(given('value', 100, NaN)).toBe('0')
    expect(given('prediction', 300, 220)).toBe('-1')
    expect(given('prediction', 100, 220)).toBe('1')
    expect(given('prediction', 100, NaN)).toBe('0')
  })
})

test('a forecast is a line for value and confidence at the time that it is for', () => {
  expect(lines([forecastReport({ labels: plain })])).toEqual([
    `pensu.prediction.metrics_analyzer.${plain.name} 230 ${noonMs / 1000 + 60}`,
    `pensu.prediction_confidence.metrics_analyzer.${plain.name} 0.9 ${noonMs / 1000 + 60}`,
  ])
})

test('the template may be another one', () => {
  const report = scoreReport({ labels: Labels.named('m') })
  expect(
    lines([report], { template: 'x.{{#anomaly_metric}}', numbers: ['anomaly_score'] }),
  ).toEqual([`x.anomaly_score.m 0.25 ${noonMs / 1000}`])
})

test('other reports are left out', () => {
  expect(lines([alarmReport('firing')])).toEqual([])
})

test('any reports are good Carbon lines', () => {
  const decoder = new GraphiteDecoder(optionsWithDefaults(graphiteOptions, { timestampUnit: 's' }))
  fc.assert(
    fc.property(fc.array(anyReport, { maxLength: 5 }), (reports) => {
      const scores = reports.filter(
        (report) =>
          report.kind === 'score' &&
          Math.abs(report.timestampMs) < 8.64e15 &&
          report.timestampMs > 0 &&
          [...report.labels.entries()].every(([name]) => name !== '__field__'),
      )
      const { observations, rejections } = decoded(decoder, lines(scores).join('\n'))
      expect(rejections).toEqual([])
      expect(observations).toHaveLength(3 * scores.length)
      scores.forEach((report, i) => {
        if (report.kind !== 'score') return
        expect(observations[3 * i + 1]?.value).toBe(report.score)
        expect(observations[3 * i + 1]?.timestampMs).toBe(report.timestampMs)
      })
    }),
    { numRuns: 500 },
  )
})

test('scores are written byte for byte as the plain way has them', () => {
  const one = new GraphiteScoresEncoder(optionsWithDefaults(graphiteScoresOptions))
  fc.assert(
    fc.property(fc.array(anyReport, { maxLength: 10 }), (reports) => {
      const scores = reports.filter(({ kind }) => kind === 'score')
      const want = new TextDecoder().decode(plainGraphite(scores))
      expect(new TextDecoder().decode(one.encode(scores))).toBe(want)
    }),
  )
})
