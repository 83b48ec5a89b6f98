import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nanosecondsText, TimestampText } from './timestamp-text.ts'
import type { TimestampUnit } from './timestamp-text.ts'

const encoder = new TextEncoder()

/** `ms+ns` of a timestamp that is all of a text; `none` where it is no timestamp. */
function read(unit: TimestampUnit, text: string): string {
  const times = new TimestampText(unit)
  const bytes = encoder.encode(text)
  const known = times.read(bytes, 0, bytes.length)
  return known && times.end === bytes.length ? `${times.ms}+${times.remainderNs}` : 'none'
}

describe('a number is read', () => {
  test('in its unit to the nanosecond, as whole-number arithmetic reads it', () => {
    const scales = { s: 10n ** 9n, ms: 10n ** 6n, us: 1000n, ns: 1n } as const
    for (const unit of ['s', 'ms', 'us', 'ns'] as const) {
      const most = (86_400n * 10n ** 17n) / scales[unit] - 1n
      fc.assert(
        fc.property(fc.bigInt({ min: -most, max: most }), (number) => {
          const ns = number * scales[unit]
          const remainder = ((ns % 1_000_000n) + 1_000_000n) % 1_000_000n
          const ms = (ns - remainder) / 1_000_000n
          expect(read(unit, String(number))).toBe(`${ms}+${remainder}`)
          expect(nanosecondsText(Number(ms), Number(remainder))).toBe(String(ns))
        }),
        { numRuns: 1_000 },
      )
    }
  })

  test('with a fraction, cut to nanoseconds', () => {
    expect(read('s', '1455320690.25')).toBe('1455320690250+0')
    expect(read('s', '1.0000000019')).toBe('1000+1')
    expect(read('s', '1.')).toBe('1000+0')
    expect(read('ms', '1.5')).toBe('1+500000')
    expect(read('ms', '1.0000019')).toBe('1+1')
    expect(read('us', '1.5')).toBe('0+1500')
    expect(read('us', '1999.9999')).toBe('1+999999')
    expect(read('ns', '1.9')).toBe('0+1')
    expect(read('s', '-0.25')).toBe('-250+0')
    expect(read('s', '-0.0000000001')).toBe('0+0')
    expect(read('s', '-1.000000001')).toBe('-1001+999999')
  })

  test('with an exponent, as programs print doubles', () => {
    expect(read('auto', '1.528848e+09')).toBe('1528848000000+0')
    expect(read('s', '15e-1')).toBe('1500+0')
    expect(read('ns', '1.5e6')).toBe('1+500000')
    expect(read('auto', '-1e3')).toBe('-1000000+0')
    expect(read('auto', '1e300')).toBe('none')
  })

  test('in the unit that its digits tell', () => {
    expect(read('auto', '0')).toBe('0+0')
    expect(read('auto', '99999999999')).toBe('99999999999000+0')
    expect(read('auto', '100000000000')).toBe('100000000000+0')
    expect(read('auto', '99999999999999')).toBe('99999999999999+0')
    expect(read('auto', '100000000000000')).toBe('100000000000+0')
    expect(read('auto', '99999999999999999')).toBe('99999999999999+999000')
    expect(read('auto', '100000000000000000')).toBe('100000000000+0')
    expect(read('auto', '-1465839830')).toBe('-1465839830000+0')
  })

  test('and refused where there is none or it is out of range', () => {
    for (const text of [
      '',
      '-',
      'x',
      '.5',
      '+1',
      '1x',
      '1.5.5',
      '1e',
      '9'.repeat(23),
      '0'.repeat(31),
    ]) {
      expect(read('auto', text)).toBe('none')
    }
    expect(read('s', '8640000000000')).toBe('none')
    expect(read('s', '8639999999999')).toBe('8639999999999000+0')
  })
})

test('a date is read where one stands', () => {
  expect(read('ns', '2014-04-01 00:00:00')).toBe('1396310400000+0')
  expect(read('s', '2014/04/01')).toBe('1396310400000+0')
  expect(read('auto', '2014-04-31')).toBe('none')
  expect(read('auto', '1234-')).toBe('none')
})

test('a number stops at the limit, and says whether it was whole', () => {
  const times = new TimestampText('s')
  const bytes = encoder.encode('12.5e1')
  const ends = [1, 2, 3, 4, 5, 6].map((limit) => {
    times.readNumber(bytes, 0, limit)
    return [times.ms, times.end, times.whole]
  })
  expect(ends).toEqual([
    [1000, 1, true],
    [12000, 2, true],
    [12000, 3, false],
    [12500, 4, false],
    [12500, 4, false],
    [125000, 6, false],
  ])
})
