import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  messageV1,
  messageV2,
  part,
  samplePart,
  varintBytes,
} from '../../test/remote-write-message.ts'
import type { WrittenSeries } from '../../test/remote-write-message.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { Random } from '../core/random.ts'
import { rejectionReasons } from '../core/rejection.ts'
import { decoded, shown, testOrigin } from './decoder.contract.ts'
import type { Outcome } from './decoder.contract.ts'
import { RemoteWriteDecoder, remoteWriteOptions } from './remote-write.ts'

const make = (changes = {}): RemoteWriteDecoder =>
  new RemoteWriteDecoder({ ...optionsWithDefaults(remoteWriteOptions), ...changes })

const series: readonly WrittenSeries[] = [
  {
    labels: [
      ['__name__', 'node_cpu_seconds_total'],
      ['cpu', '0'],
      ['mode', 'idle'],
    ],
    samples: [
      { timestampMs: 1_700_000_000_000, value: 12.5 },
      { timestampMs: 1_700_000_015_000, value: 27.25 },
    ],
  },
  {
    labels: [
      ['__name__', 'up'],
      ['job', 'node "ä"'],
    ],
    samples: [{ timestampMs: 0, value: 0 }],
  },
  { labels: [['__name__', 'before_1970']], samples: [{ timestampMs: -1, value: -3 }] },
  { labels: [['long', 'x'.repeat(300)]], samples: [{ timestampMs: -(2 ** 52), value: 5e-324 }] },
  { labels: [['__name__', 'none_yet']], samples: [] },
]

const lines = [
  'node_cpu_seconds_total{cpu="0",mode="idle"} 1700000000000 12.5',
  'node_cpu_seconds_total{cpu="0",mode="idle"} 1700000015000 27.25',
  String.raw`up{job="node \"ä\""} 0 0`,
  'before_1970 -1 -3',
  `""{long="${'x'.repeat(300)}"} -4503599627370496 5e-324`,
]

const written = { 'version 1': messageV1, 'version 2': messageV2 }

const said = ({ observations, rejections }: Outcome): string[] => [
  ...observations.map(shown),
  ...rejections.map(({ reason, detail }) => `${reason}: ${detail}`),
]

describe.each(Object.entries(written))('%s', (_, message) => {
  test('takes every sample of every series', () => {
    expect(said(decoded(make(), message(series)))).toEqual(lines)
  })

  test('hands out the same labels again, in any order', () => {
    const decoder = make()
    const first = decoded(decoder, message(series)).observations
    const random = new Random(1)
    for (let round = 0; round < 50; round++) {
      const picked = Array.from({ length: 4 }, () => series[random.below(series.length)]!)
      const { observations, rejections } = decoded(decoder, message(picked))
      expect(rejections).toEqual([])
      for (const { labels } of observations) {
        expect(first.some((known) => known.labels === labels)).toBe(true)
      }
    }
  })

  test('a stale mark, other NaN and infinities are refused one by one', () => {
    const bytes = message([
      {
        labels: [['__name__', 'm']],
        samples: [NaN, Infinity, 1].map((value) => ({ timestampMs: 7, value })),
      },
    ])
    const buffer = Buffer.from(bytes)
    const wanted = ['m 7 1', ...Array(2).fill('not_finite: a value is NaN or infinite')]
    expect(said(decoded(make(), bytes))).toEqual(wanted)
    const nan = Buffer.alloc(8)
    nan.writeDoubleLE(NaN)
    buffer.set([2, 0, 0, 0, 0, 0, 0xf0, 0x7f], buffer.indexOf(nan))
    wanted[1] = 'not_finite: the series ended (stale)'
    expect(said(decoded(make(), buffer))).toEqual(wanted)
  })

  test('labels over the limit are refused with their series, and the others kept', () => {
    const outcome = decoded(make({ seriesBytesMax: 256 }), message(series))
    expect(said(outcome)).toEqual([...lines.slice(0, 4), 'too_long: labels over 256 bytes'])
  })

  test('checks as it decodes, and finds the same with observations given back', () => {
    const [checker, decoder] = [make(), make()]
    const bytes = message(series)
    for (let round = 0; round < 3; round++) {
      const outcome = decoded(decoder, bytes)
      expect(said(outcome)).toEqual(lines)
      expect(checker.check(bytes)).toEqual({ found: 5, rejections: [] })
      decoder.recycle(outcome.observations)
    }
  })
})

test('both versions mean the same series', () => {
  const decoder = make()
  const first = decoded(decoder, messageV1(series)).observations
  const second = decoded(decoder, messageV2(series)).observations
  second.forEach(({ labels }, i) => expect(labels).toBe(first[i]?.labels))
})

test('labels may stand apart, behind the samples, and with parts in any order', () => {
  const b = part(1, [...part(2, 'y'), ...part(1, 'b')])
  const a = part(1, [...part(1, '__name__'), ...part(2, 'm')])
  const bytes = Uint8Array.from(part(1, [...b, ...samplePart(5, 2), ...a, ...varintBytes(8), 1]))
  expect(said(decoded(make(), bytes))).toEqual(['m{b="y"} 5 2'])
})

const label = (name: string, value: string): number[] =>
  part(1, [...part(1, name), ...part(2, value)])
const named = label('__name__', 'm')

test.each([
  ['malformed: a time series has no labels', samplePart(1, 1)],
  ['malformed: a label has no name', label('', 'x')],
  ['malformed: a label is given twice', [...named, ...named]],
  ['malformed: a reserved label name', [...named, ...label('__field__', 'x')]],
  ['malformed: a reserved label name', [...named, ...label('__fields__', 'x,y')]],
  ['malformed: control characters in the name of a label', label('a\u0000', 'x')],
  ['invalid_utf8: a label is not valid UTF-8', part(1, [...part(1, [0xff]), ...part(2, 'x')])],
  ['malformed: a label is no message', part(1, [0x0a, 9, 9])],
  ['malformed: a time series is no message', [...named, 0x0a, 99]],
  ['not_numeric: a native histogram is no single value', [...named, ...part(4, [8, 1])]],
  ['malformed: a sample is no message', [...named, ...part(2, [0x09, 1])]],
  [
    'bad_timestamp: a timestamp is beyond the year 275760',
    [...named, ...part(2, [0x10, ...varintBytes(8_640_000_000_000_001)])],
  ],
])('%s; the series beside it are kept', (reason, content) => {
  const good = part(1, [...named, ...samplePart(1, 1)])
  const bytes = Uint8Array.from([...good, ...part(1, content), ...good])
  expect(said(decoded(make(), bytes))).toEqual(['m 1 1', 'm 1 1', reason])
})

test.each([
  ['malformed: a label refers to a text that is not among 3', [1, 3]],
  ['malformed: label references do not come in pairs', [1, 2, 1]],
  ['malformed: a time series has no labels', []],
])('%s', (reason, refs) => {
  const texts = ['', '__name__', 'm'].flatMap((text) => part(4, text))
  const good = part(5, [...part(1, [1, 2]), ...samplePart(1, 1)])
  const bad = part(5, [...part(1, refs), ...samplePart(1, 1)])
  const bytes = Uint8Array.from([...texts, ...good, ...bad, ...good])
  expect(said(decoded(make(), bytes))).toEqual(['m 1 1', 'm 1 1', reason])
})

test('texts may stand behind the series that refer to them', () => {
  const texts = ['', '__name__', 'm'].flatMap((text) => part(4, text))
  const bytes = [...part(5, [...part(1, [1, 2]), ...samplePart(1, 1)]), ...texts]
  expect(said(decoded(make(), Uint8Array.from(bytes)))).toEqual(['m 1 1'])
})

test('where the message breaks off, what came before is kept', () => {
  const bytes = messageV1(series)
  const cut = bytes.subarray(0, bytes.length - 3)
  expect(said(decoded(make(), cut))).toEqual([...lines, 'malformed: no remote-write message'])
  expect(said(decoded(make(), 'cpu,host=a v=1 1'))).toEqual(['malformed: no remote-write message'])
})

/** What holds for whatever bytes. */
function sound(bytes: Uint8Array, { observations, rejections }: Outcome): void {
  expect(observations.length + rejections.length).toBeLessThanOrEqual(bytes.length)
  observations.forEach(({ index, value, timestampMs, remainderNs, origin }, i) => {
    expect(index).toBe(i)
    expect(value - value).toBe(0)
    expect(Number.isSafeInteger(timestampMs)).toBe(true)
    expect(remainderNs).toBe(0)
    expect(origin).toEqual(testOrigin)
  })
  for (const { reason, text, index } of rejections) {
    expect(rejectionReasons).toHaveProperty(reason)
    expect(text.length).toBeLessThanOrEqual(4 * 200)
    expect(index).toBeLessThanOrEqual(observations.length)
  }
}

test('survives raw bytes, and checks them as it decodes them', () => {
  const [decoder, checker] = [make(), make()]
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const outcome = decoded(decoder, bytes)
      sound(bytes, outcome)
      const { length: found } = outcome.observations
      expect(checker.check(bytes)).toEqual({ found, rejections: outcome.rejections })
    }),
    { numRuns: 3_000 },
  )
})

test('a few bytes changed do no harm, and leave nothing behind', () => {
  const decoder = make()
  const random = new Random(2)
  for (const message of [messageV1(series), messageV2(series)]) {
    for (let round = 0; round < 3_000; round++) {
      const bytes = Uint8Array.from(message)
      for (let i = random.below(4); i >= 0; i--) {
        bytes[random.below(bytes.length)] = random.below(256)
      }
      const warm = decoded(decoder, bytes)
      sound(bytes, warm)
      const cold = decoded(make(), bytes)
      expect(said(warm)).toEqual(said(cold))
    }
    expect(said(decoded(decoder, message))).toEqual(lines)
  }
})
