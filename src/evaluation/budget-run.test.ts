import { expect, test } from 'vitest'
import { alarmOptions } from '../alarm/rule.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { Ema, emaOptions } from '../detectors/ema.ts'
import { budgetRun } from './budget-run.ts'

const rule = optionsWithDefaults(alarmOptions)

test('a budget of one alarm a week is kept on every kind of noise together, within a fifth', () => {
  const run = { seriesEach: 8, days: 30, rule }
  const families = budgetRun(() => new Ema(optionsWithDefaults(emaOptions)), run)
  const sum = (numbers: number[]): number => numbers.reduce((so, each) => so + each, 0)
  const due = sum(families.map((each) => each.due))
  // 30 days less 150 minutes are 4.271 weeks; 64 series.
  expect(due).toBeCloseTo(64 * ((30 * 1440 - 150) / 10_080), 6)
  const share = sum(families.map(({ realised }) => realised)) / due
  expect(share).toBeGreaterThan(0.8)
  expect(share).toBeLessThan(1.2)
  // To the last alarm: whoever changes the budget sees it here.
  expect(families.map(({ realised }) => realised)).toMatchInlineSnapshot(`
    [
      27,
      37,
      30,
      26,
      31,
      41,
      32,
      37,
    ]
  `)
}, 60_000)
