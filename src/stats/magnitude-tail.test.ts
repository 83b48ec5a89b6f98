import { describe, expect, test } from 'vitest'
import { MagnitudeTail } from './magnitude-tail.ts'

const bins = { binsPerOctave: 4, octaveMax: 16, decadesPerOctaveBeyond: 1 }

function tail(magnitudes: readonly number[], decadesPerOctaveBeyond = 1): MagnitudeTail {
  const made = new MagnitudeTail({ ...bins, decadesPerOctaveBeyond })
  for (const magnitude of magnitudes) made.push(magnitude)
  return made
}

const hundred = new Array<number>(100).fill(1.1)

describe('the tail of magnitudes', () => {
  test('says nothing before twenty values', () => {
    expect(tail(hundred.slice(0, 19)).decades(1000)).toBe(0)
    expect(tail(hundred.slice(0, 20)).decades(1000)).toBeGreaterThan(1)
  })

  test('is Laplace’s estimate of the share at or over', () => {
    // 100 values, none at or over 8: T = .9998 + … + .9998^100 = 4999 (1 - .9998^100) = 99.
    const total = 4999 * (1 - 0.9998 ** 100)
    expect(tail(hundred, 0).decades(8)).toBeCloseTo(Math.log10(total + 2), 9)
    // All of them at or over .5.
    expect(tail(hundred).decades(0.5)).toBeCloseTo(0, 2)
  })

  test('adds a decade for each octave beyond all that was seen', () => {
    const seen = tail(hundred)
    // 1.1 lies in the bin from 1 to 2^.25.
    const near = seen.decades(4 * 2 ** 0.25)
    expect(seen.decades(16 * 2 ** 0.25) - near).toBeCloseTo(2, 5)
    expect(near - tail(hundred, 0).decades(4 * 2 ** 0.25)).toBeCloseTo(2, 5)
  })

  test('is never more than twelve decades', () => {
    expect(tail(hundred).decades(1e300)).toBeLessThanOrEqual(12)
  })

  test('forgets: what was seen once, 40,000 samples ago, is beyond again', () => {
    const old = tail([1000, ...new Array<number>(40_000).fill(1.1)])
    const young = tail([...new Array<number>(40_000).fill(1.1), 1000])
    expect(old.decades(1000)).toBeGreaterThan(young.decades(1000) + 5)
  })
})
