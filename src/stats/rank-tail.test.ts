import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { RankTail } from './rank-tail.ts'

/** A memory so long that nothing fades in a test. */
const forEver = 1e12

test('before anything was seen a tail is one half', () => {
  expect(new RankTail().tail(3)).toBe(0.5)
})

test('evidence over all that was seen has a tail of one in as many', () => {
  const rank = new RankTail()
  for (let i = 0; i < 998; i++) rank.push(0.6 + (i % 10) / 10, forEver)
  expect(rank.tail(4)).toBeCloseTo(1 / 1000, 9)
  expect(rank.tail(0)).toBeCloseTo(999 / 1000, 9)
})

/** Where it begins, in decades. */
const lastBin = 2 ** (3 - 1 / 8)

test('the tail is the share at or over the evidence, to the width of a bin', () => {
  // Half of them spread evenly: doubles as such are nearly all tiny.
  const even = fc.integer({ min: 0, max: 15_000 }).map((thousandths) => thousandths / 1000)
  const decades = fc.oneof(fc.double({ min: 0, max: 15, noNaN: true }), even)
  const law = (past: number[], evidence: number): void => {
    const rank = new RankTail()
    for (const each of past) rank.push(each, forEver)
    // Eight bins an octave: within a factor of 2^(1/8) of the evidence the bin cannot tell.
    const octave = 2 ** (1 / 8) * (1 + 1e-9)
    const surely = past.filter((each) => each > evidence * octave && each > 0.5).length
    // The last bin has no upper end: what lies in it is as much as whatever else does.
    const least = Math.min(evidence / octave, lastBin / (1 + 1e-9))
    const possibly = past.filter((each) => each >= least || evidence <= 0.5).length
    const tail = rank.tail(evidence) * (past.length + 2) - 1
    expect(tail).toBeGreaterThanOrEqual(surely - 1e-6)
    expect(tail).toBeLessThanOrEqual(possibly + 1e-6)
  }
  law([7.336032345637369], 8.000000008000002)
  fc.assert(fc.property(fc.array(decades), decades, law), { numRuns: 1000 })
})

test('the past fades: after the memory a value counts for a third', () => {
  const rank = new RankTail()
  for (let i = 0; i < 1000; i++) rank.push(2, 1000)
  expect(rank.total).toBeCloseTo(1000 * (1 - Math.exp(-1)), -1)
  for (let i = 0; i < 100_000; i++) rank.push(0.1, 1000)
  // The sum of .999, .999², …; nothing over one decade is left of the thousand.
  expect(rank.total).toBeCloseTo(999, 3)
  expect(rank.tail(1)).toBeCloseTo(1 / 1001, 6)
})

test('it goes on from a snapshot as if nothing had happened', () => {
  const rank = new RankTail()
  for (let i = 0; i < 500; i++) rank.push((i % 17) / 5, 100)
  const writer = new SnapshotWriter()
  rank.snapshot(writer)
  const restored = new RankTail()
  restored.restore(new SnapshotReader(writer.finish()))
  for (const decades of [0, 0.5, 1, 2, 3, 20]) {
    expect(restored.tail(decades)).toBe(rank.tail(decades))
  }
})
