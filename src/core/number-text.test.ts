import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isNotFinite, NumberText, plainNumberEnd } from './number-text.ts'
import { Random } from './random.ts'

const numbers = new NumberText()
const encoder = new TextEncoder()

/** The number that stands at the start of a text, and what is left behind it. */
function read(text: string): { value: number; rest: string } {
  const bytes = encoder.encode(text)
  const value = numbers.read(new DataView(bytes.buffer), 0, bytes.length)
  return { value, rest: text.slice(numbers.end) }
}

/** Must be read to its end, as `Number` reads it; kept quick because it runs a million times. */
function same(text: string): void {
  const { value, rest } = read(text)
  if (!Object.is(value, Number(text)) || rest !== '') {
    expect({ text, value, rest }).toEqual({ text, value: Number(text), rest: '' })
  }
}

describe('a number is read exactly as Number reads it', () => {
  test('in every form of the grammar', () => {
    for (const text of [
      '0',
      '-0',
      '+0',
      '00',
      '007',
      '1',
      '-1',
      '+1',
      '1.',
      '.5',
      '-.5',
      '1.5',
      '0.1',
      '123456789',
      '1234567890',
      '123456789.123456789',
      '999999999999999999',
      '1e5',
      '1E5',
      '1e+5',
      '1e-5',
      '1.e5',
      '.5e1',
      '-0.0',
      '0.000',
      '0.0000000000000000000000000000001',
      '1e308',
      '1e309',
      '-1e999',
      '1e-400',
      '5e-324',
      '2.5e-324',
      '1.7976931348623157e308',
      '1.7976931348623159e308',
      '9007199254740993',
      '9007199254740992.9999',
      '0.30000000000000004',
      '123456789012345678901234567890',
      '0.123456789012345678901234567890',
      '1' + '0'.repeat(400),
      '0.' + '0'.repeat(400) + '1',
    ])
      same(text)
  })

  test('for every double that was written and is read back', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        same(String(value))
        same(value.toPrecision(17))
        same(value.toExponential())
      }),
      { numRuns: 5_000 },
    )
  })

  test('for digits of any count with a point anywhere', () => {
    const random = new Random(1)
    for (let round = 0; round < 200_000; round++) {
      let digits = ''
      for (let count = 1 + random.below(22); count > 0; count--) digits += random.below(10)
      const at = random.below(digits.length + 1)
      same(digits.slice(0, at) + '.' + digits.slice(at))
    }
  })

  test('halfway between two doubles and next to it, where rounding is decided', () => {
    const random = new Random(2)
    for (let round = 0; round < 50_000; round++) {
      // An odd whole number of 54 bits lies halfway between two doubles.
      const half = (BigInt(random.uint32() | 0x80000000) & 0xffffffffn) * 2n ** 22n
      const odd = half + BigInt(random.below(2 ** 21)) * 2n + 1n
      const text = odd.toString()
      for (const tail of ['', '.0', '.1', '.00']) same(text + tail)
      same(text.slice(0, 9) + '.' + text.slice(9))
      same((odd - 1n).toString())
      same((odd + 1n).toString())
    }
  })
})

describe('reading stops', () => {
  function f(text: string, value: number, rest: string): void {
    expect(read(text)).toEqual({ value, rest })
  }

  test('at what is no part of the number', () => {
    f('1,2', 1, ',2')
    f('1.5.5', 1.5, '.5')
    f('12 ', 12, ' ')
    f('1e', 1, 'e')
    f('1e+', 1, 'e+')
    f('1ex', 1, 'ex')
    f('3i', 3, 'i')
    f('123456789012i', 123456789012, 'i')
    f('1-2', 1, '-2')
    f('0x10', 0, 'x10')
    f('1234567890123456789012x', 1.2345678901234568e21, 'x')
  })

  test('at the limit, whatever stands behind it', () => {
    const bytes = new DataView(encoder.encode('12345678901234567890.5e5').buffer)
    for (let limit = 1; limit <= bytes.byteLength; limit++) {
      const want = /^\d+\.?\d*(?:e\d+)?/.exec('12345678901234567890.5e5'.slice(0, limit))?.[0] ?? ''
      expect(numbers.read(bytes, 0, limit)).toBe(Number(want))
      expect(numbers.end).toBe(want.length)
    }
    expect(numbers.read(bytes, 3, 3)).toBeNaN()
  })

  test('at once where there is no number', () => {
    for (const text of [
      '',
      '-',
      '+',
      '.',
      '-.',
      'x',
      'e5',
      '-e5',
      '.e5',
      'NaN',
      'Infinity',
      ' 1',
    ]) {
      expect(read(text).value).toBeNaN()
    }
  })
})

test('says whether the number was whole and where its point stood', () => {
  function f(text: string, whole: boolean, pointAt: number): void {
    read(text)
    expect({ text, whole: numbers.whole, pointAt: numbers.pointAt }).toEqual({
      text,
      whole,
      pointAt,
    })
  }
  f('12', true, -1)
  f('-123456789012345', true, -1)
  f('12345678901234567890', true, -1)
  f('1.5', false, 1)
  f('-.5', false, 1)
  f('1234567890.5', false, 10)
  f('12345678901234567890.5', false, 20)
  f('1e5', false, -1)
  f('1.5e5', false, 1)
})

test('words for what is not finite are told from words that are nothing', () => {
  const f = (text: string): boolean => isNotFinite(encoder.encode(text), 0, text.length)
  for (const text of ['nan', 'NaN', 'inf', '+Inf', '-INF', 'infinity', '-Infinity', '1e999']) {
    expect(f(text)).toBe(true)
  }
  for (const text of ['', 'na', 'nano', 'infinit', '1', '1e999x', 'x'.repeat(100)]) {
    expect(f(text)).toBe(false)
  }
})

describe('a plain number ends where it is read to', () => {
  const endOf = (text: string): number => {
    const bytes = encoder.encode(text)
    return plainNumberEnd(new DataView(bytes.buffer), 0, bytes.length)
  }

  test('which is said only where nothing needs to be read', () => {
    const f = (text: string, want: number): void => expect(endOf(text)).toBe(want)
    f('0 ', 1)
    f('-12.5,', 5)
    f('45.71428571428571 ', 17)
    f('5. ', 2)
    f('1.5.2', 3)
    for (const text of ['', ' ', '-', '-,', '.5 ', '+1 ', '1e3 ', '1.5E9 ', 'nan', '12']) {
      f(text, Infinity)
    }
    f('1'.repeat(40) + ' ', Infinity)
  })

  test('as the reader has it, in front of any byte', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789.-+eE ,i'), maxLength: 24 })
    fc.assert(
      fc.property(fc.oneof(digits, fc.double().map(String)), (text) => {
        const end = endOf(text + ' ')
        if (end === Infinity) return
        const { value, rest } = read(text + ' ')
        expect(text.length + 1 - rest.length).toBe(end)
        expect(Number.isFinite(value)).toBe(true)
      }),
      { numRuns: 20_000 },
    )
  })
})
