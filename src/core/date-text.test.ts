import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DateText, dateText } from './date-text.ts'

const dates = new DateText()
const encoder = new TextEncoder()

/** Milliseconds, nanoseconds and what is left of a text. */
function read(text: string): { ms: number; ns: number; rest: string } | undefined {
  const bytes = encoder.encode(text)
  if (!dates.read(bytes, 0, bytes.length)) return undefined
  return { ms: dates.ms, ns: dates.remainderNs, rest: text.slice(dates.end) }
}

/** A time of the years 0 to 9999, which ISO 8601 writes with four digits. */
const anyTimeMs = fc.integer({ min: Date.UTC(0, 0, 1) - 6e13, max: 253402300799999 })

describe('a date is read', () => {
  function f(text: string, iso: string, ns = 0): void {
    expect(read(text)).toEqual({ ms: Date.parse(iso), ns, rest: '' })
  }

  test('in the forms that files hold', () => {
    f('2014-04-01', '2014-04-01T00:00:00Z')
    f('2014/04/01 12:30', '2014-04-01T12:30:00Z')
    f('2014-04-01 12:30:45', '2014-04-01T12:30:45Z')
    f('2014-04-01T12:30:45Z', '2014-04-01T12:30:45Z')
    f('2014-04-01t12:30:45z', '2014-04-01T12:30:45Z')
    f('2014-04-01T12:30:45.5Z', '2014-04-01T12:30:45.500Z')
    f('2014-04-01T12:30:45,25', '2014-04-01T12:30:45.250Z')
    f('2014-04-01T12:30:45.123456789Z', '2014-04-01T12:30:45.123Z', 456_789)
    f('2014-04-01T12:30:45.1234567899999Z', '2014-04-01T12:30:45.123Z', 456_789)
    f('2014-04-01T12:30:45.', '2014-04-01T12:30:45Z')
  })

  test('with the offset of its zone taken off', () => {
    f('2014-04-01T12:30:45+02:00', '2014-04-01T12:30:45+02:00')
    f('2014-04-01T12:30:45-0530', '2014-04-01T12:30:45-05:30')
    f('2014-04-01 12:30:45 +02', '2014-04-01T12:30:45+02:00')
    f('2014-04-01T12:30-01:00', '2014-04-01T12:30-01:00')
  })

  test('of every day and second, as Date reads it', () => {
    fc.assert(
      fc.property(anyTimeMs, (ms) => {
        const iso = new Date(ms).toISOString()
        if (!/^\d{4}-/.test(iso)) return
        expect(read(iso)).toEqual({ ms, ns: 0, rest: '' })
      }),
      { numRuns: 5_000 },
    )
  })

  test('with second 60 as the second after', () => {
    f('2016-12-31T23:59:60Z', '2017-01-01T00:00:00Z')
  })

  test('up to what is no part of it', () => {
    expect(read('2014-04-01,5')?.rest).toBe(',5')
    expect(read('2014-04-01T12:30:45"')?.rest).toBe('"')
    expect(read('2014-04-01 12:30x')?.rest).toBe('x')
  })
})

test('what is no date is refused', () => {
  for (const text of [
    '',
    '2014',
    '2014-4-1',
    '2014-04-0',
    '2014-00-01',
    '2014-13-01',
    '2014-04-00',
    '2014-04-31',
    '2014-02-29',
    '1900-02-29',
    '2014-04/01',
    '20140401',
    'x014-04-01',
    '20x4-04-01',
    '2014-0x-01',
    '2014-04-01 ',
    '2014-04-01T',
    '2014-04-01 1',
    '2014-04-01 24:00',
    '2014-04-01 12:60',
    '2014-04-01 12:30:61',
    '2014-04-01 12-30',
    '2014-04-01 x2:30',
    '2014-04-01T12:30+24',
    '2014-04-01T12:30+',
    '2014-04-01T12:30+1',
    '2014-04-01T12:30+01:60',
    '2014-04-01T12:30+01:',
  ])
    expect({ text, read: read(text) }).toEqual({ text, read: undefined })
  expect(read('2000-02-29')).toBeDefined()
})

test('never reads beyond the limit', () => {
  const text = '2014-04-01T12:30:45.25+02:30'
  const bytes = encoder.encode(text)
  for (let limit = 0; limit < text.length; limit++) {
    if (dates.read(bytes, 0, limit)) expect(dates.end).toBeLessThanOrEqual(limit)
  }
})

test('a time is written as Date writes it', () => {
  fc.assert(
    fc.property(anyTimeMs, (ms) => {
      const iso = new Date(ms).toISOString()
      if (/^\d{4}-/.test(iso)) expect(dateText(ms)).toBe(iso.replace('T', ' ').replace('Z', ''))
    }),
    { numRuns: 5_000 },
  )
})
