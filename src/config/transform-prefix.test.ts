import { expect, test } from 'vitest'
import { transformPrefix } from './transform-prefix.ts'

/** A transform of a type, by what it matches. */
function of(type: string, match = '*') {
  return { type, options: { match } }
}

/** The prefix of the last one. */
function last(...all: readonly ReturnType<typeof of>[]): string {
  return transformPrefix(all, all.length - 1)
}

test('a transform keeps its prefix wherever it stands', () => {
  const wanted = last(of('rate', '*_total'))
  expect(wanted).toMatch(/^transform\/rate-[0-9a-f]{1,8}-0\/$/)
  expect(last(of('filter'), of('rate', '*_total'))).toBe(wanted)
  expect(last(of('rate', '*_bytes'), of('rate', '*_total'))).toBe(wanted)
})

test('one of another kind, or with other options, has another prefix', () => {
  const all = [of('rate'), of('rollup'), of('rate', 'a*'), of('rate', 'b*')]
  expect(new Set(all.map((each) => last(each))).size).toBe(4)
})

test('those that do the same are told apart by their order', () => {
  const prefixes = [0, 1, 2].map((i) => transformPrefix([of('rate'), of('filter'), of('rate')], i))
  expect(prefixes[0]).toMatch(/-0\/$/)
  expect(prefixes[2]).toBe(prefixes[0]?.replace(/0\/$/, '1/'))
})
