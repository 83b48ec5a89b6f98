import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Smallest } from './smallest.ts'

const upwards = (a: number, b: number): number => a - b

test('the smallest come out in order, whatever the order they went in', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 20 }), (numbers, count) => {
      const smallest = new Smallest(count, upwards)
      for (const number of numbers) smallest.offer(number)
      expect(smallest.sorted()).toEqual([...numbers].sort(upwards).slice(0, count))
    }),
  )
})

test('most of many are passed over by one comparison', () => {
  let comparisons = 0
  const smallest = new Smallest<number>(100, (a, b) => {
    comparisons++
    return a - b
  })
  // 7,919 is a prime, so this runs through 0 … 99,999 in a scattered order.
  for (let i = 0; i < 100_000; i++) smallest.offer((i * 7_919) % 100_000)
  expect(smallest.sorted()).toEqual(Array.from({ length: 100 }, (_, i) => i))
  expect(comparisons).toBeLessThan(120_000)
})
