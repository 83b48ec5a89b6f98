import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Labels } from '../core/labels.ts'
import type { Observation, Origin } from '../core/observation.ts'
import { viaName } from '../core/position-memory.ts'
import { Random } from '../core/random.ts'
import { rejectionReasons } from '../core/rejection.ts'
import type { RejectionReason } from '../core/rejection.ts'
import { SamplesDecoder } from './samples.ts'
import { reasonNumbers } from './samples/layout.ts'
import { SamplesWriter } from './samples/writer.ts'

const place: Origin = { partition: 'in/forewarn.samples/3', offset: 41, receivedMs: 7 }
const via = { name: viaName(place.partition), offset: 41 }

function origin(offset: number, receivedMs = 1_700_000_000_000 + offset): Origin {
  return { partition: 'in/telegraf/0', offset, receivedMs }
}

function observation(value: number, changes: Partial<Observation> = {}): Observation {
  const labels = Labels.named('cpu', [['host', 'a']])
  const timestampMs = 1_700_000_000_000
  return { labels, timestampMs, remainderNs: 0, value, origin: origin(5), index: 0, ...changes }
}

function written(observations: readonly Observation[], markMs?: number): Uint8Array {
  const writer = new SamplesWriter()
  writer.begin('in/telegraf/0')
  for (const each of observations) writer.sample(each)
  if (markMs !== undefined) writer.mark(markMs)
  return writer.finish()
}

/** What comes back, without `via`, which every origin must have. */
function readBack(bytes: Uint8Array, decoder = new SamplesDecoder()) {
  const observations: Observation[] = []
  const rejections = decoder.decode(bytes, place, observations)
  for (const { origin } of observations) expect(origin.via).toEqual(via)
  return { observations: observations.map(withoutVia), rejections }
}

function withoutVia(observation: Observation) {
  const { via: _, ...origin } = observation.origin
  return plain({ ...observation, origin })
}

function plain({ labels, ...rest }: Observation) {
  return { key: labels.key, ...rest }
}

describe('records of samples', () => {
  test('come back as they were, with the record that they came by', () => {
    const labels = Labels.named('cpu', [['host', 'ü "b"']])
    const group = Labels.named('cpu', [['__fields__', 'user,system']])
    const all = [
      observation(1),
      observation(-0, { index: 1, remainderNs: 999_999 }),
      observation(Number.MAX_VALUE, { labels, origin: origin(6), timestampMs: -5 }),
      observation(5e-324, { labels, origin: { ...origin(9_007_199_254_740_991, 3), tick: 0 } }),
      observation(2, { origin: { ...origin(7, 0), tick: 12 }, timestampMs: 8.64e15, index: 300 }),
      observation(3, { labels: group, values: [3, 4.5], origin: origin(8) }),
    ]
    expect(readBack(written(all))).toEqual({ observations: all.map(plain), rejections: [] })
  })

  test('come back whatever they hold', () => {
    const name = fc.string({ unit: 'grapheme', maxLength: 12 })
    const any = fc.record({
      name,
      host: name,
      value: fc.double({ noNaN: true }),
      offset: fc.maxSafeNat(),
      timestampMs: fc.integer({ min: -8.64e15, max: 8.64e15 }),
      remainderNs: fc.nat({ max: 999_999 }),
      index: fc.nat(),
    })
    const decoder = new SamplesDecoder()
    fc.assert(
      fc.property(fc.array(any, { maxLength: 20 }), (made) => {
        const all = made.map(({ name: of, host, offset, ...rest }) =>
          observation(0, {
            labels: Labels.named(of, [['h', host]]),
            origin: origin(offset, offset),
            ...rest,
          }),
        )
        expect(readBack(written(all), decoder).observations).toEqual(all.map(plain))
      }),
      { numRuns: 300 },
    )
  })

  test('hand out the same labels for the same series, from record to record', () => {
    const decoder = new SamplesDecoder()
    const first: Observation[] = []
    const second: Observation[] = []
    decoder.decode(written([observation(1), observation(2)]), place, first)
    decoder.decode(written([observation(3)]), place, second)
    expect(first[1]?.labels).toBe(first[0]?.labels)
    expect(second[0]?.labels).toBe(first[0]?.labels)
  })

  test('say of which partition they are and how far it has come', () => {
    const decoder = new SamplesDecoder()
    decoder.decode(written([], 1_234), place, [])
    expect([decoder.partition, decoder.markMs]).toEqual(['in/telegraf/0', 1_234])
    decoder.decode(written([observation(1)]), place, [])
    expect([decoder.partition, decoder.markMs]).toEqual(['in/telegraf/0', undefined])
    decoder.decode(Uint8Array.from([...written([], 1_234), 99]), place, [])
    expect([decoder.partition, decoder.markMs]).toEqual(['in/telegraf/0', undefined])
  })

  test('carry what was refused before, with its place', () => {
    const writer = new SamplesWriter()
    writer.begin('in/telegraf/0')
    const labels = Labels.named('m')
    const said = { kind: 'rejection', detail: 'no number', text: 'abc', timestampMs: 12 } as const
    writer.refusal({ ...said, reason: 'not_numeric', origin: origin(4) })
    writer.refusal({ ...said, reason: 'incomplete_window', origin: origin(4), labels })
    const { rejections } = readBack(writer.finish())
    const at = { timestampMs: 12, origin: { ...origin(4), via } }
    const { kind: _, timestampMs: __, ...told } = said
    expect(rejections).toEqual([
      { ...told, reason: 'not_numeric', at },
      { ...told, reason: 'incomplete_window', at: { ...at, labels: expect.any(Labels) } },
    ])
  })

  test('know every reason by a number', () => {
    const reasons = Object.keys(rejectionReasons) as RejectionReason[]
    expect(reasonNumbers.toSorted()).toEqual(reasons.toSorted())
  })

  test('refuse a version that is not known, and nothing at all in no bytes', () => {
    const f = (bytes: readonly number[], want: RegExp | undefined): void => {
      const details = readBack(Uint8Array.from(bytes)).rejections.map(({ detail }) => detail)
      expect(details).toEqual(want === undefined ? [] : [expect.stringMatching(want)])
    }
    f([], undefined)
    f([2, 0, 0], /version 2/)
    f([1], /ends too early/)
    f([1, 0, 9], /kind 9/)
    f([1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], /no name/)
    f([1, 1, 0xff], /a text/)
    f([1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], /a number/)
    f([1, 0, 2, 200], /ends too early/)
    f([1, 0, 2, 1, 5], /a name: it ends too early/)
  })

  test('keep what stands before the damage, wherever that is', () => {
    const all = [observation(1), observation(2, { index: 1 }), observation(3, { index: 2 })]
    const whole = written(all)
    for (let length = 1; length < whole.length; length++) {
      const { observations, rejections } = readBack(whole.slice(0, length))
      expect(observations).toEqual(all.slice(0, observations.length).map(plain))
      expect(rejections.length).toBeLessThanOrEqual(1)
    }
  })

  test('survive every change of their bytes, and any bytes at all', () => {
    const random = new Random(7)
    const decoder = new SamplesDecoder()
    const whole = written(
      [observation(1), observation(2, { origin: origin(6), values: [2, 3] })],
      9,
    )
    const sound = (bytes: Uint8Array): void => {
      const { observations } = readBack(bytes, decoder)
      expect(observations.length).toBeLessThanOrEqual(bytes.length)
    }
    for (let round = 0; round < 5_000; round++) {
      const bytes = whole.slice()
      for (let i = random.below(4); i >= 0; i--)
        bytes[random.below(bytes.length)] = random.below(256)
      sound(bytes)
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) =>
        sound(Uint8Array.from([1, ...bytes])),
      ),
      { numRuns: 3_000 },
    )
  })
})
