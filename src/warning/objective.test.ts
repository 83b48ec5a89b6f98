import { expect, test } from 'vitest'
import { BreachWatch } from './objective.ts'

const objective = { metric: 'mean', limit: 70, holdSamples: 3 }

/** One letter a sample: . none, B a breach begins, E it ends. */
function f(values: readonly number[], want: string): void {
  const watch = new BreachWatch(objective)
  const letters = { none: '.', begins: 'B', ends: 'E' }
  expect(values.map((value) => letters[watch.update(value)]).join('')).toBe(want)
}

test('a breach is the hold in a row at or over the limit, and ends after the hold under it', () => {
  f([10, 70, 71, 10, 70, 70, 70, 99, 10, 10, 80, 10, 10, 10, 10], '......B......E.')
})

test('what is no number counts as over', () => {
  f([NaN, NaN, NaN, 1, 1, 1], '..B..E')
})
