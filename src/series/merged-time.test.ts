import { expect, test } from 'vitest'
import { Ledger } from '../core/ledger.ts'
import { MergedTime } from './merged-time.ts'

const waitMs = 60_000

test('is that of the slowest partition, and never goes back', () => {
  const time = new MergedTime(waitMs)
  const f = (partition: string, markMs: number, want: number | undefined): void =>
    expect(time.take(partition, markMs)).toBe(want)
  f('a', 1_000, 1_000)
  f('b', 500, undefined)
  f('a', 2_000, undefined)
  f('b', 1_500, 1_500)
  f('b', 1_400, undefined)
  f('b', 9_000, 2_000)
  f('c', 100, undefined)
  f('a', 9_500, undefined)
  f('c', 9_200, 9_000)
})

test('does not wait for a partition that is too far behind, until it is near again', () => {
  const time = new MergedTime(waitMs)
  time.take('slow', 0)
  expect(time.take('a', waitMs)).toBeUndefined()
  expect(time.take('a', waitMs + 1)).toBe(waitMs + 1)
  expect(time.take('slow', 0)).toBeUndefined()
  expect(time.take('a', waitMs + 100)).toBe(waitMs + 100)
  expect(time.take('slow', waitMs)).toBeUndefined()
  expect(time.take('a', waitMs + 200)).toBeUndefined()
})

test('goes on after a restart as if there had been none', () => {
  const time = new MergedTime(waitMs)
  const ledger = new Ledger()
  time.attach(ledger)
  time.take('a', 5_000)
  time.take('b', 4_000)
  expect(ledger.changedCount).toBe(1)
  const again = new MergedTime(waitMs)
  expect(again.recover({ ownerKey: time.ownerKey, sealed: time.sealed() })).toBe(true)
  expect(again.recover({ ownerKey: 'series/a', sealed: time.sealed() })).toBe(false)
  for (const each of [time, again]) {
    expect(each.take('b', 4_000)).toBeUndefined()
    expect(each.take('b', 6_000)).toBeUndefined()
    expect(each.take('a', 5_500)).toBe(5_500)
  }
})
