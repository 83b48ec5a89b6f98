import { expect, test } from 'vitest'
import { SeenRange } from './seen-range.ts'

test('a value is outside beyond a margin of the range, on either side', () => {
  const seen = new SeenRange()
  for (const value of [10, 0, 5]) seen.push(value)
  const f = (value: number, want: boolean): void => {
    expect(seen.excludes(value, 0.05)).toBe(want)
  }
  f(10.5, false)
  f(10.51, true)
  f(-0.5, false)
  f(-0.51, true)
})

test('while nothing was seen, nothing is outside', () => {
  const seen = new SeenRange()
  expect([seen.known, seen.excludes(1e9, 0)]).toEqual([false, false])
  seen.push(3)
  expect([seen.known, seen.excludes(3, 0), seen.excludes(3.1, 0)]).toEqual([true, false, true])
})
