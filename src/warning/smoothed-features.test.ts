import { expect, test } from 'vitest'
import { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { SmoothedFeatures } from './smoothed-features.ts'

const taken = (smoothed: SmoothedFeatures, ...values: readonly number[]): number[] => {
  const features = Float64Array.from(values)
  smoothed.update(features)
  return [...features].map((value) => Number(value.toFixed(6)))
}

test('takes the first sample as it is, and 35 % of each that follows', () => {
  const smoothed = new SmoothedFeatures(2)
  expect(taken(smoothed, 1, -2)).toEqual([1, -2])
  // 1 - .35, and -2 + .35 (0 + 2); then .65 - .35 × .65, and -1.3 + .35 × 1.3.
  expect(taken(smoothed, 0, 0)).toEqual([0.65, -1.3])
  expect(taken(smoothed, 0, 0)).toEqual([0.4225, -0.845])
})

test('leaves a constant as it is', () => {
  const smoothed = new SmoothedFeatures(1)
  for (let i = 0; i < 50; i++) expect(taken(smoothed, 1)).toEqual([1])
})

test('forgets what was when it begins anew', () => {
  const smoothed = new SmoothedFeatures(1)
  taken(smoothed, 8)
  smoothed.restart()
  expect(taken(smoothed, 2)).toEqual([2])
})

test('goes on from a snapshot', () => {
  const smoothed = new SmoothedFeatures(1)
  taken(smoothed, 1)
  const writer = new SnapshotWriter()
  smoothed.snapshot(writer)
  const restored = new SmoothedFeatures(1)
  restored.restore(new SnapshotReader(writer.finish()))
  expect(taken(restored, 0)).toEqual(taken(smoothed, 0))
})
