import { expect, test } from 'vitest'
import { Random } from '../core/random.ts'
import { SelfOrganisingMap } from './self-organising-map.ts'

function taught(): SelfOrganisingMap {
  const random = new Random(2)
  const map = new SelfOrganisingMap({ side: 8, metrics: 2 }, random)
  for (let i = 0; i < 6000; i++) {
    // Two clouds, and nothing between them.
    const [x, y] = i % 2 === 0 ? [0.2, 0.2] : [0.8, 0.8]
    const values = Float64Array.of(random.gaussian(x, 0.04), random.gaussian(y, 0.04))
    map.learn(map.best(values), values)
  }
  return map
}

test('samples alike find nodes near to each other, others far ones', () => {
  const map = taught()
  const place = (x: number, y: number): [number, number] => {
    const node = map.best(Float64Array.of(x, y))
    return [Math.floor(node / 8), node % 8]
  }
  const apart = ([a, b]: [number, number], [c, d]: [number, number]): number =>
    Math.hypot(a - c, b - d)
  expect(apart(place(0.2, 0.2), place(0.22, 0.19))).toBeLessThan(3)
  expect(apart(place(0.2, 0.2), place(0.8, 0.8))).toBeGreaterThan(3)
})

test('the area of a node between the clouds is larger than in one of them', () => {
  const map = taught()
  const area = (x: number, y: number): number => map.area(map.best(Float64Array.of(x, y)))
  expect(area(0.5, 0.5)).toBeGreaterThan(1.5 * area(0.2, 0.2))
})
