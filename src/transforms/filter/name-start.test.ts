import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Glob } from '../../core/glob.ts'
import { globsOfNameStart } from './name-start.ts'

test('patterns become globs that are open behind', () => {
  const f = (pattern: string, want: readonly string[]): void => {
    expect(globsOfNameStart(pattern), pattern).toEqual(want)
  }
  f('.*', ['**'])
  f('', ['*'])
  f('web', ['web*'])
  f('^web\\.main\\.', ['web.main.*'])
  f('web\\..+\\.cpu$', ['web.?*.cpu'])
  f('a|b$', ['a*', 'b'])
  f('(a|b(c|d))\\.x', ['a.x*', 'bc.x*', 'bd.x*'])
  f('(?:a|b)?c', ['ac*', 'bc*', 'c*'])
  f('a.*?b', ['a*b*'])
  f('a\\*\\?', ['a\\*\\?*'])
})

test('what globs cannot say is refused with what it is', () => {
  const f = (pattern: string, what: string): void => {
    expect(() => globsOfNameStart(pattern), pattern).toThrow(`found ${what} in "${pattern}"`)
  }
  f('a*', '* behind anything but .')
  f('(a|b)+', '+ behind anything but .')
  f('[ab]', '[')
  f('a{2}', '{')
  f('\\d', '\\d')
  f('a\\', '\\')
  f('a$b', 'something behind $')
  f('(a$)', '$')
  f('a^', '^')
  f('(a', 'a ( without its )')
  f('a)', 'a ) without its (')
  f('(?=a)', '(?')
  f('(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)', 'more than 64 alternatives')
})

const plain = fc.constantFrom('a', 'b', '\\.', '.', '.*', '.+', 'a?')
const sequence = (maxLength: number) =>
  fc.array(plain, { maxLength }).map((parts) => parts.join(''))
// Short enough for the globs that there may be.
const group = fc.tuple(sequence(2), sequence(2), sequence(2)).map(([a, b, c]) => `${a}(${b}|${c})`)
const either = fc.tuple(sequence(5), sequence(5)).map(([a, b]) => `${a}|${b}`)
const pattern = fc
  .tuple(fc.oneof(sequence(5), group, either), fc.constantFrom('', '$'))
  .map((parts) => parts.join(''))
const name = fc.string({ unit: fc.constantFrom('a', 'b', '.', 'x'), maxLength: 8 })

test('the globs match the names whose start the expression matches', () => {
  fc.assert(
    fc.property(pattern, fc.array(name, { minLength: 10, maxLength: 10 }), (text, names) => {
      const globs = globsOfNameStart(text).map((glob) => new Glob(glob))
      const expression = new RegExp(`^(?:${text})`)
      for (const each of names) {
        expect(
          globs.some((glob) => glob.matches(each)),
          `${text} on ${each}`,
        ).toBe(expression.test(each))
      }
    }),
  )
})
