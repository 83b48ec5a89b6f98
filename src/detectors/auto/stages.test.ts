import { describe, expect, test } from 'vitest'
import { AlarmStage } from './alarm-stage.ts'
import { ScoreStage } from './score-stage.ts'

describe('the alarm stage', () => {
  test('tells a head of one, then rests for .3 of probation while its bar falls', () => {
    const stage = new AlarmStage(100, 0.3)
    expect(stage.told(0.9, 288)).toBe(0.9)
    expect(stage.told(1.5, 288)).toBe(1.5)
    // The bar is 1 + 1.5 · left / 30.
    expect(stage.told(2.4, 288)).toBe(0)
    for (let i = 0; i < 13; i++) expect(stage.told(0.9, 288)).toBe(0)
    expect(stage.told(1.7, 288)).toBe(0)
    expect(stage.told(1.9, 288)).toBeCloseTo(1.9, 1)
  })

  test('tells what rises far above the last alarm at once', () => {
    const stage = new AlarmStage(100, 0.3)
    stage.told(1.2, 288)
    expect(stage.told(2.3, 288)).toBeGreaterThan(2.2)
  })

  test('rests for a day at most, in which the bar falls', () => {
    const stage = new AlarmStage(1000, 0.3)
    const told = Array.from({ length: 60 }, () => stage.told(1.2, 24) >= 1)
    expect(told.flatMap((alarmed, i) => (alarmed ? [i] : []))).toEqual([0, 21, 42])
  })

  test('after the rest, asks a little more for each alarm of late', () => {
    const stage = new AlarmStage(10, 0.3)
    const told = (): number[] =>
      Array.from({ length: 12 }, (_, i) => stage.told(i % 4 === 3 ? 1.01 : 0, 288))
    expect(told().filter((head) => head >= 1)).toHaveLength(1)
  })
})

describe('the score stage', () => {
  const stage = (restSamples: number): ScoreStage =>
    new ScoreStage({ probationSamples: 1000, restSamples })

  test('holds what follows under the threshold, unless it rises by .3', () => {
    const told = stage(2)
    const heads = [0.4, 1.2, 1.3, 1.1, 1.2, 1.6]
    expect(heads.map((head) => told.told(head) >= 1)).toEqual([
      false,
      true,
      false,
      false,
      true,
      true,
    ])
  })

  test('rests as long as it was told to', () => {
    const long = stage(5)
    expect(Array.from({ length: 13 }, () => (long.told(1.2) >= 1 ? 1 : 0))).toEqual([
      1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1,
    ])
  })

  test('asks for up to .3 more where it told often', () => {
    const often = stage(0)
    const told = Array.from({ length: 40 }, () => often.told(1.2) >= 1)
    expect(told.slice(0, 4)).toEqual([true, true, true, true])
    expect(told.slice(-4)).toEqual([false, false, false, false])
    expect(often.told(1.31)).toBeGreaterThanOrEqual(1)
  })
})
