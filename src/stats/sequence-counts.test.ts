import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SequenceCounts } from './sequence-counts.ts'

test('a sequence is counted by itself, inside, outside and across', () => {
  const level = fc.oneof(
    fc.integer({ min: 0, max: 3 }),
    fc.integer({ min: -2, max: 5 }),
    fc.integer({ min: -42, max: 45 }),
  )
  const law = (windowSamples: number, levels: number[]): void => {
    const counts = new SequenceCounts({ levels: 4, windowSamples })
    const plain = new Map<string, number>()
    levels.forEach((each, i) => {
      counts.advance(each)
      expect(counts.full).toBe(i + 1 >= windowSamples)
      if (!counts.full) return
      // Beyond forty levels outside there is no telling apart.
      const last = levels.slice(i + 1 - windowSamples, i + 1)
      const key = last.map((one) => Math.max(-40, Math.min(43, one))).join()
      expect(counts.count()).toBe(plain.get(key) ?? 0)
      counts.add(0)
      plain.set(key, (plain.get(key) ?? 0) + 1)
    })
  }
  fc.assert(fc.property(fc.integer({ min: 1, max: 4 }), fc.array(level, { maxLength: 200 }), law))
})

test('levels infinitely far out are the outermost', () => {
  const counts = new SequenceCounts({ levels: 4, windowSamples: 1 })
  counts.advance(Infinity)
  counts.add(0)
  counts.advance(43)
  expect(counts.count()).toBe(1)
  counts.advance(-Infinity)
  expect(counts.count()).toBe(0)
})
