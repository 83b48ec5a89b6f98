import { expect, test } from 'vitest'
import { budgetRate } from './budget-rate.ts'

const dayMs = 86_400_000

test('a budget is so many alarms per hour, day, week or month', () => {
  expect(budgetRate('1 per week')).toEqual({ alarms: 1, intervalMs: 7 * dayMs })
  expect(budgetRate('0.5 per day')).toEqual({ alarms: 0.5, intervalMs: dayMs })
  expect(budgetRate('1000 per hour')).toEqual({ alarms: 1000, intervalMs: dayMs / 24 })
  expect(budgetRate('2 per month')).toEqual({ alarms: 2, intervalMs: 30 * dayMs })
})

test('anything else is none', () => {
  for (const text of ['none', '', '1', '0 per day', '1001 per day', '-1 per day', '1 per year']) {
    expect(budgetRate(text)).toBeUndefined()
  }
  expect(budgetRate('1 per constructor')).toBeUndefined()
  expect(budgetRate('1 per toString')).toBeUndefined()
})
