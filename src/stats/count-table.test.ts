import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { CountTable } from './count-table.ts'

const dense = 100
const sparse = 2 ** 40

function counted(size: number, keys: readonly number[], memorySamples = 0): CountTable {
  const table = new CountTable(size)
  for (const key of keys) {
    table.add(key)
    table.fade(memorySamples)
  }
  return table
}

test('each key is counted by itself, in small tables and in large ones', () => {
  const law = (size: number, keys: number[]): void => {
    const table = counted(size, keys)
    const plain = new Map<number, number>()
    for (const key of keys) plain.set(key, (plain.get(key) ?? 0) + 1)
    for (const [key, count] of plain) expect(table.count(key)).toBe(count)
    expect(table.count(size - 1)).toBe(plain.get(size - 1) ?? 0)
  }
  const f = (size: number): void => {
    const keys = fc.array(fc.integer({ min: 0, max: size - 1 }), { maxLength: 400 })
    fc.assert(fc.property(fc.constant(size), keys, law))
  }
  f(dense)
  f(5000)
  f(sparse)
})

test('keys that differ only beyond 32 bits are different keys', () => {
  const table = counted(sparse, [7, 7 + 2 ** 32, 7 + 2 ** 33, 7])
  expect([7, 7 + 2 ** 32, 7 + 2 ** 33, 7 + 2 ** 34].map((key) => table.count(key))).toEqual([
    2, 1, 1, 0,
  ])
})

test('counts fade: after the memory one counts for a third', () => {
  const table = counted(dense, [3, ...new Array<number>(1000).fill(5)], 1000)
  expect(table.count(3)).toBeCloseTo(Math.exp(-1), 2)
  expect(table.count(5)).toBeCloseTo(1000 * (1 - Math.exp(-1)), -1)
})

test('counts stay right over many memories', () => {
  const table = counted(dense, new Array<number>(50_000).fill(5), 100)
  expect(table.count(5)).toBeCloseTo(99, 0)
})

test('a table that is full keeps what was counted most', () => {
  const often = Array.from({ length: 100 }, (_, i) => i)
  const once = Array.from({ length: 20_000 }, (_, i) => 1000 + i)
  const table = counted(sparse, [...often, ...often, ...often, ...once])
  expect(often.map((key) => table.count(key))).toEqual(new Array<number>(100).fill(3))
  const writer = new SnapshotWriter()
  table.snapshot(writer)
  expect(writer.lengthBytes).toBeLessThan(256 * 12 + 32)
})

test('it goes on from a snapshot as if nothing had happened', () => {
  for (const size of [dense, 5000, sparse]) {
    const keys = Array.from({ length: 300 }, (_, i) => (i * 7919) % Math.min(size, 200))
    const table = counted(size, keys, 50)
    const writer = new SnapshotWriter()
    table.snapshot(writer)
    const restored = new CountTable(size)
    restored.restore(new SnapshotReader(writer.finish()))
    for (const key of keys) expect(restored.count(key)).toBe(table.count(key))
  }
})
