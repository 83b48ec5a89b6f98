import { describe, expect, test } from 'vitest'
import { JsonLinesEncoder } from '../codecs/json-lines.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { KafkaSink } from './kafka.ts'
import { kafkaSinkOptions } from './kafka/options.ts'
import type { KafkaSinkOptions } from './kafka/options.ts'
import { sinks } from './registry.ts'
import { alarmReport } from '../../test/sample-reports.ts'

// The contract and everything that needs a broker: test/live/kafka/sink.test.ts.

function sink(changes: Partial<KafkaSinkOptions>): KafkaSink {
  return new KafkaSink(optionsWithDefaults(kafkaSinkOptions, changes), new JsonLinesEncoder())
}

describe('the kafka sink', () => {
  test('accepts the kinds that it is told to write and that its format can carry', () => {
    expect([...sink({}).accepts]).toEqual(['score', 'alarm', 'warning'])
    expect([...sink({ scores: false, forecasts: true }).accepts]).toEqual([
      'alarm',
      'warning',
      'forecast',
    ])
    const carbon = { format: 'graphite-scores', forecasts: true, scores: false } as const
    expect([...sink(carbon).accepts]).toEqual(['forecast'])
    expect([...sink({ format: 'influx-scores', rejections: true }).accepts]).toEqual(['score'])
    expect([...sink({ format: 'pensu-report', forecasts: true }).accepts]).toEqual(['score'])
  })

  test('hands Pensu’s lines their template and the sign of the direction', () => {
    const f = (given: Partial<KafkaSinkOptions>, want: object): void => {
      const options = optionsWithDefaults(kafkaSinkOptions, given)
      expect(sinks.kafka.encoderOptions(options)).toEqual(want)
    }
    f({}, {})
    f({ format: 'graphite-scores' }, { direction: 'value' })
    const own = { template: 'x', direction: 'prediction' } as const
    f({ format: 'graphite-scores', ...own }, own)
    f({ format: 'graphite-scores', numbers: ['value'] }, { direction: 'value', numbers: ['value'] })
    const report = { compat: 'pensu', direction: 'prediction' } as const
    f({ format: 'pensu-report', ...report }, report)
  })

  test('knows the names of all numbers', () => {
    const { check } = sinks.kafka
    check(optionsWithDefaults(kafkaSinkOptions, { numbers: ['value', 'anomaly_score'] }))
    expect(() => check(optionsWithDefaults(kafkaSinkOptions, { numbers: ['vale'] }))).toThrow(
      'numbers: no "vale"; there are anomaly_score, ',
    )
  })

  test('says at once that its brokers are no addresses', () => {
    expect(() => sink({ brokers: ['kafka'] })).toThrow('expected brokers as host:port')
  })

  test('fails retryably where nobody answers, and can be closed', async () => {
    const nobody = sink({ brokers: ['127.0.0.1:1'], requestTimeoutMs: 1_000 })
    await expect(
      nobody.write([alarmReport('firing')], AbortSignal.timeout(15_000)),
    ).rejects.toMatchObject({ code: 'ERR_SINK_WRITE', retryable: true })
    await nobody.close()
  })
})
