import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonStringText, JsonText } from './json-text.ts'
import { Random } from './random.ts'

const json = new JsonText()
const encoder = new TextEncoder()

/** True where the text is one value, white space apart. */
function accepts(text: string): boolean {
  const bytes = encoder.encode(text)
  json.open(bytes, 0, bytes.length)
  return json.skip() && json.next() === 0 && json.at === bytes.length
}

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('accepts what JSON.parse accepts, and nothing else', () => {
  test('of values as they are written', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        expect(accepts(JSON.stringify(value))).toBe(true)
        expect(accepts(JSON.stringify(value, null, 2))).toBe(true)
      }),
    )
  })

  test('of their mutations', () => {
    const seeds = [
      '{"a":[1,2,{"b":-0.5e+3}],"c":"x\\u00e9\\n","d":true,"e":null,"f":false}',
      '[0,-1,1.5,"",{},[]]',
      '"a"',
      '-0',
      '1e5',
      '01',
      '1.',
      '{"a":1,}',
      ' {"a" : 1 } ',
    ]
    const letters = '{}[]",:0123456789.eE+-truefalsn\\u"\t\n x/b\u0000'
    const random = new Random(3)
    let accepted = 0
    for (let round = 0; round < 100_000; round++) {
      let text = seeds[random.below(seeds.length)] as string
      for (let count = random.below(4); count > 0; count--) {
        const at = random.below(text.length + 1)
        const letter = letters.charAt(random.below(letters.length))
        const put = random.below(3) === 0 ? '' : letter
        text = text.slice(0, at) + put + text.slice(at + random.below(2))
      }
      const want = parses(text)
      if (accepts(text) !== want)
        expect({ text, accepted: !want }).toEqual({ text, accepted: want })
      if (want) accepted++
    }
    expect(accepted).toBeGreaterThan(10_000)
  })
})

test('refuses nesting that would cost the stack, and takes what is usual', () => {
  expect(accepts('['.repeat(60) + ']'.repeat(60))).toBe(true)
  expect(accepts('['.repeat(100_000))).toBe(false)
  expect(accepts('{"a":'.repeat(100_000))).toBe(false)
})

describe('the text of a string', () => {
  const f = (text: string): string | undefined => {
    const bytes = encoder.encode(text)
    return jsonStringText(bytes, 0, bytes.length)
  }

  test('is as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(f(JSON.stringify(text))).toBe(text)
      }),
    )
    expect(f('"\\u00e9\\/\\ud83d\\ude00"')).toBe('é/😀')
  })

  test('is undefined where it is not valid', () => {
    expect(f('"\\ud83d"')).toBeUndefined()
    expect(jsonStringText(Uint8Array.from([34, 0xff, 34]), 0, 3)).toBeUndefined()
  })
})
