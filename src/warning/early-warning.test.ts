import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Random } from '../core/random.ts'
import { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { EarlyWarning } from './early-warning.ts'

const objective = { metric: 'mean', limit: 100, holdSamples: 3 }
const options = { metrics: ['cpu', 'mem', 'mean'], objective, horizonSamples: 50, seed: 1 }

/** A queue whose load rises from .4 to 1 in 60 seconds from each of `starts`, for 75 seconds. */
function* queue(seconds: number, starts: readonly number[], seed = 1): Generator<Float64Array> {
  const random = new Random(seed)
  for (let t = 0; t < seconds; t++) {
    const start = starts.find((each) => t >= each && t < each + 75)
    const load = 0.4 + (start === undefined ? 0 : (0.6 * (t - start)) / 60)
    const mean = Math.min(2000, 6 / Math.max(0.003, 1 - load)) * Math.exp(random.gaussian(0, 0.05))
    const cpu = 100 * Math.min(1, load) + random.gaussian(0, 1.5)
    yield Float64Array.of(cpu, 40 + random.gaussian(0, 0.5), mean)
  }
}

describe('early warning', () => {
  test('is sane before it has learned: quiet at rest, sure before the first breach', () => {
    const warning = new EarlyWarning(options)
    const all: number[] = []
    for (const values of queue(700, [600])) all.push(warning.update(values).probability)
    expect(Math.max(...all.slice(60, 600))).toBeLessThan(0.3)
    expect(Math.max(...all.slice(610, 655))).toBeGreaterThan(0.8)
  })

  test('names the metric that leads, and expects the moment', () => {
    const warning = new EarlyWarning(options)
    let left = NaN
    let leading = -1
    let t = 0
    for (const values of queue(640, [600])) {
      const { expectedSamples, leading: lead } = warning.update(values)
      if (t++ === 639) [left, leading] = [expectedSamples, lead]
    }
    expect(leading).toBe(0)
    // The mean is at 100 ms where 6 / (1 - load) is: at load .94, 54 s from the start.
    expect(left).toBeGreaterThan(5)
    expect(left).toBeLessThan(30)
  })

  test('says nothing while the objective is broken', () => {
    const warning = new EarlyWarning(options)
    let t = 0
    for (const values of queue(674, [600])) {
      const { probability } = warning.update(values)
      if (t++ >= 665) expect(probability).toBeNaN()
    }
  })

  test('begins anew after a breach: its last samples are no sign of the next one', () => {
    const warning = new EarlyWarning(options)
    let after = Infinity
    const said: number[] = []
    for (const values of queue(760, [600])) {
      const { probability, change } = warning.update(values)
      if (change === 'ends') after = 0
      if (after++ < 15) said.push(probability)
    }
    expect(said).toHaveLength(15)
    expect(Math.max(...said)).toBeLessThan(0.3)
  })

  test('learns that a rise which never breaks is harmless', () => {
    const warning = new EarlyWarning(options)
    const peaks: number[] = []
    for (let round = 0; round < 60; round++) {
      let peak = 0
      // Load rises to .8 in 40 s and goes back: the objective never breaks.
      for (const values of queue(200, [100], round)) {
        const harmless = (values[0] as number) > 82 ? Float64Array.of(80, 40, 30) : values
        const { probability } = warning.update(harmless)
        if (probability > peak) peak = probability
      }
      peaks.push(peak)
    }
    const last = peaks.slice(-5)
    expect(Math.max(...last)).toBeLessThan(0.5)
  })

  test('is a probability whatever comes, and goes on bit for bit from its snapshot', () => {
    const value = fc.double({ min: -1e9, max: 1e9, noNaN: true })
    const rows = fc.array(fc.tuple(value, value, value), { maxLength: 120 })
    fc.assert(
      fc.property(rows, fc.nat({ max: 120 }), (all, cut) => {
        const whole = new EarlyWarning(options)
        let other = new EarlyWarning(options)
        all.forEach((row, t) => {
          if (t === cut) {
            const writer = new SnapshotWriter()
            whole.snapshot(writer)
            other = new EarlyWarning(options)
            other.restore(new SnapshotReader(writer.finish()))
          }
          const want = { ...whole.update(Float64Array.from(row)) }
          if (!Number.isNaN(want.probability)) {
            expect(want.probability).toBeGreaterThanOrEqual(0)
            expect(want.probability).toBeLessThanOrEqual(1)
          }
          expect(other.update(Float64Array.from(row))).toEqual(want)
        })
      }),
      { numRuns: 30 },
    )
  })
})
