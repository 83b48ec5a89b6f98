import { describe, expect, test } from 'vitest'
import type { SampleColumns } from '../../src/core/feed.ts'
import { plotColumns, valueRange } from './plot-columns.ts'
import { appended, cadenceMs, firstAfter, noSamples, replaced, samplesMax } from './samples.ts'
import { Sparks } from './sparks.ts'

/** Samples at these times, with the time as value. */
function at(...timestampMs: number[]): SampleColumns {
  const same = (value: number) => timestampMs.map(() => value)
  return {
    timestampMs,
    value: [...timestampMs],
    expected: same(1),
    lower: same(0),
    upper: same(2),
    score: same(0.9),
    flags: same(1),
  }
}

describe('samples', () => {
  test('that follow are added, and those that are there already are left out', () => {
    expect(appended(at(1, 2), at(2, 3, 4))).toEqual(at(1, 2, 3, 4))
    expect(appended(noSamples, at(1))).toEqual(at(1))
    const known = at(1, 2)
    expect(appended(known, at(1, 2))).toBe(known)
  })

  test('that replace keep what was before them only', () => {
    expect(replaced(at(1, 2, 3), at(2, 3, 4))).toEqual(at(1, 2, 3, 4))
    expect(replaced(at(7, 8, 9), at(1, 2))).toEqual(at(1, 2))
    expect(replaced(at(1), noSamples)).toEqual(at(1))
  })

  test('are kept up to a limit, the newest ones', () => {
    const many = at(...Array.from({ length: samplesMax + 10 }, (_, i) => i))
    const kept = appended(noSamples, many).timestampMs
    expect(kept).toHaveLength(samplesMax)
    expect(kept[0]).toBe(10)
  })

  test('are found by time', () => {
    expect(firstAfter([1, 3, 3, 5], 3)).toBe(3)
    expect(firstAfter([1, 3, 3, 5], 0)).toBe(0)
    expect(firstAfter([1, 3, 3, 5], 9)).toBe(4)
    expect(firstAfter([], 9)).toBe(0)
  })

  test('have the median gap as their pace', () => {
    expect(cadenceMs([0, 10, 20, 90, 100])).toBe(10)
    expect(cadenceMs([5])).toBeNaN()
  })
})

describe('plot columns', () => {
  test('break the line where more than five usual gaps are missing', () => {
    const plot = plotColumns(at(0, 10, 20, 100, 110))
    expect(plot.timestampMs).toEqual([0, 10, 20, 30, 100, 110])
    expect(plot.value).toEqual([0, 10, 20, null, 100, 110])
  })

  test('name the anomalous rows, and have no rarity while it only learned', () => {
    // Status in bits 0 and 1: probation, ok, anomalous; 0.9 is once in ten.
    const samples = { ...at(0, 10, 20, 30), flags: [0, 0, 1, 2] }
    const plot = plotColumns(samples)
    expect(plot.anomalies).toEqual([3])
    expect(plot.rarity.slice(0, 2)).toEqual([null, null])
    expect(plot.rarity[2]).toBeCloseTo(1, 12)
  })
})

describe('a forecast', () => {
  const forecast = { timestampMs: [30, 70], value: [5, 6], lower: [1, 2], upper: [8, 9] }

  test('follows the newest sample, and its line begins there', () => {
    const plot = plotColumns(at(0, 10, 20), 0, forecast)
    expect(plot.timestampMs).toEqual([0, 10, 20, 30, 70])
    expect(plot.value).toEqual([0, 10, 20, null, null])
    expect(plot.ahead).toEqual([null, null, 20, 5, 6])
    expect(plot.lower.slice(3)).toEqual([1, 2])
    expect(plot.upper.slice(3)).toEqual([8, 9])
    expect(plot.pastCount).toBe(3)
  })

  test('of a moment that has passed, or before any sample, is not drawn', () => {
    expect(plotColumns(at(0, 10, 40), 0, forecast).timestampMs).toEqual([0, 10, 40, 70])
    expect(plotColumns(at(), 0, forecast).timestampMs).toEqual([])
  })

  test('is inside the value axis', () => {
    const [min, max] = valueRange(plotColumns(at(10, 20), 0, { ...forecast, value: [90, 0] }), 0, 3)
    expect(min).toBeLessThan(10)
    expect(max).toBeGreaterThan(89)
  })
})

describe('the value axis', () => {
  const range = (value: (number | null)[], lower: number[], upper: number[]) =>
    valueRange({ value, lower, upper }, 0, value.length - 1)

  test('holds all values and the band, with room', () => {
    // 10 to 20, band 8 to 22: 14 high, 8 % of it is 1.12.
    const [min, max] = range([10, 20], [8, 8], [22, 22])
    expect(min).toBeCloseTo(6.88, 9)
    expect(max).toBeCloseTo(23.12, 9)
  })

  test('cuts a band that would make the line flat', () => {
    // 10 to 20, cut to one span more on each side: 0 to 30, 2.4 of room.
    const [min, max] = range([10, 20], [-1e9, -1e9], [1e9, 1e9])
    expect(min).toBeCloseTo(-2.4, 9)
    expect(max).toBeCloseTo(32.4, 9)
  })

  test('has a height for values that are all the same, and for none', () => {
    const [min, max] = range([5, 5], [5, 5], [5, 5])
    expect(min).toBeLessThan(5)
    expect(max).toBeGreaterThan(5)
    expect(range([null], [], [])).toEqual([0, 1])
  })
})

describe('small lines', () => {
  const row = {
    key: 'cpu',
    detector: 'ema',
    status: 'ok',
    alarmState: 'inactive',
    learnedSamples: 1,
    probationSamples: 1,
    lastTimestampMs: 1,
    lastValue: 5,
    score: 0,
    threshold: 0.999,
  } as const

  test('start from what the server kept and go on with new samples', () => {
    const sparks = new Sparks()
    sparks.take({ ...row, recent: [0, null, 10] })
    // The box is 39 wide and 12 high: a value a unit, from 11 at the bottom to 1 at the top.
    expect(sparks.line('cpu', 39, 12)).toBe('38.0,11.0 39.0,1.0')
    sparks.take(row)
    expect(sparks.line('cpu', 39, 12)).toBe('38.0,11.0 39.0,1.0')
    sparks.take({ ...row, lastTimestampMs: 2 })
    expect(sparks.line('cpu', 39, 12)).toBe('37.0,11.0 38.0,1.0 39.0,6.0')
  })

  test('of a series that stands still are in the middle, and of one sample there is none', () => {
    const sparks = new Sparks()
    sparks.take({ ...row, recent: [5] })
    expect(sparks.line('cpu', 39, 12)).toBe('')
    sparks.take({ ...row, lastTimestampMs: 2 })
    expect(sparks.line('cpu', 39, 12)).toBe('38.0,6.0 39.0,6.0')
    sparks.keep(new Set())
    expect(sparks.line('cpu', 39, 12)).toBe('')
  })
})
