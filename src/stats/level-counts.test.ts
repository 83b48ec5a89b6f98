import { expect, test } from 'vitest'
import { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { LevelCounts, levelRow, levelRows } from './level-counts.ts'

test('counts levels by slot, and the far outside as the outermost', () => {
  const counts = new LevelCounts({ levels: 11, slots: 8 })
  counts.add(3, 7)
  counts.add(3, 7)
  counts.add(-500, 0)
  expect(counts.count(3, 7)).toBe(2)
  expect(counts.count(3, 6)).toBe(0)
  expect(counts.count(2, 7)).toBe(0)
  expect(counts.count(-4, 0)).toBe(1)
  expect(counts.count(-3, 0)).toBe(0)
  expect(counts.count(500, 0)).toBe(0)
  expect(counts.total).toBe(3)
})

test('rows are numbered from the lowest outer level', () => {
  expect(levelRows(11)).toBe(19)
  expect([-500, -4, 0, 10, 14, 500].map((level) => levelRow(level, 11))).toEqual([
    0, 0, 4, 14, 18, 18,
  ])
})

test('halves all counts where one is full, and keeps their shares', () => {
  const counts = new LevelCounts({ levels: 2, slots: 1 })
  for (let i = 0; i < 65_535; i++) counts.add(0, 0)
  for (let i = 0; i < 1000; i++) counts.add(1, 0)
  counts.add(0, 0)
  expect(counts.count(0, 0)).toBe(32_768)
  expect(counts.count(1, 0)).toBe(500)
  expect(counts.total).toBe(33_268)
})

test('goes on from a snapshot', () => {
  const counts = new LevelCounts({ levels: 3, slots: 2 })
  counts.add(1, 1)
  const writer = new SnapshotWriter()
  counts.snapshot(writer)
  const restored = new LevelCounts({ levels: 3, slots: 2 })
  restored.restore(new SnapshotReader(writer.finish()))
  expect([restored.count(1, 1), restored.count(1, 0), restored.total]).toEqual([1, 0, 1])
})
