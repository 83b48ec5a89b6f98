import { expect, test } from 'vitest'
import { optionsWithDefaults } from '../core/options.ts'
import { ClockSource, clockOptions } from './clock.ts'
import {
  TestSurroundings,
  firstBatches,
  iterated,
  nextBatch,
  sourceContract,
} from './source.contract.ts'

const options = optionsWithDefaults(clockOptions)

sourceContract('clock', {
  batches: 5,
  make: (surroundings) => new ClockSource(options, surroundings),
})

test('ticks each second with the time of the clock', async () => {
  const surroundings = new TestSurroundings()
  const startMs = surroundings.clock.nowMs()
  const source = new ClockSource(options, surroundings)
  const batches = await firstBatches(source, surroundings.clock, 4)
  expect(batches.flatMap(({ records }) => records)).toEqual(
    [0, 1000, 2000, 3000].map((afterMs) => ({
      kind: 'tick',
      timestampMs: startMs + afterMs,
      origin: {
        partition: 'under-test',
        offset: startMs + afterMs,
        receivedMs: startMs + afterMs,
      },
    })),
  )
})

test('leaves out the ticks that nobody asked for, and keeps its beat', async () => {
  const surroundings = new TestSurroundings()
  const { clock } = surroundings
  const startMs = clock.nowMs()
  const source = new ClockSource({ everyMs: 1000 }, surroundings)
  const batches = iterated(source)
  await nextBatch(batches, clock)
  await clock.advance(3400)
  const late = await nextBatch(batches, clock)
  const next = await nextBatch(batches, clock)
  const times = [late, next].map((batch) => (batch?.records[0]?.origin.receivedMs ?? 0) - startMs)
  expect(times).toEqual([4000, 5000])
  await batches.return?.()
})

test('never runs back, even where the clock does', async () => {
  const surroundings = new TestSurroundings()
  let backMs = 0
  const clock = {
    nowMs: () => surroundings.clock.nowMs() - backMs,
    after: surroundings.clock.after.bind(surroundings.clock),
  }
  const source = new ClockSource({ everyMs: 1000 }, { ...surroundings, clock })
  const batches = iterated(source)
  const times: number[] = []
  const offsets: number[] = []
  for (let i = 0; i < 6; i++) {
    if (i === 3) backMs = 3_600_000
    const record = (await nextBatch(batches, surroundings.clock))?.records[0]
    times.push(record?.kind === 'tick' ? record.timestampMs : NaN)
    offsets.push(record?.origin.offset ?? NaN)
  }
  expect(times.toSorted((a, b) => a - b)).toEqual(times)
  expect(new Set(offsets).size).toBe(6)
  expect(offsets.toSorted((a, b) => a - b)).toEqual(offsets)
  await batches.return?.()
})
