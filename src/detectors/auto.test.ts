import { describe, expect, test } from 'vitest'
import { Assessment } from '../core/assessment.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { Random } from '../core/random.ts'
import { Auto } from './auto.ts'
import { autoOptions } from './auto/options.ts'
import type { AutoOptions } from './auto/options.ts'
import { detectorContract } from './detector.contract.ts'
import { goldenSnapshot } from './golden-snapshot.contract.ts'

function auto(given: Partial<AutoOptions> = {}): Auto {
  return new Auto(optionsWithDefaults(autoOptions, given))
}

const underTest = {
  probationSamples: 60,
  judgesFromSamples: 40,
  stepDelaySamples: 1,
  stepScoreMin: 0.999,
  stateBytesMax: 12_288,
  runs: 30,
}
detectorContract('auto', { ...underTest, create: () => auto({ probationSamples: 60 }) })
for (const head of ['score', 'sample'] as const) {
  detectorContract(`auto with head ${head}`, {
    ...underTest,
    create: () => auto({ probationSamples: 60, head }),
  })
}
detectorContract('auto that tells ahead', {
  ...underTest,
  create: () => auto({ probationSamples: 60, horizonSamples: 12 }),
  // 8 bytes for each of 4096 cells.
  stateBytesMax: 12_288 + 33_000,
  runs: 10,
})
goldenSnapshot('auto-v3', () => auto())
goldenSnapshot('auto-horizon-v3', () => auto({ horizonSamples: 12 }))

const stepMs = 300_000
const daySamples = 288

/** Twelve days at one in five minutes: busy by day, idle by night, a little noise. */
function daily(seed: number): number[] {
  const random = new Random(seed)
  const level = (row: number): number => (row % daySamples < daySamples / 2 ? 10 : 50)
  return Array.from({ length: 12 * daySamples }, (_, row) => level(row) + random.gaussian(0, 1))
}

function judged(detector: Auto, values: readonly number[]): Assessment[] {
  return values.map((value, row) => {
    const assessment = new Assessment()
    detector.update(row * stepMs, value, 'on', assessment)
    return assessment
  })
}

/** What is said of the last of the days with `value` in one of its rows. */
function atNight(value: number): Assessment {
  const values = daily(4)
  const row = 11 * daySamples + 60
  values[row] = value
  return judged(auto({ head: 'score' }), values)[row] as Assessment
}

describe('auto', () => {
  test('expects what is usual at this time of the day, with a band around it', () => {
    const { expected, lower, upper } = atNight(10)
    expect(Math.abs(expected - 10)).toBeLessThan(1.5)
    expect(lower).toBeLessThan(10)
    expect(upper).toBeGreaterThan(10)
    // The jump at noon is foreseen from the days before: more than the last value, which was 10.
    const noon = 11 * daySamples + daySamples / 2
    const [first] = judged(auto(), daily(4)).slice(noon)
    expect(first?.expected).toBeGreaterThan(20)
  })

  test('finds an ordinary value at the wrong hour, and says so', () => {
    expect(atNight(10).score).toBeLessThan(0.99)
    const wrong = atNight(50)
    expect(wrong.score).toBeGreaterThan(0.999)
    expect(wrong.evidence).toContain('σ above forecast')
    expect(wrong.evidence).toContain('never seen at this hour')
  })

  test('raises no more alarms on series without trouble than the threshold claims', () => {
    const alarms = [1, 2, 3, 4, 5].map(
      (seed) => judged(auto(), daily(seed)).filter(({ score }) => score >= 0.999).length,
    )
    // Five series of eleven judged days: one in a thousand would be 15.8.
    expect(alarms.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(15)
  })

  test('says once that a level has moved, and takes it for normal within a day', () => {
    const values = daily(7).map((value, row) => (row < 8 * daySamples ? value : value + 200))
    const said = judged(auto(), values).slice(8 * daySamples)
    expect(said[0]?.score).toBeGreaterThan(0.999)
    expect(said[0]?.evidence).toContain('outside of everything seen so far')
    expect(said.slice(1, 58).filter(({ score }) => score >= 0.999).length).toBeLessThanOrEqual(1)
    const later = said.slice(daySamples)
    expect(later.filter(({ score }) => score >= 0.999).length).toBeLessThanOrEqual(2)
  })

  test('tells ahead by the season of the series, and better than the day before does', () => {
    const detector = auto({ horizonSamples: 48 })
    const values = daily(6)
    const assessment = new Assessment()
    let [ours, dayBefore, inBand, count] = [0, 0, 0, 0]
    values.forEach((value, row) => {
      assessment.clear()
      detector.update(row * stepMs, value, 'on', assessment)
      const told = detector.forecasts()
      expect(told.map(({ horizonSamples }) => horizonSamples)).toEqual(row < 287 ? [] : [1, 48])
      const later = values[row + 48]
      const ahead = told[1]
      if (row < 6 * daySamples || later === undefined || ahead === undefined) return
      expect(ahead.aheadMs).toBe(48 * stepMs)
      ours += Math.abs(ahead.value - later)
      dayBefore += Math.abs((values[row + 48 - daySamples] as number) - later)
      if (ahead.lower <= later && later <= ahead.upper) inBand++
      count++
    })
    expect(ours).toBeLessThan(0.9 * dayBefore)
    // The band is that of nine in ten.
    expect(inBand / count).toBeGreaterThan(0.85)
    expect(inBand / count).toBeLessThan(0.97)
    expect(detector.describe()).toContainEqual({ name: 'period', value: 86_400_000, unit: 'ms' })
    expect(auto().forecasts()).toEqual([])
  })

  test('goes on in a gap of days and with timestamps that stand still', () => {
    const detector = auto({ probationSamples: 30 })
    const assessment = new Assessment()
    for (let row = 0; row < 200; row++) {
      assessment.clear()
      detector.update(row < 100 ? 0 : 1e12 + row, row % 5, 'on', assessment)
      expect(Number.isFinite(assessment.score)).toBe(true)
    }
  })
})
