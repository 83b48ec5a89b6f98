import { expect, test } from 'vitest'
import { messageV1 } from '../../test/remote-write-message.ts'
import { alarmReport, scoreReport } from '../../test/sample-reports.ts'
import { Labels } from '../core/labels.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { decoded, shown } from './decoder.contract.ts'
import { decoders, encoders } from './registry.ts'
import { SamplesWriter } from './samples/writer.ts'

function samplesRecord(): Uint8Array {
  const writer = new SamplesWriter()
  writer.begin('in/m/0')
  const origin = { partition: 'in/m/0', offset: 1, receivedMs: 1_500_000_000_000 }
  const at = { timestampMs: 1_500_000_000_000, remainderNs: 0, origin, index: 0 }
  writer.sample({ labels: Labels.named('m'), value: 1, ...at })
  return writer.finish()
}

test('every decoder is made with its defaults and reads its own format', () => {
  const payloads: Record<keyof typeof decoders, string | Uint8Array> = {
    'remote-write': messageV1([
      { labels: [['__name__', 'm']], samples: [{ timestampMs: 1_500_000_000_000, value: 1 }] },
    ]),
    influx: 'm v=1 1500000000',
    graphite: 'm 1 1500000000',
    'telegraf-json': '{"fields":{"v":1},"name":"m","timestamp":1500000000}',
    csv: 'timestamp,m\n1500000000,1\n',
    json: '{"m":1,"timestamp":1500000000}',
    'response-times': '{"response_time":1,"timestamp":15000000000}',
    samples: samplesRecord(),
  }
  for (const [name, row] of Object.entries(decoders)) {
    const decoder = row.create(optionsWithDefaults(row.options))
    const { observations } = decoded(decoder, payloads[name as keyof typeof decoders])
    const want = /^(m(:v)? 1500000000000|response_time 1700000000123) 1$/
    expect(observations.map(shown)).toEqual([expect.stringMatching(want)])
  }
})

test('every encoder is made with its defaults and writes reports', () => {
  // One sample of a group, for the encoder that writes no others.
  const fields = 'mean,count,mem,max,summation,violations,cpu'
  const labels = Labels.named('m', [['__fields__', fields]])
  const group = scoreReport({ labels, values: [1, 2, 3, 4, 5, 6, 7] })
  const reports = [scoreReport({ status: 'anomalous' }), alarmReport('firing'), group]
  for (const row of Object.values(encoders)) {
    const encoder = row.create(optionsWithDefaults(row.options))
    expect(encoder.encode(reports).length).toBeGreaterThan(0)
    expect(encoder.contentType).toMatch(/^(text|application)\//)
  }
})
