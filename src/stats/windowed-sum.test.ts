import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WindowedSum } from './windowed-sum.ts'

test('the sum is that of the last n values', () => {
  const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { maxLength: 60 })
  const law = (window: number, numbers: number[]): void => {
    const sum = new WindowedSum(window)
    numbers.forEach((number, i) => {
      sum.push(number)
      const last = numbers.slice(Math.max(0, i + 1 - window), i + 1)
      expect(sum.count).toBe(last.length)
      expect(sum.sum).toBe(last.reduce((a, b) => a + b, 0))
    })
  }
  fc.assert(fc.property(fc.integer({ min: 1, max: 20 }), values, law))
})

test('a giant that has left leaves nothing behind', () => {
  const sum = new WindowedSum(4)
  for (const value of [1, 1e150, 1, 2, 3, 4]) sum.push(value)
  expect(sum.sum).toBe(10)
})

test('of nothing the sum is 0', () => {
  const sum = new WindowedSum(3)
  expect([sum.count, sum.sum]).toEqual([0, 0])
})
