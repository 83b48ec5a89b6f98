import fc from 'fast-check'
import { expect, test } from 'vitest'
import { InfluxDecoder, influxOptions } from '../../codecs/influx.ts'
import type { Observation } from '../../core/observation.ts'
import { optionsWithDefaults } from '../../core/options.ts'
import { inNanoseconds } from './precision.ts'

/** The lines in another precision. */
function f(precision: string, lines: string, want: string | undefined): void {
  const bytes = inNanoseconds(Buffer.from(lines), precision)
  expect(bytes === undefined ? undefined : Buffer.from(bytes).toString()).toBe(want)
}

test('only a whole number that ends a line is a timestamp', () => {
  f('s', 'a b=1 5\n', 'a b=1 0000000005000000000\n')
  f('s', 'a b=1 5', 'a b=1 0000000005000000000')
  f('s', 'a b=1 5\r\nc d=2 6\r\n', 'a b=1 0000000005000000000\r\nc d=2 0000000006000000000\r\n')
  f('s', 'a b=1 -5\n', 'a b=1 -0000000005000000000\n')
  f('s', 'a b=1 5  \n', 'a b=1 0000000005000000000  \n')
  f('m', 'a b=1 1\n', 'a b=1 0000000060000000000\n')
  f('s', 'a b="1 5"\n', 'a b="1 5"\n')
  f('s', 'a,t=1\\ 5 b=1\n', 'a,t=1\\ 5 b=1\n')
  f('s', 'a b=1 5.5\n', 'a b=1 5.5\n')
  f('s', '', '')
  f('fortnights', 'a b=1 5\n', undefined)
})

test('every other byte stays as it is', () => {
  const bytes = fc.uint8Array({ maxLength: 200 }).map((all) => all.filter((byte) => byte !== 32))
  fc.assert(
    fc.property(bytes, (all) => {
      expect(Buffer.from(inNanoseconds(all, 'ms') ?? []).equals(Buffer.from(all))).toBe(true)
    }),
  )
})

test('the decoder reads the same moment in every precision', () => {
  const moment = fc.integer({ min: 0, max: 4_000_000_000 })
  const decoder = new InfluxDecoder(optionsWithDefaults(influxOptions))
  fc.assert(
    fc.property(moment, fc.constantFrom('s', 'ms', 'us'), (seconds, precision) => {
      const zeros = { s: '', ms: '000', us: '000000' }[precision]
      const lines = inNanoseconds(Buffer.from(`a b=1 ${seconds}${zeros}\n`), precision)
      const observations: Observation[] = []
      const origin = { partition: 'p', offset: 0, receivedMs: 7 }
      decoder.decode(lines ?? new Uint8Array(), origin, observations)
      expect(observations.map(({ timestampMs }) => timestampMs)).toEqual([seconds * 1000])
    }),
  )
})

test('takes time in proportion to the text, also where it looks like timestamps', () => {
  const spaces = Buffer.from('a b=1 5' + ' '.repeat(500_000) + 'x')
  expect(inNanoseconds(spaces, 's')).toEqual(spaces)
  const digits = Buffer.from(' 1'.repeat(250_000) + 'x')
  expect(inNanoseconds(digits, 's')).toEqual(digits)
})
