import { expect, test } from 'vitest'
import { transformPrefix } from './transform-prefix.ts'

/** Prefixes of transforms of these types. */
function f(types: readonly string[], want: readonly string[]): void {
  const all = types.map((type) => ({ type, options: {} }))
  expect(all.map((_, i) => transformPrefix(all, i))).toEqual(want)
}

test('a transform keeps its prefix when one of another kind comes before it', () => {
  f(['rate', 'rollup'], ['transform/0-rate/', 'transform/0-rollup/'])
  f(
    ['filter', 'rate', 'relabel', 'rollup'],
    ['transform/0-filter/', 'transform/0-rate/', 'transform/0-relabel/', 'transform/0-rollup/'],
  )
})

test('two of a kind are told apart by their order', () => {
  f(['rate', 'filter', 'rate'], ['transform/0-rate/', 'transform/0-filter/', 'transform/1-rate/'])
})
