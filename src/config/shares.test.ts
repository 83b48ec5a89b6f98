import { expect, test } from 'vitest'
import { Shares } from './shares.ts'

test('partitions come, lag and go; what was lost is told of no more', () => {
  const told: unknown[] = []
  const shares = new Shares({
    partitionsAssigned: (...facts) => void told.push(facts),
    partitionBehind: (...facts) => void told.push(facts),
    recordsUnkeyed: (...facts) => void told.push(facts),
    statesMissing: (...facts) => void told.push(facts),
  })
  const listener = shares.listener('in')
  expect(shares.has('in')).toBe(false)
  listener.assigned(['in/t/0', 'in/t/1'])
  listener.behind('in/t/0', 5)
  listener.behind('in/t/9', 5)
  expect(shares.partitions).toEqual([
    { partition: 'in/t/0', lagRecords: 5 },
    { partition: 'in/t/1', lagRecords: null },
  ])
  listener.assigned(['in/t/0'])
  listener.behind('in/t/1', 7)
  expect(shares.partitions).toEqual([{ partition: 'in/t/0', lagRecords: 5 }])
  listener.statesMissing('in/t/0', 12)
  listener.unkeyed(3)
  listener.assigned([])
  expect(shares.has('in')).toBe(true)
  expect(shares.partitions).toEqual([])
  expect(told).toEqual([
    ['in', ['in/t/0', 'in/t/1']],
    ['in', 'in/t/0', 5],
    ['in', ['in/t/0']],
    ['in', 'in/t/0', 12],
    ['in', 3],
    ['in', []],
  ])
  shares.forget('in')
  expect(shares.has('in')).toBe(false)
})
