import { describe, expect, test } from 'vitest'
import { Random } from '../core/random.ts'
import { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { Budget } from './budget.ts'

const minuteMs = 60_000
/** One alarm a day: a block is 45 minutes. */
const daily = { alarms: 1, intervalMs: 1440 * minuteMs }
const blockRows = 45

/** Rows at which the budget lets an alarm begin, from `from` on. */
function begun(budget: Budget, scores: readonly number[], from = 0): number[] {
  return scores.flatMap((score, i) => {
    const at = (from + i) * minuteMs
    if (!budget.passes(at, score, false)) return []
    budget.raised()
    return [from + i]
  })
}

function uniform(seed: number, count: number): number[] {
  const random = new Random(seed)
  return Array.from({ length: count }, () => random.uniform())
}

/** Alarms a day of many series of thirty days. */
function alarmsPerDay(score: (random: Random) => number): number {
  let alarms = 0
  for (let i = 0; i < 60; i++) {
    const random = new Random(i)
    const scores = Array.from({ length: 30 * 1440 }, () => score(random))
    alarms += begun(new Budget(daily, `series ${i}`), scores).length
  }
  return alarms / 60 / 30
}

describe('a budget of one alarm a day', () => {
  /** Within a fiftieth; thirty days less a start of a quarter. */
  function isKept(score: (random: Random) => number): void {
    expect(Math.abs(alarmsPerDay(score) - 1)).toBeLessThan(0.02)
  }

  test('is kept where scores are tail probabilities, and where they are not', () => {
    isKept((random) => random.uniform())
    // Much too high and much too low scores: once in ten samples .9999, never over .97.
    isKept((random) => 1 - random.uniform() ** 4)
    isKept((random) => 0.97 * random.uniform())
  })

  test('is kept where scores are two numbers only', () => {
    isKept((random) => (random.uniform() < 0.2 ? 1 : 0))
  })

  test('is kept where the detector is less surprised each day, or more', () => {
    for (const more of [0.6, 4]) {
      let [alarms, row] = [0, 0]
      const budget = new Budget(daily, 'a')
      const random = new Random(5)
      for (; row < 60 * 1440; row++) {
        const power = more ** (row / (60 * 1440))
        alarms += begun(budget, [1 - random.uniform() ** power], row).length
      }
      expect(Math.abs(alarms - 60)).toBeLessThanOrEqual(2)
    }
  })

  test('is not spent on what comes once in ten samples, however long nothing was', () => {
    const budget = new Budget(daily, 'a')
    expect(begun(budget, Array<number>(90 * 1440).fill(0))).toEqual([])
    expect(begun(budget, Array<number>(1440).fill(0.89), 90 * 1440)).toEqual([])
    expect(begun(budget, [0.999], 91 * 1440)).toEqual([91 * 1440])
  })

  test('is not spent on an alarm that somebody calls a true one', () => {
    const usual = (seed: number): number[] => uniform(seed, 10 * 1440)
    const [called, other] = [new Budget(daily, 'a'), new Budget(daily, 'a')]
    for (const budget of [called, other]) {
      begun(budget, usual(1))
      expect(begun(budget, [1], 10 * 1440)).toEqual([10 * 1440])
    }
    called.labelled('true alarm', undefined)
    const [from, after] = [10 * 1440 + blockRows, usual(2).slice(0, 1440)]
    const early = begun(called, after, from)
    expect(early.length).toBeGreaterThan(0)
    expect(begun(other, after, from).length).toBeLessThan(early.length)
    // Said and taken back is as never said.
    const balanced = new Budget(daily, 'a')
    begun(balanced, usual(1))
    const before = saved(balanced)
    balanced.labelled('true alarm', undefined)
    balanced.labelled('false alarm', 'true alarm')
    balanced.labelled('false alarm', undefined)
    expect(saved(balanced)).toEqual(before)
  })

  test('has no debt of months after a bad day', () => {
    const budget = new Budget(daily, 'a')
    begun(budget, uniform(1, 10 * 1440))
    const bad = Array.from({ length: 1440 }, (_, i) => 1 - 10 ** -(5 + i / 144))
    const raised = begun(budget, bad, 10 * 1440).length
    expect(raised).toBeGreaterThan(1)
    const next = begun(budget, uniform(2, 20 * 1440), 11 * 1440)
    expect(next[0]).toBeLessThan(17 * 1440)
  })

  test('lets a giant through on the first day, and what is usual not', () => {
    const budget = new Budget(daily, 'a')
    const usual = uniform(1, 10 * blockRows).map((u) => 0.9 * u)
    expect(begun(budget, usual)).toEqual([])
    expect(begun(budget, [1], usual.length)).toEqual([usual.length])
  })

  test('begins one alarm a block at most, and lets it go on', () => {
    const budget = new Budget(daily, 'a')
    begun(
      budget,
      uniform(1, 40 * blockRows).map((u) => 0.9 * u),
    )
    const at = (row: number): number => (40 * blockRows + row) * minuteMs
    expect(budget.passes(at(0), 1, false)).toBe(true)
    expect(budget.passes(at(1), 1, true)).toBe(true)
    expect(budget.passes(at(2), 0.5, true)).toBe(false)
    expect(budget.passes(at(3), 1, false)).toBe(false)
  })

  test('follows a series whose scores become others for good', () => {
    const budget = new Budget(daily, 'a')
    begun(
      budget,
      uniform(1, 20 * 1440).map((u) => 0.5 * u),
    )
    const later = uniform(2, 20 * 1440)
    // The peaks of four days are what counts, so the last ten days are as any.
    const alarms = begun(budget, later, 20 * 1440).filter((row) => row >= 30 * 1440).length
    expect(alarms).toBeGreaterThanOrEqual(5)
    expect(alarms).toBeLessThanOrEqual(16)
  })
})

function saved(budget: Budget): Uint8Array {
  const writer = new SnapshotWriter()
  budget.snapshot(writer)
  return writer.finish()
}

describe('the state of a budget', () => {
  const scores = uniform(3, 10 * 1440)

  test('goes on bit for bit, wherever it was saved', () => {
    for (const cut of [0, 1, blockRows - 1, blockRows, 3000, 9000]) {
      const whole = new Budget(daily, 'a')
      begun(whole, scores.slice(0, cut))
      const half = new Budget(daily, 'a')
      half.restore(new SnapshotReader(saved(whole)))
      const rest = scores.slice(cut)
      expect(begun(half, rest, cut)).toEqual(begun(whole, rest, cut))
      expect(saved(half)).toEqual(saved(whole))
    }
  })

  test('is read from before there was a balance', () => {
    const whole = new Budget(daily, 'a')
    begun(whole, scores)
    const state = saved(whole)
    const reader = new SnapshotReader(state.subarray(0, state.length - 16))
    const old = new Budget(daily, 'a')
    old.restoreUnbalanced(reader)
    expect(reader.leftBytes).toBe(0)
    expect(old.threshold).toBe(whole.threshold)
  })

  test('begins anew under another budget', () => {
    const before = new Budget(daily, 'a')
    begun(before, scores)
    const reader = new SnapshotReader(saved(before))
    const after = new Budget({ ...daily, alarms: 2 }, 'a')
    after.restore(reader)
    expect(reader.leftBytes).toBe(0)
    expect(saved(after)).toEqual(saved(new Budget({ ...daily, alarms: 2 }, 'a')))
  })

  test('the future does not change the past', () => {
    const first = begun(new Budget(daily, 'a'), scores.slice(0, 5000))
    const all = begun(new Budget(daily, 'a'), scores)
    expect(all.filter((row) => row < 5000)).toEqual(first)
  })
})
