import { describe, expect, test } from 'vitest'
import { HeldNames } from './held-names.ts'
import type { HeldName } from './held-names.ts'
import { Labels } from './labels.ts'
import { Random } from './random.ts'

const encoder = new TextEncoder()

/** Names that mean what they spell, below their parent's; `!` is none. */
class Fixture {
  reads = 0
  readonly names: HeldNames

  constructor(bytesMax?: number) {
    this.names = new HeldNames((bytes, start, end, parent) => {
      this.reads++
      const text = new TextDecoder().decode(bytes.subarray(start, end))
      if (text === '!') return { reason: 'malformed', detail: 'a mark' }
      return parent === undefined ? Labels.named(text) : parent.labels.with([['below', text]])
    }, bytesMax)
  }

  held(text: string, parent?: HeldName): HeldName | undefined {
    const bytes = encoder.encode(`<${text}>`)
    return this.names.held(bytes, 1, bytes.length - 1, parent)
  }
}

test('one spelling is read once and is one name', () => {
  const fixture = new Fixture()
  const name = fixture.held('cpu')
  expect(name?.labels.key).toBe('cpu')
  expect(fixture.held('cpu')).toBe(name)
  expect(fixture.held('cpu2')).not.toBe(name)
  expect(fixture.reads).toBe(2)
})

test('a spelling means something else below each parent', () => {
  const fixture = new Fixture()
  const [a, b] = [fixture.held('a') as HeldName, fixture.held('b') as HeldName]
  expect(fixture.held('x', a)?.labels.key).toBe('a{below="x"}')
  expect(fixture.held('x', b)?.labels.key).toBe('b{below="x"}')
  expect(fixture.held('x')?.labels.key).toBe('x')
  expect(fixture.held('x', a)).toBe(fixture.held('x', a))
})

test('a spelling that is no name is refused each time, with the reason', () => {
  const fixture = new Fixture()
  expect(fixture.held('!')).toBeUndefined()
  expect(fixture.held('!')).toBeUndefined()
  expect(fixture.names.fault).toEqual({ reason: 'malformed', detail: 'a mark' })
  expect(fixture.names.size).toBe(0)
})

describe('spelledAt', () => {
  test('compares with the bytes at a place, up to a limit', () => {
    const name = new Fixture().held('abc') as HeldName
    const bytes = new DataView(encoder.encode('xabcabd').buffer)
    expect(name.spelledAt(bytes, 1, 7)).toBe(true)
    expect(name.spelledAt(bytes, 1, 4)).toBe(true)
    expect(name.spelledAt(bytes, 1, 3)).toBe(false)
    expect(name.spelledAt(bytes, 4, 7)).toBe(false)
    expect(name.spelledAt(bytes, 5, 7)).toBe(false)
  })

  test('knows its own spelling only, in pages of many and as long as a page', () => {
    const fixture = new Fixture()
    const texts = [...Array(20_000).keys()].map((i) => `name-${i}`)
    texts.push('x'.repeat(100_000), '', 'last')
    const names = texts.map((text) => fixture.held(text) as HeldName)
    names.forEach((name, i) => {
      const bytes = encoder.encode(texts[i])
      expect(name.isSpelled(bytes, 0, bytes.length)).toBe(true)
      expect(name.length).toBe(bytes.length)
    })
  })
})

describe('memory is bounded', () => {
  test('by forgetting what was not used for two generations', () => {
    const fixture = new Fixture(1_000_000)
    const first = fixture.held('first')
    for (let i = 0; i < 100_000; i++) fixture.held(`name-${i}`)
    expect(fixture.names.size).toBeLessThan(1_000_000 / 350)
    expect(fixture.names.size).toBeGreaterThan(500)
    expect(fixture.held('first')).not.toBe(first)
  })

  test('but never what is used in every generation, wherever its page was', () => {
    const fixture = new Fixture(1_000_000)
    const kept = ['a', 'b', 'c'].map((text) => fixture.held(text))
    const child = fixture.held('child', kept[0])
    for (let i = 0; i < 20_000; i++) {
      fixture.held(`name-${i}`)
      if (i % 100 === 0) {
        expect(['a', 'b', 'c'].map((text) => fixture.held(text))).toEqual(kept)
        expect(fixture.held('child', kept[0])).toBe(child)
        expect(kept[1]?.isSpelled(encoder.encode('b'), 0, 1)).toBe(true)
      }
    }
  })

  test('and expectations keep nothing alive: they are cut when a name grows old', () => {
    const fixture = new Fixture(1_000_000)
    const name = fixture.held('a') as HeldName
    name.next = fixture.held('b')
    name.first = fixture.held('c', name)
    for (let i = 0; i < 2_000; i++) fixture.held(`name-${i}`)
    expect(name.next).toBeUndefined()
    expect(name.first).toBeUndefined()
  })
})

test('is right for any order of any names, held or forgotten', () => {
  const fixture = new Fixture(200_000)
  const random = new Random(4)
  for (let round = 0; round < 50_000; round++) {
    const text = `n${random.below(1_000)}`
    if (fixture.held(text)?.labels.name !== text) expect(fixture.held(text)?.labels.name).toBe(text)
  }
})
