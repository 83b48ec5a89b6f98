import { expect, test } from 'vitest'
import { decadesOf, fused, scoreOf } from './decades.ts'

test('a decade is a factor of ten in rarity', () => {
  expect(decadesOf(0)).toBeCloseTo(0, 12)
  expect(decadesOf(0.9)).toBeCloseTo(1, 12)
  expect(decadesOf(0.999)).toBeCloseTo(3, 12)
  expect(scoreOf(3)).toBeCloseTo(0.999, 12)
  expect(scoreOf(0)).toBe(0)
})

test('certainty is sixteen decades, not infinitely many', () => {
  expect(decadesOf(1)).toBeCloseTo(16, 12)
})

test('evidence that agrees is worth a fifth more, evidence of nothing is worth nothing', () => {
  expect(fused(2, 2)).toBeCloseTo(2 * 2 ** 0.25, 12)
  expect(fused(3, 0)).toBeCloseTo(3, 12)
  expect(fused(0, 0)).toBe(0)
})
