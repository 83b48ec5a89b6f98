import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Glob } from './glob.ts'

function fits(pattern: string, text: string): void {
  expect(new Glob(pattern).matches(text), `${pattern} fits ${text}`).toBe(true)
}

function fails(pattern: string, text: string): void {
  expect(new Glob(pattern).matches(text), `${pattern} does not fit ${text}`).toBe(false)
}

/**
 * The textbook definition by recursion over both texts, with a table: an independent check. The
 * pattern is a list of tokens, so escapes play no part in it.
 */
function fitsByTable(tokens: readonly string[], text: readonly string[]): boolean {
  let row = [true, ...text.map(() => false)]
  for (const token of tokens) {
    const next = [token === 'star' && (row[0] as boolean)]
    for (let i = 1; i <= text.length; i++) {
      if (token === 'star') next.push((row[i] as boolean) || (next[i - 1] as boolean))
      else next.push((row[i - 1] as boolean) && (token === 'any' || token === text[i - 1]))
    }
    row = next
  }
  return row.at(-1) as boolean
}

describe('a glob', () => {
  test('without wildcards fits that text only', () => {
    fits('cpu', 'cpu')
    fails('cpu', 'cpu0')
    fails('cpu', 'CPU')
    fails('cpu', '')
    fits('', '')
    fails('', 'a')
  })

  test('fits any run of characters with a star, and one with a question mark', () => {
    fits('*', '')
    fits('*', 'anything {at="all"}')
    fits('cpu:usage_*', 'cpu:usage_user{host="vm1"}')
    fails('cpu:usage_*', 'cpu:time_user')
    fits('*{host="vm1"*', 'cpu:usage_user{host="vm1",rack="a"}')
    fits('vm?', 'vm1')
    fails('vm?', 'vm')
    fails('vm?', 'vm12')
    fits('a*b*c', 'axxbyybc')
    fails('a*b*c', 'axxcyyb')
    fits('**a**', 'xay')
  })

  test('takes a backslash as "the next one means itself"', () => {
    fits('a\\*b', 'a*b')
    fails('a\\*b', 'axb')
    fits('a\\?', 'a?')
    fails('a\\?', 'ab')
    fits('\\\\*', '\\x')
    fits('\\a', 'a')
    fits('a\\', 'a\\')
    fits('*\\', 'x\\')
  })

  test('counts a character outside the basic plane as one', () => {
    fits('?', '🌡')
    fits('a🌡*', 'a🌡b')
    fails('??', '🌡')
  })

  test('keeps its states apart beyond one machine word', () => {
    const long = 'abcdefghij'.repeat(10)
    fits(`${long}*${long}`, `${long}-${long}`)
    fails(`${long}*${long}`, `${long}-${long.slice(1)}`)
    fits('?'.repeat(31), 'x'.repeat(31))
    fits('?'.repeat(32), 'x'.repeat(32))
    fits('?'.repeat(64), 'x'.repeat(64))
    fails('?'.repeat(64), 'x'.repeat(63))
    fails('?'.repeat(64), 'x'.repeat(65))
  })

  test('ends on patterns that make backtracking matchers run for ages', () => {
    fails('*a'.repeat(500) + 'b', 'a'.repeat(20_000))
    fits('*a'.repeat(500) + '*', 'a'.repeat(20_000))
    fails('a*'.repeat(500) + 'b', 'a'.repeat(20_000))
    fails('*?'.repeat(500) + 'b', 'a'.repeat(20_000))
  })

  test('agrees with the definition for all patterns and texts', () => {
    const letter = fc.constantFrom('a', 'b', '🌡', '*', '?', '\\')
    const token = fc.oneof(letter, fc.constant('star'), fc.constant('any'))
    const written = (one: string): string => {
      if (one === 'star') return '*'
      if (one === 'any') return '?'
      return ['*', '?', '\\'].includes(one) ? '\\' + one : one
    }
    fc.assert(
      fc.property(
        fc.array(token, { maxLength: 70 }),
        fc.array(letter, { maxLength: 80 }),
        (tokens, text) => {
          const glob = new Glob(tokens.map(written).join(''))
          expect(glob.matches(text.join(''))).toBe(fitsByTable(tokens, text))
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('fits what was made from it by filling its wildcards', () => {
    const filled = fc.array(
      fc.tuple(fc.constantFrom('a', 'star', 'any'), fc.string({ maxLength: 3 })),
      { maxLength: 50 },
    )
    fc.assert(
      fc.property(filled, (parts) => {
        let pattern = ''
        let text = ''
        for (const [token, run] of parts) {
          pattern += token === 'star' ? '*' : token === 'any' ? '?' : 'a'
          text += token === 'star' ? run : token === 'any' ? 'x' : 'a'
        }
        expect(new Glob(pattern).matches(text)).toBe(true)
      }),
    )
  })

  test('says nothing about earlier texts: matching keeps no state', () => {
    const glob = new Glob('a*b')
    expect(glob.matches('ab')).toBe(true)
    expect(glob.matches('b')).toBe(false)
    expect(glob.matches('axxb')).toBe(true)
  })
})
