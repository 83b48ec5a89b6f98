import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  alarmReport,
  anyReport,
  forecastReport,
  noonMs,
  rejectionReport,
  scoreReport,
} from '../../test/sample-reports.ts'
import { plainJson } from '../../test/reference/score-lines.ts'
import { Labels } from '../core/labels.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { reportId } from '../core/report.ts'
import type { Report, ScoreReport } from '../core/report.ts'
import { decoded } from './decoder.contract.ts'
import { JsonLinesEncoder } from './json-lines.ts'
import { JsonDecoder } from './json.ts'
import { jsonOptions } from './json/options.ts'

const encoder = new JsonLinesEncoder()
const text = (...reports: Report[]): string => new TextDecoder().decode(encoder.encode(reports))

describe('a report is a line', () => {
  function f(report: Report, want: object): void {
    const line = text(report)
    expect(line.endsWith('\n')).toBe(true)
    expect(JSON.parse(line)).toEqual({ kind: report.kind, id: reportId(report), ...want })
  }

  const series = { series: 'cpu{host="a"}', labels: { __name__: 'cpu', host: 'a' } }

  test('of a score', () => {
    f(scoreReport({ remainderNs: 500_000 }), {
      ...series,
      timestamp: noonMs + 0.5,
      value: 200,
      score: 0.25,
      raw_score: 0.25,
      expected: 220,
      lower: 180,
      upper: 260,
      status: 'ok',
      alarm: 'inactive',
      learned: 120,
      probation: 120,
    })
  })

  test('of an alarm', () => {
    f(alarmReport('firing'), {
      ...series,
      alarm_id: 'a1',
      rule: 'default',
      state: 'firing',
      severity: 'warning',
      timestamp: noonMs,
      started: noonMs - 5000,
      value: 412,
      score: 0.9995,
      expected: 220,
      lower: 180,
      upper: 260,
      reason: '412, expected 180 to 260; once in 2000 samples',
    })
  })

  test('of an alarm with what people said of it, after all the rest', () => {
    const said = alarmReport('firing', {
      news: 'acknowledged',
      silenced: { silenceId: 's1', who: 'ann "a"', untilMs: 9 },
      acknowledged: { who: 'bob', atMs: 5, text: 'on it' },
      label: { verdict: 'true alarm', who: 'cy', atMs: 6, text: '' },
    })
    const end =
      ',"news":"acknowledged","silenced":{"id":"s1","who":"ann \\"a\\"","until":9}' +
      ',"acknowledged":{"who":"bob","at":5,"text":"on it"}' +
      ',"label":{"verdict":"true alarm","who":"cy","at":6,"text":""}}\n'
    const plain = text(alarmReport('firing')).replace(/"id":"\w+"/, '')
    expect(text(said).replace(/"id":"\w+"/, '')).toBe(plain.replace('}\n', end))
  })

  test('of a forecast', () => {
    f(forecastReport(), {
      ...series,
      timestamp: noonMs,
      horizon: 12,
      predicted_for: noonMs + 60_000,
      value: 230,
      lower: 190,
      upper: 270,
      probability: 0.9,
    })
  })

  test('of a refusal, with and without labels', () => {
    const want = {
      reason: 'not_numeric',
      detail: 'value is not a number: "abc"',
      text: 'cpu,host=a usage=abc',
      timestamp: noonMs,
      partition: 'test',
      offset: 1,
    }
    f(rejectionReport(), want)
    f(rejectionReport({ labels: scoreReport().labels }), { ...want, ...series })
  })

  test('with null for what is unknown', () => {
    const line = text(scoreReport({ expected: NaN, lower: -Infinity, upper: Infinity }))
    expect(JSON.parse(line)).toMatchObject({ expected: null, lower: null, upper: null })
  })
})

test('times keep every digit of a nanosecond, before 1970 too', () => {
  function f(timestampMs: number, remainderNs: number, want: string): void {
    expect(text(scoreReport({ timestampMs, remainderNs }))).toContain(`"timestamp":${want},`)
  }
  f(1465839830100, 400200, '1465839830100.4002')
  f(1465839830100, 1, '1465839830100.000001')
  f(0, 0, '0')
  f(-1, 999_999, '-0.000001')
  f(-1000, 250_000, '-999.75')
})

test('any reports are lines of JSON, one for each', () => {
  fc.assert(
    fc.property(fc.array(anyReport, { maxLength: 10 }), (reports) => {
      const lines = text(...reports).split('\n')
      expect(lines.pop()).toBe('')
      expect(lines.map((line) => (JSON.parse(line) as Report).kind)).toEqual(
        reports.map(({ kind }) => kind),
      )
    }),
  )
})

test('the decoder of JSON reads scores back to the bit', () => {
  const decoder = new JsonDecoder(
    optionsWithDefaults(jsonOptions, { valueKeys: ['value'], timestampUnit: 'ms' }),
  )
  const name = fc
    .string({ minLength: 1, unit: 'grapheme' })
    .filter((value) => /^\P{C}+$/u.test(value))
  const labels = fc
    .tuple(name, fc.dictionary(name, name, { maxKeys: 4 }))
    .map(([metric, rest]) => Labels.named(metric, Object.entries(rest)))
  const sample = fc.record({
    labels,
    timestampMs: fc.integer({ min: -8e15, max: 8e15 }),
    remainderNs: fc.integer({ min: 0, max: 999_999 }),
    value: fc.double({ noNaN: true, noDefaultInfinity: true }),
  })
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 5 }), (samples) => {
      const reports: ScoreReport[] = samples.map((changes) => scoreReport(changes))
      const { observations, rejections } = decoded(decoder, encoder.encode(reports))
      expect(rejections).toEqual([])
      expect(
        observations.map(({ labels: of, timestampMs, remainderNs, value }) => ({
          key: of.key,
          timestampMs,
          remainderNs,
          value,
        })),
      ).toEqual(samples.map(({ labels: of, ...rest }) => ({ key: of.key, ...rest })))
    }),
    { numRuns: 500 },
  )
})

test('scores are written byte for byte as the plain way has them', () => {
  const one = new JsonLinesEncoder()
  fc.assert(
    fc.property(fc.array(anyReport, { maxLength: 10 }), (reports) => {
      const scores = reports.filter(({ kind }) => kind === 'score')
      const want = new TextDecoder().decode(plainJson(scores))
      expect(new TextDecoder().decode(one.encode(scores))).toBe(want)
    }),
  )
})
