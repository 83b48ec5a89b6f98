import { describe, expect, test } from 'vitest'
import { Random } from '../../core/random.ts'
import { Standstill } from './standstill.ts'

/** How long a standstill lasts before it is told, after these values; undefined within `most`. */
function toldAfter(values: readonly number[], most = 2000): number | undefined {
  const standstill = new Standstill(12)
  for (const value of values) standstill.learn(value)
  const stuck = values.at(-1) as number
  for (let run = 1; run <= most; run++) {
    if (standstill.told(stuck)) return run
    standstill.learn(stuck)
  }
  return undefined
}

function drawn(count: number, value: (random: Random, i: number) => number): number[] {
  const random = new Random(1)
  return Array.from({ length: count }, (_, i) => value(random, i))
}

describe('a standstill', () => {
  test('is told after ten repeats where values never repeat', () => {
    // 12 / -log10 .05 = 9.2
    expect(toldAfter(drawn(1000, (random) => random.uniform()))).toBe(10)
  })

  test('takes the longer, the more often values repeat by themselves', () => {
    const run = toldAfter(drawn(1000, (random) => random.below(2)))
    expect(run).toBeGreaterThan(38)
    expect(run).toBeLessThan(44)
  })

  test('must be longer than the longest run before', () => {
    // Half of all samples are runs of a hundred.
    const values = drawn(2000, (random, i) => (Math.trunc(i / 100) % 2 ? random.uniform() : 3))
    expect(toldAfter([...values, 3])).toBeGreaterThan(95)
  })

  test('is told again at twice its length, and not in between', () => {
    const standstill = new Standstill(12)
    for (const value of drawn(1000, (random) => random.uniform())) standstill.learn(value)
    standstill.learn(7)
    const told: number[] = []
    for (let run = 1; run <= 45; run++) {
      if (standstill.told(7)) told.push(run)
      standstill.learn(7)
    }
    expect(told).toEqual([10, 19, 20, 37, 38, 39, 40])
  })
})
