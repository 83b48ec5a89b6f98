import { describe, expect, test } from 'vitest'
import { CycleProfile } from './cycle-profile.ts'

function profile(visits: readonly (readonly [place: number, value: number])[]): CycleProfile {
  const made = new CycleProfile({ cells: 4, visitSamples: 1 })
  for (const [place, value] of visits) made.push(place, value, Infinity)
  return made
}

describe('the profile of a cycle', () => {
  test('answers with what it is told where it was never visited', () => {
    expect(profile([[0.5, 3]]).at(2.5, -1)).toBe(-1)
    expect(profile([[0.5, 3]]).between(2.5, -1)).toBe(-1)
  })

  test('lies on the line between the middles of cells, and goes round', () => {
    const two = profile([
      [0.1, 2],
      [3.9, 6],
    ])
    // Cell 0 has its middle at .5, cell 3 at 3.5, which is -.5.
    expect(two.between(0.5, -1)).toBe(2)
    expect(two.between(0, -1)).toBe(4)
    expect(two.between(3.75, -1)).toBe(5)
    // Cell 1 was never visited, so cell 0 speaks alone.
    expect(two.between(0.9, -1)).toBe(2)
  })

  test('is the mean of the first six visits, and then follows with .15 a visit', () => {
    const means = profile([0, 6, 3, 3, 3, 9].map((value) => [1, value] as const))
    expect(means.at(1, -1)).toBe(4)
    // The seventh of 14 would weigh 1/7 = .143 in a mean; here .15: 4 + .15 · 10.
    means.push(1, 14, Infinity)
    expect(means.at(1, -1)).toBeCloseTo(5.5, 6)
  })

  test('learns of an outlier no more than the reach, once visited twice', () => {
    const made = profile([
      [1, 0],
      [1, 0],
    ])
    made.push(1, 900, 3)
    expect(made.at(1, -1)).toBe(1)
  })
})
