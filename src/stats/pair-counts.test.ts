import { expect, test } from 'vitest'
import { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { PairCounts } from './pair-counts.ts'

test('counts what follows on what, far outside too, and begins with the second level', () => {
  const counts = new PairCounts(4)
  expect(counts.begun).toBe(false)
  expect(counts.count(1)).toBe(0)
  for (const level of [1, 2, 1, 2, 99, 77]) counts.add(level)
  expect(counts.begun).toBe(true)
  expect(counts.total).toBe(5)
  // 77 is as far out as 99 was.
  expect(counts.count(99)).toBe(1)
  counts.add(1)
  expect([0, 1, 2].map((level) => counts.count(level))).toEqual([0, 0, 2])
})

test('goes on from a snapshot', () => {
  const counts = new PairCounts(4)
  for (const level of [1, 2, 1]) counts.add(level)
  const writer = new SnapshotWriter()
  counts.snapshot(writer)
  const restored = new PairCounts(4)
  restored.restore(new SnapshotReader(writer.finish()))
  expect([restored.count(2), restored.count(1), restored.total]).toEqual([1, 0, 2])
})
