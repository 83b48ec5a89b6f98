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
  })

  test('the chosen level is the mean of its own window', () => {
    const bank = new WindowBank()
    for (const value of [1, 2, 3, 4, 5, 6, 7, 8]) bank.push(value)
    expect(bank.windowSamples).toBe(7)
    expect(bank.sum / bank.count).toBe(5)
  })
})
