import { expect, test } from 'vitest'
import { SlotCounts } from './slot-counts.ts'

test('counts levels by slot, and the far outside as the outermost', () => {
  const counts = new SlotCounts({ levels: 11, slots: 8 })
  counts.add(3, 7)
  counts.add(3, 7)
  counts.add(-500, 0)
  expect(counts.count(3, 7)).toBe(2)
  expect(counts.count(3, 6)).toBe(0)
  expect(counts.count(2, 7)).toBe(0)
  expect(counts.count(-4, 0)).toBe(1)
  expect(counts.count(-3, 0)).toBe(0)
  expect(counts.count(500, 0)).toBe(0)
})
