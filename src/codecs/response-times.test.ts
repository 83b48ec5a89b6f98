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
import type { ScoreReport } from '../core/report.ts'
import { decoded, decoderContract, shown, testOrigin } from './decoder.contract.ts'
import {
  ResponseTimesDecoder,
  ResponseTimesEncoder,
  responseTimesEncoderOptions,
  responseTimesOptions,
} from './response-times.ts'
import type { ResponseTimesEncoderOptions, ResponseTimesOptions } from './response-times.ts'

const made = (options: Partial<ResponseTimesOptions> = {}): ResponseTimesDecoder =>
  new ResponseTimesDecoder(optionsWithDefaults(responseTimesOptions, options))

decoderContract('response-times', {
  make: () => made(),
  goodLines: [
    '{"response_time": 201.25, "timestamp": 17}',
    '{"response_time": 198, "timestamp": 18}',
    '{"timestamp": 19, "response_time": 2.5e2, "anomaly": true}',
    '{"response_time": 207.5, "timestamp": 20, "anomaly": false}',
  ],
  alphabet: '{}[]",:0123456789.eE+-truefalsn \\response_timestamp',
})

test('live, the time is that of the receipt and the tick goes along', () => {
  const { observations } = decoded(made(), '{"response_time": 201.25, "timestamp": 17}')
  expect(observations.map(shown)).toEqual(['response_time 1700000000123+17 201.25'])
  expect(observations[0]?.origin).toEqual({ ...testOrigin, tick: 17 })
})

test('samples of one millisecond are told apart by their ticks', () => {
  const lines = [999_999, 1_000_000, 1_000_001].map(
    (tick) => `{"response_time": 1, "timestamp": ${tick}}`,
  )
  const { observations } = decoded(made(), lines.join('\n'))
  expect(observations.map(({ remainderNs }) => remainderNs)).toEqual([999_999, 0, 1])
})

test('of a recording, the time is the tick', () => {
  const { observations } = decoded(
    made({ time: 'tick', tickMs: 250, name: 'web' }),
    '{"response_time": 1, "timestamp": 8}',
  )
  expect(observations.map(shown)).toEqual(['web 2000 1'])
})

test('a message without a count has the time of its receipt, and none in a recording', () => {
  const message = '{"response_time": 3}'
  const live = decoded(made(), message).observations
  expect(live.map(shown)).toEqual(['response_time 1700000000123 3'])
  expect(live[0]?.origin).toBe(testOrigin)
  const { rejections } = decoded(made({ time: 'tick' }), message)
  expect(rejections.map(({ reason }) => reason)).toEqual(['bad_timestamp'])
})

test('what cannot be used is refused with its reason', () => {
  const f = (line: string | Uint8Array, reason: string, options = {}): void => {
    const { observations, rejections } = decoded(made(options), line)
    expect(observations).toEqual([])
    expect(rejections.map((each) => each.reason)).toEqual([reason])
  }
  f('{"response_time": 1, "timestamp": 1', 'malformed')
  f('[1]', 'malformed')
  f('null', 'malformed')
  f('{"timestamp": 1}', 'not_numeric')
  f('{"response_time": "1", "timestamp": 1}', 'not_numeric')
  f('{"response_time": true, "timestamp": 1}', 'not_numeric')
  f('{"response_time": 1e999, "timestamp": 1}', 'not_finite')
  f('{"response_time": 1, "timestamp": 1.5}', 'bad_timestamp')
  f('{"response_time": 1, "timestamp": "1"}', 'bad_timestamp')
  f('{"response_time": 1, "timestamp": null}', 'bad_timestamp')
  f('{"response_time": 1, "timestamp": 9e15}', 'bad_timestamp', { time: 'tick' })
  f('{"__proto__": {"response_time": 1}, "timestamp": 1}', 'not_numeric')
  f('{"response_time": 1, "timestamp": 1}' + ' '.repeat(300), 'too_long', { lineBytesMax: 256 })
  f(Uint8Array.of(0x7b, 0xff, 0x7d), 'invalid_utf8')
})

function text(report: ScoreReport, options: Partial<ResponseTimesEncoderOptions> = {}): string {
  const specs = optionsWithDefaults(responseTimesEncoderOptions, options)
  return new TextDecoder().decode(new ResponseTimesEncoder(specs).encode([report]))
}

test('every scored sample is a message with its count and its verdict', () => {
  const origin = { ...testOrigin, tick: 17 }
  expect(text(scoreReport({ value: 201.25, origin }))).toBe(
    '{"response_time": 201.25, "timestamp": 17, "anomaly": false}\n',
  )
  expect(text(scoreReport({ value: 230, origin, status: 'anomalous' }))).toBe(
    '{"response_time": 230.0, "timestamp": 17, "anomaly": true}\n',
  )
  expect(text(scoreReport({ value: 230, origin }), { anomaly: false })).toBe(
    '{"response_time": 230.0, "timestamp": 17}\n',
  )
})

test('a sample whose sender did not count has Unix milliseconds', () => {
  const want = `{"response_time": -0.0, "timestamp": ${noonMs}, "anomaly": false}\n`
  expect(text(scoreReport({ value: -0 }))).toBe(want)
})

test('other kinds are left out', () => {
  const encoder = new ResponseTimesEncoder({ anomaly: true })
  const reports = [alarmReport('firing'), rejectionReport(), forecastReport()]
  expect(encoder.encode(reports)).toHaveLength(0)
})

test('what it writes is read back: value and count', () => {
  fc.assert(
    fc.property(anyReport, fc.maxSafeInteger(), (report, tick) => {
      if (report.kind !== 'score') return
      const message = text({ ...report, origin: { ...testOrigin, tick } })
      const [back] = decoded(made(), message).observations
      expect(back?.value).toBe(report.value)
      expect(back?.origin.tick).toBe(tick)
    }),
  )
})
