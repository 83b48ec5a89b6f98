import { expect, test } from 'vitest'
import { Durations, Level } from './level.ts'

test('a level’s mean is over time', () => {
  const level = new Level(0)
  level.add(2, 100)
  level.add(-1, 600)
  // 100 ms of 0, 500 of 2, 400 of 1.
  expect(level.read(1000)).toBeCloseTo(1.4)
  expect(level.read(2000)).toBe(1)
  expect(level.read(2000)).toBe(1)
})

test('durations have a mean since it was last read', () => {
  const durations = new Durations()
  durations.add(10)
  durations.add(20)
  expect(durations.read()).toBe(15)
  expect(durations.read()).toBe(0)
})
