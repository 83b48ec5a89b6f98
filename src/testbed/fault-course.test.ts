import { expect, test } from 'vitest'
import { FaultCourse } from './fault-course.ts'
import type { CoursePlan } from './fault-course.ts'
import { gradualFaults, isFault, isGradual, suddenFaults } from './fault.ts'
import type { Injection, Strengths } from './fault.ts'

const kinds = [...gradualFaults, ...suddenFaults]
const objective = { metric: 'mean', limit: 100, holdSamples: 3 }
const plan: CoursePlan = { seconds: 7200, partSeconds: 3600, faults: kinds, seed: 7, objective }

/** A shop that breaks at a strength of 1 of any fault, and bears whatever is harmless. */
function meanOf(strengths: Strengths): number {
  return kinds.some((kind) => strengths[kind] >= 1) ? 200 : 20
}

/** The strengths of all seconds, and what was injected. */
function run(own: CoursePlan, mean = meanOf): { all: Strengths[]; faults: Injection[] } {
  const course = new FaultCourse(own)
  const all: Strengths[] = []
  let last = 20
  for (let second = 0; second < own.seconds; second++) {
    all.push(course.step(second, last))
    last = mean(all[second] as Strengths)
  }
  const faults = course.injections(own.seconds).filter(({ kind }) => isFault(kind))
  expect(course.faultCount).toBe(faults.length)
  return { all, faults }
}

test('the same seed and shop give the same course, another seed another one', () => {
  expect(run(plan)).toEqual(run(plan))
  expect(run(plan).faults).not.toEqual(run({ ...plan, seed: 8 }).faults)
})

test('faults of every kind come one at a time, gradual ones twice as often', () => {
  const { all, faults } = run({ ...plan, seconds: 28_800, partSeconds: 28_800 })
  const count = (kind: string): number => faults.filter((each) => each.kind === kind).length
  const rounds = Math.floor(faults.length / 10)
  expect(rounds).toBeGreaterThan(10)
  for (const kind of kinds) {
    const want = isGradual(kind) ? 2 * rounds : rounds
    expect(count(kind)).toBeGreaterThanOrEqual(want)
    expect(count(kind)).toBeLessThanOrEqual(want + 2)
  }
  for (const strengths of all) {
    expect(kinds.filter((kind) => strengths[kind] > 0).length).toBeLessThanOrEqual(1)
  }
  let lastEnd = 0
  for (const { startSecond, endSecond } of faults) {
    // Ten seconds of recovery and at least 40 of calm.
    expect(startSecond - lastEnd).toBeGreaterThanOrEqual(50)
    lastEnd = endSecond
  }
})

test('a fault stays for a while once the objective is broken, and then goes', () => {
  for (const { kind, startSecond, endSecond, rampSeconds } of run(plan).faults) {
    // Broken at the ramp's end, or at once; certain three seconds later; removed 8 to 20 after it.
    const broken = endSecond - startSecond - (isGradual(kind) ? rampSeconds : 0)
    expect(broken).toBeGreaterThanOrEqual(8)
    expect(broken).toBeLessThanOrEqual(20 + 3 + 8)
    if (isGradual(kind)) expect(rampSeconds).toBeGreaterThanOrEqual(30)
  }
})

test('a fault that breaks nothing is given up', () => {
  const { faults, all } = run(plan, () => 20)
  expect(faults.length).toBeGreaterThan(10)
  for (const { kind, startSecond, endSecond, rampSeconds } of faults) {
    expect(endSecond - startSecond).toBe(isGradual(kind) ? 2 * rampSeconds + 20 : 40)
  }
  expect(Math.max(...all.map((strengths) => strengths['cpu-leak']))).toBe(1.6)
})

test('no fault goes over a cut between two parts', () => {
  for (let seed = 0; seed < 20; seed++) {
    for (const { startSecond, endSecond } of run({ ...plan, seed }).faults) {
      expect(Math.floor(startSecond / 3600)).toBe(Math.floor((endSecond - 1) / 3600))
    }
  }
})

test('the next fault waits until the shop has recovered, but not for ever', () => {
  let slow = 0
  const { faults } = run(plan, (strengths) => {
    slow = meanOf(strengths) > 100 ? 40 : slow - 1
    return slow > 0 ? 60 : meanOf(strengths)
  })
  for (let i = 1; i < faults.length; i++) {
    const { startSecond } = faults[i] as Injection
    // 39 slow seconds more, ten of recovery, 40 of calm.
    expect(startSecond - (faults[i - 1] as Injection).endSecond).toBeGreaterThanOrEqual(89)
  }
  // Never under half the limit: given up after two minutes, again and again.
  expect(run(plan, () => 60).faults.length).toBeGreaterThan(5)
})

test('without faults there are harmless changes alone', () => {
  const { faults, all } = run({ ...plan, faults: [] })
  expect(faults).toEqual([])
  expect(all.some(({ load }) => load !== 0)).toBe(true)
})
