import { expect, test } from 'vitest'
import {
  bandInWords,
  clockTime,
  counted,
  duration,
  rarity,
  rarityInWords,
  short,
  stateInWords,
} from './words.ts'

test('a number is written short: four digits, prefixes from a million, no idle zeros', () => {
  const f = (value: number | null, want: string) => expect(short(value)).toBe(want)
  f(0, '0')
  f(-0, '0')
  f(412, '412')
  f(412.34, '412.3')
  f(12.5, '12.5')
  f(0.0001234, '0.0001234')
  f(-7.65432, '-7.654')
  f(9999.4, '9999')
  f(9999.6, '10,000')
  f(87521.7, '87,522')
  f(999999, '999,999')
  f(1e6, '1M')
  f(81_236_000, '81.24M')
  f(6.2912e9, '6.291G')
  f(1.5e12, '1.5T')
  f(1e21, '1e+21')
  f(1.234567e-7, '1.235e-7')
  f(null, '–')
  f(NaN, '–')
  f(Infinity, '–')
})

test('counts agree in number with what they count', () => {
  expect(counted(1, 'sample', 'samples')).toBe('1 sample')
  expect(counted(1204, 'sample', 'samples')).toBe('1,204 samples')
})

test('a length of time is written in its two largest units', () => {
  const f = (ms: number, want: string) => expect(duration(ms)).toBe(want)
  f(0, '0 ms')
  f(850, '850 ms')
  f(42_900, '42 s')
  f(60_000, '1 min')
  f(168_000, '2 min 48 s')
  f(12_000_000, '3 h 20 min')
  f(3 * 86_400_000 + 3_600_000, '3 d 1 h')
  f(-5, '0 s')
  f(NaN, '0 s')
})

test('a time of another day is written with its date', () => {
  const noon = new Date(2026, 4, 17, 12, 3, 9).getTime()
  expect(clockTime(noon, noon + 3_600_000)).toBe('12:03:09')
  expect(clockTime(noon, noon + 86_400_000)).toBe('2026-05-17 12:03:09')
})

test('a score is said as how often it happens', () => {
  const f = (score: number, want: string) => expect(rarityInWords(score)).toBe(want)
  f(0, 'usual')
  f(0.85, 'usual')
  f(0.95, 'once in 20 samples')
  f(0.999, 'once in 1,000 samples')
  // 1 in 1428.6, to two digits.
  f(0.9993, 'once in 1,400 samples')
  f(1, 'never seen before')
})

test('rarity is the power of ten of a score, up to once in a million', () => {
  expect(rarity(0)).toBeCloseTo(0, 12)
  expect(rarity(0.9)).toBeCloseTo(1, 12)
  expect(rarity(0.999)).toBeCloseTo(3, 9)
  expect(rarity(1)).toBe(6)
})

test('a state is said in words, trouble before learning, learning with its progress', () => {
  const row = {
    alarmState: 'inactive',
    status: 'probation',
    learnedSamples: 120,
    probationSamples: 288,
  } as const
  expect(stateInWords(row)).toBe('learning 120/288')
  expect(stateInWords({ ...row, probationSamples: 0 })).toBe('learning')
  expect(stateInWords({ ...row, alarmState: 'firing' })).toBe('firing')
  expect(stateInWords({ ...row, status: 'anomalous' })).toBe('anomalous')
  // Judged already, of gross changes alone.
  expect(stateInWords({ ...row, status: 'ok' })).toBe('learning 120/288')
  const known = { ...row, learnedSamples: 288 }
  expect(stateInWords({ ...known, status: 'ok', alarmState: 'resolved' })).toBe('ok')
})

test('a band is said as a range, and nothing where there is none', () => {
  expect(bandInWords(180, 260.44)).toBe('180 to 260.4')
  expect(bandInWords(null, null)).toBe('–')
})
