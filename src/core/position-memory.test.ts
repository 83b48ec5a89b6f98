import { expect, test } from 'vitest'
import type { Origin } from './observation.ts'
import { PositionMemory, viaName } from './position-memory.ts'
import { SnapshotReader, SnapshotWriter } from './snapshot.ts'

const lane = 'in/samples/3'

/** A place in a partition; with `by`, that it came by this record of the lane. */
function at(partition: string, offset: number, by?: number): Origin {
  const via = by === undefined ? {} : { via: { name: viaName(lane), offset: by } }
  return { partition, offset, receivedMs: 0, ...via }
}

function again(memory: PositionMemory): PositionMemory {
  const writer = new SnapshotWriter()
  memory.snapshot(writer)
  const restored = new PositionMemory()
  restored.restore(new SnapshotReader(writer.finish()))
  return restored
}

test('takes each place of each partition once, in whatever order they come', () => {
  let memory = new PositionMemory()
  const f = (origin: Origin, index: number, want: boolean): void => {
    expect(memory.take(origin, index)).toBe(want)
    memory = again(memory)
  }
  f(at('a', 1), 0, true)
  f(at('a', 1), 0, false)
  f(at('a', 1), 1, true)
  f(at('b', 1), 0, true)
  f(at('a', 1), 1, false)
  f(at('a', 2), 0, true)
  f(at('b', 0), 5, false)
})

test('what comes by another partition is taken once, however often that brings it', () => {
  const memory = new PositionMemory()
  expect(memory.take(at('a', 5, 100), 0)).toBe(true)
  expect(memory.take(at('b', 5, 101), 0)).toBe(true)
  expect(memory.take(at('a', 5, 102), 0)).toBe(false)
  expect(memory.take(at('a', 6, 102), 0)).toBe(true)
})

test('hears ticks of the partition that it came by, behind its record', () => {
  let memory = new PositionMemory()
  expect(memory.endsBefore(at(lane, 100))).toBe(false)
  memory.take(at('a', 5, 100), 0)
  for (let round = 0; round < 2; round++) {
    expect(memory.endsBefore(at(lane, 99))).toBe(false)
    expect(memory.endsBefore(at(lane, 100))).toBe(false)
    expect(memory.endsBefore(at(lane, 101))).toBe(true)
    expect(memory.endsBefore(at('in/samples/4', 101))).toBe(false)
    expect(memory.passed(at(lane, 100))).toBe(true)
    expect(memory.passed(at(lane, 101))).toBe(false)
    memory = again(memory)
  }
})

test('a place of the lane itself is not taken for one that something came by', () => {
  const memory = new PositionMemory()
  memory.take(at('a', 5, 100), 0)
  expect(memory.take(at(lane, 100), 0)).toBe(true)
  expect(memory.take(at(lane, 100), 0)).toBe(false)
  expect(memory.take(at('a', 6, 101), 0)).toBe(true)
  expect(memory.take(at(lane, 101), 0)).toBe(true)
})
