import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Random } from '../core/random.ts'
import { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { QuantileSketch } from './quantile-sketch.ts'

const ranks = [0, 0.1, 0.5, 0.9, 0.99, 1]

function sketchOf(values: readonly number[]): QuantileSketch {
  const sketch = new QuantileSketch()
  for (const value of values) sketch.add(value)
  return sketch
}

test('answers are within one percent of the value at the rank', () => {
  const value = fc.oneof(
    fc.integer({ min: -1000, max: 1000 }),
    fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
  )
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 300 }), (values) => {
      const sketch = sketchOf(values)
      const exact = [...values].sort((a, b) => a - b)
      for (const rank of ranks) {
        const want = exact[Math.floor(rank * (exact.length - 1))] as number
        // A hair over one percent: the logarithm is rounded too.
        expect(Math.abs(sketch.quantile(rank) - want)).toBeLessThanOrEqual(
          Math.abs(want) * 0.0100001,
        )
      }
    }),
  )
})

test('of nothing there is no quantile', () => {
  expect(new QuantileSketch().quantile(0.5)).toBeNaN()
})

test('the room is bounded, and the large values stay accurate', () => {
  const random = new Random(1)
  const sketch = new QuantileSketch()
  const values: number[] = []
  for (let i = 0; i < 20_000; i++) {
    const value = Math.exp(random.uniform() * 1200 - 600)
    values.push(value)
    sketch.add(value)
  }
  const writer = new SnapshotWriter()
  sketch.snapshot(writer)
  expect(writer.finish().length).toBeLessThanOrEqual(8 + 4 + 1024 * 12 + 4)
  values.sort((a, b) => a - b)
  const want = values[Math.floor(0.99 * (values.length - 1))] as number
  expect(Math.abs(sketch.quantile(0.99) / want - 1)).toBeLessThan(0.0100001)
})

test('goes on from its snapshot', () => {
  const sketch = sketchOf([-3, 0, 0, 1, 2, 400])
  const writer = new SnapshotWriter()
  sketch.snapshot(writer)
  const restored = new QuantileSketch()
  restored.restore(new SnapshotReader(writer.finish()))
  expect(restored.count).toBe(6)
  for (const rank of ranks) expect(restored.quantile(rank)).toBe(sketch.quantile(rank))
})
