import { describe, expect, test } from 'vitest'
import { Random } from '../../core/random.ts'
import { LevelBank } from './level-bank.ts'
import { WindowBank } from './window-bank.ts'

const samples = 1500

/** Noise around a level: what was last says nothing of what comes. */
function noise(random: Random): number {
  return random.gaussian(50, 5)
}

/** A walk: what was last is what comes. */
function walk(random: Random): () => number {
  let value = 50
  return () => (value += random.gaussian(0, 1))
}

function taughtLevels(next: () => number, bank = new LevelBank()): LevelBank {
  bank.begin(next())
  for (let i = 2; i <= samples; i++) {
    bank.learn(next(), { count: i, share: 0.005, clipDeviations: 5 })
  }
  return bank
}

function taughtWindows(next: () => number, bank = new WindowBank()): WindowBank {
  for (let i = 0; i < samples; i++) bank.push(next())
  return bank
}

describe('banks of averages', () => {
  test('take the slowest where a series is noise around a level', () => {
    const random = new Random(1)
    expect(taughtLevels(() => noise(random)).rate).toBe(0.01)
    expect(taughtWindows(() => noise(random)).windowSamples).toBe(200)
  })

  test('take the fastest where a series walks', () => {
    expect(taughtLevels(walk(new Random(1))).rate).toBe(0.25)
    expect(taughtWindows(walk(new Random(1))).windowSamples).toBe(7)
  })

  test('go on adapting: what was noise and then walks is followed faster', () => {
    const random = new Random(2)
    const windows = taughtWindows(() => noise(random))
    expect(taughtWindows(walk(random), windows).windowSamples).toBe(7)
    const levels = taughtLevels(() => noise(random))
    expect(taughtLevels(walk(random), levels).rate).toBe(0.25)
  })

  test('go on adapting: what walked and then is noise around a level is followed slower', () => {
    // Which of the slow ones hangs on less than the margin that a change has to be worth.
    const random = new Random(3)
    const [windows, levels] = [taughtWindows(walk(random)), taughtLevels(walk(random))]
    for (let times = 0; times < 2; times++) {
      taughtWindows(() => noise(random), windows)
      taughtLevels(() => noise(random), levels)
    }
    expect(windows.windowSamples).toBeGreaterThanOrEqual(67)
    expect(levels.rate).toBeLessThanOrEqual(0.03)
  })

  test('foretell a series that changes its kind about as well as the best single one', () => {
    const random = new Random(4)
    const regimes = [() => noise(random), walk(random), () => noise(random)]
    const [windows, singles] = [new WindowBank(), [7, 20, 67, 200]]
    const values: number[] = []
    const errors = [0, ...singles.map(() => 0)]
    for (const next of regimes) {
      for (let i = 0; i < 1000; i++) {
        const value = next()
        const means = singles.map((n) => {
          const last = values.slice(-n)
          return last.reduce((sum, each) => sum + each / last.length, 0)
        })
        const levels = [windows.sum / windows.count, ...means]
        if (values.length > 200) levels.forEach((m, k) => (errors[k]! += Math.abs(value - m)))
        windows.push(value)
        values.push(value)
      }
    }
    const [chosen = NaN, ...others] = errors
    expect(chosen).toBeLessThan(1.02 * Math.min(...others))
    expect(chosen).toBeLessThan(0.8 * Math.max(...others))
  })

  test('the chosen level is the mean of its own window', () => {
    const bank = new WindowBank()
    for (const value of [1, 2, 3, 4, 5, 6, 7, 8]) bank.push(value)
    expect(bank.windowSamples).toBe(7)
    expect(bank.sum / bank.count).toBe(5)
  })
})
