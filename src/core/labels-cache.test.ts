import { expect, test } from 'vitest'
import { Labels } from './labels.ts'
import { LabelsCache } from './labels-cache.ts'

const named = (name: string): Labels => Labels.named(name)

test('an answer is found by the object, not by the name', () => {
  const cache = new LabelsCache<string>()
  const labels = named('cpu')
  cache.set(labels, 'yes')
  expect(cache.get(labels)).toBe('yes')
  expect(cache.get(named('cpu'))).toBeUndefined()
})

test('null is an answer', () => {
  const cache = new LabelsCache<string | null>()
  const labels = named('cpu')
  cache.set(labels, null)
  expect(cache.get(labels)).toBeNull()
})

test('holds at most two generations, and keeps what is in use', () => {
  const cache = new LabelsCache<number>(10)
  const used = named('used')
  cache.set(used, -1)
  for (let i = 0; i < 1000; i++) {
    cache.set(named(`n${i}`), i)
    expect(cache.size).toBeLessThanOrEqual(20)
    expect(cache.get(used)).toBe(-1)
  }
})

test('what is not asked for is forgotten', () => {
  const cache = new LabelsCache<number>(10)
  const unused = named('unused')
  cache.set(unused, -1)
  for (let i = 0; i < 20; i++) cache.set(named(`n${i}`), i)
  expect(cache.get(unused)).toBeUndefined()
})
