import { describe, expect, test } from 'vitest'
import { Assessment } from '../core/assessment.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { Dasrs, dasrsOptions } from './dasrs.ts'
import type { DasrsOptions } from './dasrs.ts'
import { detectorContract } from './detector.contract.ts'
import { goldenSnapshot } from './golden-snapshot.contract.ts'
import { published } from './published-vector.contract.ts'

detectorContract('dasrs', {
  create: () => new Dasrs(optionsWithDefaults(dasrsOptions, { probationSamples: 20 })),
  probationSamples: 20,
  stepDelaySamples: 1,
  // The first of its kind among about 240 samples.
  stepScoreMin: 0.99,
  // 121 pairs inside, a table of at most 256 slots outside, 20 samples of probation.
  stateBytesMax: 121 * 4 + 256 * 8 + 20 * 8 + 200,
})
goldenSnapshot('dasrs-v1', () => new Dasrs(optionsWithDefaults(dasrsOptions)))

function dasrs(given: Partial<DasrsOptions>): Dasrs {
  return new Dasrs(optionsWithDefaults(dasrsOptions, given))
}

function judged(detector: Dasrs, values: readonly number[]): Assessment[] {
  return values.map((value) => {
    const assessment = new Assessment()
    detector.update(0, value, 'on', assessment)
    return assessment
  })
}

const noise = (i: number): number => ((i * 7919) % 101) / 101

describe('DASRS', () => {
  test('gives the raw scores of the published description', () => {
    const said = judged(dasrs({ ...published.options, probationSamples: 1 }), published.values)
    expect(said.map(({ scored }) => scored)).toEqual(published.values.map((_, i) => i > 0))
    expect(said.slice(1).map(({ rawScore }) => rawScore)).toEqual(published.rawScores.slice(1))
  })

  test('tells sequences apart that a hash of small whole numbers confuses', () => {
    // Cells -1 and -2, which the original’s hash does not tell apart.
    const options = { range: 'fixed', windowSamples: 1, memorySamples: 0, theta: 10 } as const
    const said = judged(dasrs({ ...options, probationSamples: 1 }), [-15, -15, -25])
    expect(said.map(({ rawScore }) => rawScore)).toEqual([1, 0.5, 1])
  })

  test('scores the share of the past that was another sequence', () => {
    const options = { range: 'fixed', windowSamples: 1, memorySamples: 0 } as const
    const values = [...new Array<number>(97).fill(5), 95]
    const said = judged(dasrs({ ...options, probationSamples: 1 }), values)
    // 97 before and this one, with one more in the divisor: 1 - 1/99.
    expect(said.at(-1)?.score).toBeCloseTo(1 - 1 / 99, 12)
  })

  test('learns its range in probation and counts what it saw there', () => {
    const values = Array.from({ length: 300 }, (_, i) => 1000 + noise(i))
    const said = judged(dasrs({ probationSamples: 200 }), [...values, 1000.5, 900])
    expect(said.slice(200, 300).every(({ score }) => score < 0.999)).toBe(true)
    expect(said.at(-1)?.score).toBeGreaterThan(0.99)
  })

  test('learns a range anew when the series has left it, and tells levels apart there', () => {
    const low = Array.from({ length: 300 }, (_, i) => noise(i))
    const high = Array.from({ length: 600 }, (_, i) => 1e6 + 1000 * noise(i))
    const detector = dasrs({ probationSamples: 100, windowSamples: 1 })
    judged(detector, [...low, ...high])
    // Never seen, but far inside of what a single outermost cell would hold.
    const [step, usual] = judged(detector, [1e6 + 3000, 1e6 + 500])
    expect(step?.rawScore).toBe(1)
    expect(usual?.rawScore).toBeLessThan(0.1)
  })

  test('learns a range anew that one spike in probation made far too wide', () => {
    const detector = dasrs({ probationSamples: 100, windowSamples: 1 })
    const values = Array.from({ length: 1200 }, (_, i) => (i === 50 ? 1e6 : noise(i)))
    judged(detector, values)
    expect(judged(detector, [2])[0]?.rawScore).toBe(1)
  })

  test('lets counts fade, so that an old incident does not excuse a new one', () => {
    const options = { range: 'fixed', windowSamples: 1, memorySamples: 100 } as const
    const detector = dasrs({ ...options, probationSamples: 1 })
    judged(detector, [...new Array<number>(50).fill(95), ...new Array<number>(900).fill(5)])
    // Fifty visits, nine memories ago: 50 e⁻⁹ is nothing.
    expect(judged(detector, [95])[0]?.rawScore).toBeGreaterThan(0.99)
  })

  test('keeps no more samples than it needs for a range, however long probation is', () => {
    const detector = dasrs({ probationSamples: 1e9 })
    const said = judged(
      detector,
      Array.from({ length: 3000 }, (_, i) => noise(i)),
    )
    expect(said.at(-1)?.inProbation).toBe(true)
    expect(said.at(-1)?.rawScore).toBeLessThan(0.5)
  })
})
