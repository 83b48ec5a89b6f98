import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { didYouMean, nearestName, slipsBetween } from './nearest-name.ts'

describe('the number of slips between two texts', () => {
  function f(a: string, b: string, want: number): void {
    test(`${a} and ${b}: ${want}`, () => {
      expect(slipsBetween(a, b)).toBe(want)
      expect(slipsBetween(b, a)).toBe(want)
    })
  }

  f('', '', 0)
  f('', 'abc', 3)
  f('hold', 'hold', 0)
  f('hodl', 'hold', 1)
  f('hol', 'hold', 1)
  f('hould', 'hold', 1)
  f('bold', 'hold', 1)
  // The example of Levenshtein's distance in every textbook: k→s, e→i, +g.
  f('kitten', 'sitting', 3)
  // Restricted: after a swap nothing is put between the two letters, so 3 and not 2.
  f('ca', 'abc', 3)

  test('is never more than the longer text is long, and 0 for equal texts only', () => {
    const word = fc.string({ maxLength: 8 })
    fc.assert(
      fc.property(word, word, (a, b) => {
        const slips = slipsBetween(a, b)
        expect(slips).toBeLessThanOrEqual(Math.max(a.length, b.length))
        expect(slips === 0).toBe(a === b)
      }),
    )
  })
})

describe('the name that was meant', () => {
  const names = ['hold', 'needed', 'window', 'keep_firing', 'severity']

  function f(text: string, want: string | undefined): void {
    test(`${text}: ${want ?? 'none'}`, () => expect(nearestName(text, names)).toBe(want))
  }

  f('hodl', 'hold')
  f('HOLD', 'hold')
  f('keep-firing', 'keep_firing')
  f('keepFiring', 'keep_firing')
  f('sevrity', 'severity')
  f('windows', 'window')
  f('threshold', undefined)
  f('', undefined)
  f('x'.repeat(100_000), undefined)

  test('is asked for in words, or not at all', () => {
    expect(didYouMean('hodl', names)).toBe('; did you mean "hold"?')
    expect(didYouMean('nothing like it', names)).toBe('')
  })

  test('of one letter is never a name of one other letter', () => {
    expect(nearestName('x', ['y'])).toBeUndefined()
  })
})
