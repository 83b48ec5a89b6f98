import { describe, expect, test } from 'vitest'
import { Assessment } from '../../core/assessment.ts'
import { optionsWithDefaults } from '../../core/options.ts'
import { Random } from '../../core/random.ts'
import type { Learning } from '../detector.ts'
import { Auto } from '../auto.ts'
import { EarlyJudge } from './early-judge.ts'
import { autoOptions } from './options.ts'

/** The score of a value by a judge that has seen others. */
function score(before: readonly number[], value: number): number {
  const judge = new EarlyJudge()
  for (const each of before) judge.learn(each)
  const assessment = new Assessment()
  judge.judge(value, assessment)
  return assessment.score
}

function noise(count: number, seed = 1): number[] {
  const random = new Random(seed)
  return Array.from({ length: count }, () => random.gaussian(50, 2))
}

describe('the early judge', () => {
  test('demands less of a change, the more it has seen', () => {
    const needed = [20, 60, 280].map((count) => {
      const before = noise(count)
      let value = 50
      while (score(before, value) < 0.999) value += 0.25
      return value - 50
    })
    expect(needed).toEqual(needed.toSorted((a, b) => b - a))
    expect(needed[0]).toBeGreaterThan(30)
    expect(needed.at(-1)).toBeLessThan(22)
  })

  test('does not take a ramp, or the next step of one, for gross', () => {
    const ramp = Array.from({ length: 200 }, (_, i) => 10 * i)
    expect(score(ramp, 2000)).toBeLessThan(0.999)
    expect(score(ramp, 20_000)).toBeGreaterThan(0.999)
  })

  test('says of a series that never moved no more than its length', () => {
    const still = new Array<number>(99).fill(7)
    expect(score(still, 1e6)).toBeCloseTo(0.99, 9)
    expect(score(still, 7)).toBe(0)
  })

  test('waits for a counter of rare ones to have counted for a while', () => {
    const random = new Random(3)
    const counts = Array.from({ length: 280 }, () => (random.uniform() < 0.03 ? 1 : 0))
    expect(score(counts, 2)).toBeLessThan(0.999)
    expect(score(counts, 1000)).toBeGreaterThan(0.999)
  })
})

/** What is said of the last of the values, with the default options. */
function last(values: readonly number[], given = {}, learning: Learning = 'on'): Assessment {
  const auto = new Auto(optionsWithDefaults(autoOptions, given))
  const assessment = new Assessment()
  values.forEach((value, i) => {
    assessment.clear()
    auto.update(i * 60_000, value, i < 60 ? 'on' : learning, assessment)
  })
  return assessment
}

describe('auto, before it knows a series', () => {
  test('judges after forty samples, and says how far it is', () => {
    expect(last([...noise(39), 1e4])).toMatchObject({ inProbation: true, score: 0 })
    const said = last([...noise(100), 1e4])
    expect(said).toMatchObject({ inProbation: false, learnedSamples: 100, probationSamples: 288 })
    expect(said.score).toBeGreaterThan(0.999)
    expect(said.evidence).toContain('learning 100/288, only gross changes alarm')
    expect(said.evidence).toContain('σ off all 100 values so far')
    expect(said.lower).toBeLessThan(50)
    expect(said.upper).toBeLessThan(100)
    expect(last([...noise(100), 62]).score).toBeLessThan(0.999)
  })

  test('judges nothing until the end of probation where that is asked for', () => {
    const said = last([...noise(287), 1e4], { earlySamples: 288 })
    expect(said).toMatchObject({ inProbation: true, score: 0 })
  })

  test('tells another level once, and learns on', () => {
    const auto = new Auto(optionsWithDefaults(autoOptions))
    const assessment = new Assessment()
    const alarms = noise(280).filter((value, i) => {
      assessment.clear()
      auto.update(i * 60_000, i < 100 ? value : value + 200, 'on', assessment)
      return assessment.score >= 0.999
    })
    expect(alarms.length).toBe(1)
  })

  test('does not learn what is masked, and waits for it to be over', () => {
    const said = last([...noise(60), ...new Array<number>(50).fill(1e4)], {}, 'masked')
    expect(said.learnedSamples).toBe(60)
    expect(said.score).toBeGreaterThan(0.999)
  })
})
