/**
 * `auto` on the kinds of series that programs really send: irregular, with gaps, faster than a
 * second, slow, nearly always zero. Each is generated, without trouble first and then with it.
 */

import { describe, expect, test } from 'vitest'
import { Assessment } from '../../core/assessment.ts'
import { optionsWithDefaults } from '../../core/options.ts'
import { Random } from '../../core/random.ts'
import { Auto } from '../auto.ts'
import { autoOptions } from './options.ts'

const threshold = 0.999
const minuteMs = 60_000
const dayMs = 86_400_000

/** A sample of a generated series. */
interface Sample {
  readonly atMs: number
  readonly value: number
}

/** The scores of a series by a fresh detector. */
function scores(samples: readonly Sample[]): number[] {
  const auto = new Auto(optionsWithDefaults(autoOptions))
  const assessment = new Assessment()
  return samples.map(({ atMs, value }) => {
    assessment.clear()
    auto.update(atMs, value, 'on', assessment)
    return assessment.score
  })
}

function series(count: number, sample: (i: number, random: Random) => Sample): Sample[] {
  const random = new Random(7)
  return Array.from({ length: count }, (_, i) => sample(i, random))
}

/** Alarms among the samples before the last ones, and whether one of those alarms. */
function judged(usual: readonly Sample[], trouble: readonly number[]) {
  const last = usual.at(-1)?.atMs ?? 0
  const stepMs = last - (usual.at(-2)?.atMs ?? 0)
  const tail = trouble.map((value, i) => ({ atMs: last + (i + 1) * stepMs, value }))
  const said = scores([...usual, ...tail])
  return {
    false: said.slice(0, usual.length).filter((score) => score >= threshold).length,
    found: said.slice(usual.length).some((score) => score >= threshold),
  }
}

const wave = (atMs: number): number => 50 + 10 * Math.sin((2 * Math.PI * atMs) / dayMs)

describe('auto takes a series as it comes', () => {
  test('at irregular times', () => {
    let atMs = 0
    const usual = series(3000, (_, random) => {
      atMs += 1000 + random.below(9 * minuteMs)
      return { atMs, value: wave(atMs) + random.gaussian(0, 1) }
    })
    const { false: wrong, found } = judged(usual, [200, 200])
    expect(wrong).toBeLessThanOrEqual(6)
    expect(found).toBe(true)
  })

  test('with gaps of hours', () => {
    const whole = series(4000, (i, random) => {
      const atMs = i * 5 * minuteMs
      return { atMs, value: wave(atMs) + random.gaussian(0, 1) }
    })
    const usual = whole.filter((_, i) => i % 400 < 340 && i % 7 !== 3)
    const { false: wrong, found } = judged(usual, [200, 200])
    expect(wrong).toBeLessThanOrEqual(7)
    expect(found).toBe(true)
  })

  test('ten times a second', () => {
    const usual = series(5000, (i, random) => ({ atMs: i * 100, value: random.gaussian(5, 1) }))
    const { false: wrong, found } = judged(usual, [60, 60])
    expect(wrong).toBeLessThanOrEqual(8)
    expect(found).toBe(true)
  })

  test('once an hour', () => {
    const usual = series(24 * 60, (i, random) => {
      const atMs = i * 60 * minuteMs
      return { atMs, value: wave(atMs) + random.gaussian(0, 1) }
    })
    const { false: wrong, found } = judged(usual, [150, 150])
    expect(wrong).toBeLessThanOrEqual(5)
    expect(found).toBe(true)
  })

  test('that is nearly always zero', () => {
    const usual = series(5000, (i, random) => ({
      atMs: i * minuteMs,
      value: random.uniform() < 0.03 ? 1 + random.below(5) : 0,
    }))
    const { false: wrong, found } = judged(usual, [400, 400, 400])
    expect(wrong).toBeLessThanOrEqual(8)
    expect(found).toBe(true)
  })

  test('that never moves, and notices when it does', () => {
    const usual = series(2000, (i) => ({ atMs: i * minuteMs, value: 42 }))
    expect(judged(usual, [43])).toEqual({ false: 0, found: true })
  })

  test('and has taken another level for normal within a thousand samples', () => {
    const changed = series(5000, (i, random) => ({
      atMs: i * minuteMs,
      value: random.gaussian(i < 3000 ? 50 : 80, 2),
    }))
    const said = scores(changed)
    expect(said.slice(3000, 3010).some((score) => score >= threshold)).toBe(true)
    const later = said.slice(4000).filter((score) => score >= threshold).length
    expect(later).toBeLessThanOrEqual(3)
  })
})

describe('auto does not take for news', () => {
  test('an hour of the day that it has not seen yet', () => {
    // A sample a minute: probation ends within the fifth hour.
    const usual = series(1440, (i, random) => ({
      atMs: i * minuteMs,
      value: random.gaussian(50, 2),
    }))
    expect(judged(usual, [200]).false).toBeLessThanOrEqual(1)
  })

  test('a series that is as regular as it ever was', () => {
    const usual = series(3000, (i) => ({ atMs: i * minuteMs, value: 40 + (i % 7) / 2 }))
    expect(judged(usual, [200])).toEqual({ false: 0, found: true })
  })
})

describe('auto finds the period of a series by itself', () => {
  const hourMs = 60 * minuteMs
  test.each([
    ['a day', dayMs, 5 * minuteMs, 1440],
    ['seven hours', 7 * hourMs, 5 * minuteMs, 2000],
    ['ninety minutes', 90 * minuteMs, minuteMs, 2000],
    ['a week', 7 * dayMs, hourMs, 800],
  ])('%s', (_name, periodMs, stepMs, count) => {
    const auto = new Auto(optionsWithDefaults(autoOptions, { horizonSamples: 10 }))
    const assessment = new Assessment()
    const random = new Random(2)
    const at = (row: number): number => {
      const turn = (2 * Math.PI * row * stepMs) / periodMs
      return 50 + 20 * Math.sin(turn) + 8 * Math.sin(2 * turn + 1)
    }
    let alarms = 0
    for (let row = 0; row < count; row++) {
      assessment.clear()
      auto.update(row * stepMs, at(row) + random.gaussian(0, 1), 'on', assessment)
      if (assessment.score >= threshold) alarms++
    }
    const period = auto.describe().find(({ name }) => name === 'period')
    expect(Number(period?.value) / periodMs).toBeCloseTo(1, 1)
    expect(Math.abs((auto.forecast(10)?.value ?? NaN) - at(count + 9))).toBeLessThan(4)
    expect(alarms).toBeLessThanOrEqual(3)
  })
})
