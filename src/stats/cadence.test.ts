import { expect, test } from 'vitest'
import { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { Cadence } from './cadence.ts'

function usual(timesMs: readonly number[]): number {
  const cadence = new Cadence()
  for (const timeMs of timesMs) cadence.take(timeMs)
  return cadence.usualMs
}

test('the usual distance is the median of the last seven', () => {
  const f = (timesMs: readonly number[], want: number) => expect(usual(timesMs)).toBe(want)
  f([], 0)
  f([5], 0)
  f([0, 10], 10)
  f([0, 10, 30], 10)
  f([0, 10, 20, 500, 510, 520, 521, 531], 10)
  f([0, 10, 20, 30, 90, 150, 210, 270], 60)
})

test('it goes on from its snapshot', () => {
  const cadence = new Cadence()
  for (const timeMs of [0, 10, 20, 500]) cadence.take(timeMs)
  const writer = new SnapshotWriter()
  cadence.snapshot(writer)
  const restored = new Cadence()
  restored.restore(new SnapshotReader(writer.finish()))
  for (const each of [cadence, restored]) {
    each.take(900)
    each.take(1300)
  }
  expect(restored.usualMs).toBe(cadence.usualMs)
  expect(restored.usualMs).toBe(400)
})
