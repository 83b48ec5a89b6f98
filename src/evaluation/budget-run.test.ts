import { describe, expect, test } from 'vitest'
import { alarmOptions } from '../alarm/rule.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { Auto } from '../detectors/auto.ts'
import { autoOptions } from '../detectors/auto/options.ts'
import { Ema, emaOptions } from '../detectors/ema.ts'
import type { FamilyAlarms } from './budget-run.ts'
import { addedRuns, budgetRun } from './budget-run.ts'

const rule = optionsWithDefaults(alarmOptions)

/** Thirty days less a probation, in weeks. */
function dueWeeks(probation: number): number {
  return (30 * 1440 - probation) / 10_080
}

/** Within a fifth of what is due, on every kind of noise. */
function isKept(families: readonly FamilyAlarms[], due: number): void {
  for (const each of families) {
    expect(each.due, each.family).toBeCloseTo(due, 6)
    expect(each.share, each.family).toBeGreaterThan(0.8)
    expect(each.share, each.family).toBeLessThan(1.2)
  }
}

describe('a budget of one alarm a week is kept on every kind of noise, within a fifth', () => {
  test('by ema', () => {
    const run = { seriesEach: 8, days: 30, rule }
    const families = budgetRun(() => new Ema(optionsWithDefaults(emaOptions)), run)
    isKept(families, 8 * dueWeeks(150))
    // To the last alarm: whoever changes the budget sees it here.
    expect(families.map(({ realised }) => realised)).toMatchInlineSnapshot(`
      [
        32,
        35,
        35,
        34,
        33,
        35,
        35,
        34,
      ]
    `)
  })

  test('by auto', () => {
    const run = { seriesEach: 4, days: 30, rule }
    const families = budgetRun(() => new Auto(optionsWithDefaults(autoOptions)), run)
    isKept(families, 4 * dueWeeks(288))
  })
})

test('parts that were measured apart are as the whole', () => {
  const factory = (): Ema => new Ema(optionsWithDefaults(emaOptions))
  const run = { seriesEach: 3, days: 2, rule }
  const parts = [1, 2].map((number) => budgetRun(factory, { ...run, shard: { number, of: 2 } }))
  expect(parts.map((part) => part[0]?.series)).toEqual([1, 2])
  for (const [f, family] of addedRuns(parts).entries()) {
    const whole = budgetRun(factory, run)[f] as FamilyAlarms
    expect({ ...family, due: 0, share: 0 }).toEqual({ ...whole, due: 0, share: 0 })
    expect(family.due).toBeCloseTo(whole.due, 9)
  }
  expect(() => addedRuns([parts[0] ?? [], []])).toThrow(/other families/)
})
