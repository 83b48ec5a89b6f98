import { describe, expect, test } from 'vitest'
import { ErrorContest } from './error-contest.ts'

/** Rounds in which every forecast errs by what is given for it. */
function rounds(contest: ErrorContest, count: number, errors: readonly number[]): void {
  for (let round = 0; round < count; round++) {
    errors.forEach((error, i) => contest.push(i, error))
    contest.settle()
  }
}

describe('a contest of forecasts', () => {
  test('keeps the first until there are enough errors to tell', () => {
    const contest = new ErrorContest({ forecasts: 2, first: 1 })
    rounds(contest, 19, [1, 5])
    expect(contest.chosen).toBe(1)
    rounds(contest, 1, [1, 5])
    expect(contest.chosen).toBe(0)
  })

  test('does not change for an advantage of less than a twentieth', () => {
    const contest = new ErrorContest({ forecasts: 2, first: 0 })
    rounds(contest, 100, [1, 0.96])
    expect(contest.chosen).toBe(0)
    expect(contest.error(1)).toBeCloseTo(0.96, 12)
  })

  test('changes its mind when the series changes, in either direction of the error', () => {
    const contest = new ErrorContest({ forecasts: 2, first: 0 })
    rounds(contest, 200, [1, 2])
    expect(contest.chosen).toBe(0)
    rounds(contest, 2000, [-2, -1])
    expect(contest.chosen).toBe(1)
  })

  test('is not swayed by one giant', () => {
    const contest = new ErrorContest({ forecasts: 2, first: 0 })
    rounds(contest, 100, [1, 2])
    rounds(contest, 1, [1e12, 2])
    expect(contest.chosen).toBe(0)
  })
})
