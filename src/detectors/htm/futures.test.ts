import { describe, expect, test } from 'vitest'
import { Random } from '../../core/random.ts'
import { SnapshotReader, SnapshotWriter } from '../../core/snapshot.ts'
import { futuresShare } from '../../warning/futures.ts'
import type { Futures } from '../../warning/futures.ts'
import { futuresMaker } from './futures.ts'

const make = futuresMaker()
const plan = { metrics: 3, horizonSamples: 50, seed: 1 }
const paceSamples = 5
const limit = 100

/**
 * A round of 200 seconds: at rest, then a metric rises step by step for 40 s, and only then does
 * the mean, over its limit from second 150 to 169.
 */
function update(futures: Futures, second: number, random: Random): void {
  const at = second % 200
  const risen = at >= 100 && at < 170 ? Math.min(4, Math.floor((at - 100) / 10)) / 8 : 0
  const mean = at >= 150 && at < 170 ? 300 : 20
  const noise = (): number => random.gaussian(0, 0.02)
  const values = Float64Array.of(0.5 + risen + noise(), 0.5 + noise(), 0.5 + noise())
  futures.update(futuresShare(mean, limit), values, 'on')
}

function taught(seconds: number): { futures: Futures; random: Random } {
  const futures = make(plan)
  const random = new Random(1)
  for (let second = 0; second < seconds; second++) update(futures, second, random)
  return { futures, random }
}

describe('futures', () => {
  test('says nothing before it has learned', () => {
    const { futures } = taught(paceSamples)
    expect(futures.probability).toBe(0)
    expect(futures.samplesLeft).toBe(Infinity)
    expect(futures.surprise).toBe(0)
  })

  test('foresees what followed before, and when, and nothing while all is at rest', () => {
    const rounds = 40
    const { futures, random } = taught(200 * rounds)
    const said: { probability: number; left: number }[] = []
    for (let at = 0; at < 200; at++) {
      update(futures, 200 * rounds + at, random)
      said.push({ probability: futures.probability, left: futures.samplesLeft })
    }
    const atRest = said.slice(20, 90).map(({ probability }) => probability)
    expect(Math.max(...atRest)).toBeLessThan(0.5)
    // The metric has risen by two steps; the mean is as it always was.
    const { probability, left } = said[124] ?? {}
    expect(probability).toBeGreaterThan(0.8)
    expect(Math.abs((left ?? NaN) - (150 - 124))).toBeLessThanOrEqual(2 * paceSamples)
  })

  test('learns nothing of what is masked, and the present stays as it is', () => {
    const bytes = (futures: Futures): Uint8Array => {
      const writer = new SnapshotWriter()
      futures.snapshot(writer)
      return writer.finish()
    }
    const { futures } = taught(600)
    const quiet = Float64Array.of(0.5, 0.5, 0.5)
    const before = make(plan)
    before.restore(new SnapshotReader(bytes(futures)))
    for (let i = 0; i < 100; i++) futures.update(0.9, quiet, 'masked')
    for (let i = 0; i < 50; i++) {
      futures.update(0.1, quiet, 'masked')
      before.update(0.1, quiet, 'masked')
    }
    expect(futures.probability).toBe(before.probability)
  })

  test('goes on bit for bit from its snapshot, wherever it is taken', () => {
    for (const cut of [3, 250, 997]) {
      const { futures } = taught(cut)
      const writer = new SnapshotWriter()
      futures.snapshot(writer)
      const other = make(plan)
      const reader = new SnapshotReader(writer.finish())
      other.restore(reader)
      expect(reader.leftBytes).toBe(0)
      const [mine, its] = [new Random(5), new Random(5)]
      for (let second = cut; second < cut + 300; second++) {
        update(futures, second, mine)
        update(other, second, its)
        expect([other.probability, other.samplesLeft, other.surprise]).toEqual([
          futures.probability,
          futures.samplesLeft,
          futures.surprise,
        ])
      }
    }
  })
})

test('the limit is in the middle of the shares', () => {
  const shares = [0, 10, 100, 1000, 1e9].map((value) => futuresShare(value, limit))
  expect(shares).toEqual([0, 0, 0.5, 1, 1])
  expect(futuresShare(-5, limit)).toBe(0)
})
