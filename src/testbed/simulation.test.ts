import { describe, expect, test } from 'vitest'
import { gradualFaults, isFault, suddenFaults } from './fault.ts'
import type { FaultKind, Injection } from './fault.ts'
import { Random } from '../core/random.ts'
import { Shop } from './shop.ts'
import { aggregateOf, simulation } from './simulation.ts'

const limitMs = 100

/** Mean response times, second by second. */
function means(injections: readonly Injection[], seconds: number): number[] {
  const shop = new Shop(injections, new Random(1))
  return Array.from(
    { length: seconds },
    (_, second) => aggregateOf(shop.step(second), limitMs).mean,
  )
}

const fault = (kind: FaultKind, rampSeconds: number): Injection => ({
  kind,
  startSecond: 100,
  endSecond: 100 + rampSeconds + 30,
  rampSeconds,
  strength: 1,
  stepSeconds: 1,
})

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] as number

describe('the simulated shop', () => {
  test('is fast at rest', () => {
    const rest = median(means([], 500))
    // By hand, at 108 a second: 4 / (1 - .43) + 1.5 / (1 - .16) + 1 / (1 - .11) + 2 = 12 ms.
    expect(rest).toBeGreaterThan(10)
    expect(rest).toBeLessThan(15)
  })

  test.each(gradualFaults)('is broken by %s when that has grown, not before', (kind) => {
    const all = means([fault(kind, 60)], 240)
    expect(median(all.slice(105, 125))).toBeLessThan(30)
    expect(median(all.slice(168, 188))).toBeGreaterThan(limitMs)
    expect(median(all.slice(215, 240))).toBeLessThan(20)
  })

  test.each(suddenFaults)('is broken by %s at once', (kind) => {
    const all = means([fault(kind, 0)], 160)
    expect(median(all.slice(104, 128))).toBeGreaterThan(limitMs)
  })
})

test('the same seed gives the same seconds, another one others', () => {
  const run = (seed: number): unknown[] => {
    const { run: seconds, injections } = simulation({ seconds: 900, faults: gradualFaults, seed })
    return [injections, ...[...seconds()].map(({ cpu, millis }) => [cpu, millis.length])]
  }
  expect(run(5)).toEqual(run(5))
  expect(run(5)).not.toEqual(run(6))
})

test('faults come one at a time, with calm between them and before the first', () => {
  const { injections } = simulation({ seconds: 36_000, faults: gradualFaults, seed: 3 })
  const faults = injections.filter(({ kind }) => isFault(kind))
  expect(faults.length).toBeGreaterThan(60)
  let lastEnd = 300
  for (const { startSecond, endSecond } of faults) {
    expect(startSecond - lastEnd).toBeGreaterThanOrEqual(90)
    lastEnd = endSecond
  }
})

test('without faults harmless changes hardly ever bring it over its limit', () => {
  const { run } = simulation({ seconds: 36_000, faults: [], seed: 4 })
  let over = 0
  for (const second of run()) if (aggregateOf(second, limitMs).mean >= limitMs) over++
  // One disturbed second in 400 is twelve times as slow: 36,000 / 400 = 90 expected.
  expect(over).toBeLessThan(150)
})

test('a second without a request is over the limit', () => {
  const second = { cpu: 1, mem: 1, disk: 1, waiting: 0, connections: 0, millis: [] }
  expect(aggregateOf(second, 70).mean).toBe(70)
})
