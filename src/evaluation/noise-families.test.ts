import { describe, expect, test } from 'vitest'
import { noiseFamilies, noiseSeries } from './noise-families.ts'

function moments(values: Float64Array): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value / values.length, 0)
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2 / values.length, 0)
  return { mean, deviation: Math.sqrt(variance) }
}

describe('series without trouble', () => {
  for (const family of noiseFamilies) {
    test(`${family}: the same for the same number, another for another`, () => {
      const first = noiseSeries(family, 7, 500)
      expect(noiseSeries(family, 7, 500)).toEqual(first)
      expect(noiseSeries(family, 8, 500).values).not.toEqual(first.values)
      expect(first.ranges).toEqual([])
      expect(first.values.every(Number.isFinite)).toBe(true)
    })
  }

  test('have the moments that they are said to have', () => {
    const of = (family: (typeof noiseFamilies)[number]): { mean: number; deviation: number } =>
      moments(noiseSeries(family, 1, 20_160).values)
    expect(of('gaussian').mean).toBeCloseTo(50, 0)
    expect(of('gaussian').deviation).toBeCloseTo(5, 0)
    // 2 / √(1 - .81)
    expect(of('autocorrelated').deviation).toBeCloseTo(4.6, 0)
    expect(of('poisson').mean).toBeCloseTo(4, 1)
    expect(of('poisson').deviation).toBeCloseTo(2, 1)
    // 20 / √2 of the season and 1.5 of the noise.
    expect(of('seasonal').deviation).toBeCloseTo(14.2, 0)
  })
})
