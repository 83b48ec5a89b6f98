import { describe, expect, test } from 'vitest'
import { NoveltyLikelihood } from './novelty-likelihood.ts'

/** Decades of rows that follow 300 rows without any novelty. */
function after(novelties: readonly number[], still = false): number[] {
  const likelihood = new NoveltyLikelihood()
  for (let row = 0; row < 301; row++) likelihood.judge(row, 0, still)
  return novelties.map((novelty, i) => likelihood.judge(301 + i, novelty, still))
}

describe('the likelihood of novelty', () => {
  test('is the normal tail of the mean of ten', () => {
    // Fitted: mean .03 and variance .0003, the least that are allowed. One novelty of 1 in ten is
    // a mean of .1, z = .07 / .01732 = 4.041, with a tail of 2.66e-5.
    expect(after([1])[0]).toBeCloseTo(4.575, 2)
  })

  test('takes the second of two extremes for a thousandth', () => {
    const [first, second, third] = after([1, 1, 1])
    expect(first).toBeLessThan(5)
    expect(second).toBeCloseTo(10, 1)
    expect(third).toBeCloseTo(3, 6)
  })

  test('of a series that does not move is never unusual', () => {
    expect(Math.max(...after([1, 1, 1], true))).toBeLessThan(0.31)
  })

  test('can be asked without being told', () => {
    const likelihood = new NoveltyLikelihood()
    for (let row = 0; row < 301; row++) likelihood.judge(row, 0, false)
    const asked = likelihood.decades(301, 1)
    expect(likelihood.decades(301, 1)).toBe(asked)
    expect(likelihood.judge(301, 1, false)).toBeCloseTo(asked, 12)
  })
})

test('fewer novelties than usual are none, and few means are no distribution', () => {
  const likelihood = new NoveltyLikelihood()
  for (let row = 0; row < 301; row++) likelihood.judge(row, row % 2, false)
  const calm = Array.from({ length: 20 }, (_, i) => likelihood.judge(301 + i, 0, false))
  expect(Math.max(...calm)).toBeLessThan(0.31)
  const young = new NoveltyLikelihood()
  const first = Array.from({ length: 49 }, (_, i) => young.judge(95 + i, i < 40 ? 0 : 1, false))
  expect(Math.max(...first)).toBeLessThan(0.31)
})
