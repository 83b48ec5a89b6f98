import fc from 'fast-check'
import { expect, test } from 'vitest'
import { snappyBlock } from '../../../test/snappy-block.ts'
import { Random } from '../../core/random.ts'
import { unpackedSnappy } from './snappy.ts'

const letters = (word: string): number[] => [...Buffer.from(word)]

function unpacked(...bytes: number[]): string {
  const outcome = unpackedSnappy(Uint8Array.from(bytes), 1000)
  return typeof outcome === 'string' ? `fault: ${outcome}` : Buffer.from(outcome).toString()
}

test('literals, and copies with offsets of each width', () => {
  expect(unpacked(0)).toBe('')
  expect(unpacked(5, 4 << 2, ...letters('hello'))).toBe('hello')
  expect(unpacked(11, 3 << 2, ...letters('abcd'), (3 << 2) | 1, 4)).toBe('abcdabcdabc')
  expect(unpacked(7, 3 << 2, ...letters('abcd'), (2 << 2) | 2, 3, 0)).toBe('abcdbcd')
  expect(unpacked(7, 3 << 2, ...letters('abcd'), (2 << 2) | 3, 2, 0, 0, 0)).toBe('abcdcdc')
  const long = 'x'.repeat(300)
  expect(unpacked(0xac, 0x02, 61 << 2, 0x2b, 0x01, ...letters(long))).toBe(long)
})

test('a copy that overlaps what it writes repeats it', () => {
  expect(unpacked(9, 0, 97, (4 << 2) | 1, 1)).toBe('a'.repeat(9))
  expect(unpacked(61, 0, 98, (59 << 2) | 2, 1, 0)).toBe('b'.repeat(61))
})

test.each([
  ['no length', []],
  ['a length that does not end', [0x80, 0x80, 0x80, 0x80, 0x80, 0x00]],
  ['less than the length says', [6, 4 << 2, ...letters('hello')]],
  ['more than the length says', [4, 4 << 2, ...letters('hello')]],
  ['a literal that breaks off', [5, 4 << 2, ...letters('hell')]],
  ['the length of a literal that breaks off', [5, 63 << 2, 1]],
  ['a copy from before the start', [9, 0, 97, (4 << 2) | 1, 2]],
  ['a copy of nothing', [9, 0, 97, (4 << 2) | 1, 0]],
  ['a copy that breaks off', [9, 0, 97, (4 << 2) | 2, 1]],
  ['a copy beyond the length', [4, 0, 97, (4 << 2) | 1, 1]],
])('%s is broken', (_, bytes) => {
  expect(unpacked(...bytes)).toBe('fault: broken')
})

test('what says that it is too large takes no memory', () => {
  expect(unpacked(0xff, 0xff, 0xff, 0xff, 0x0f)).toBe('fault: too large')
  expect(unpacked(0xe9, 0x07)).toBe('fault: too large')
})

test('gives back what was packed, with copies of all widths', () => {
  const random = new Random(1)
  for (const size of [1, 59, 60, 61, 300, 5_000, 200_000]) {
    for (const variety of [1, 2, 40, 256]) {
      const bytes = Uint8Array.from({ length: size }, () => random.below(variety))
      const packed = snappyBlock(bytes)
      expect(Buffer.from(unpackedSnappy(packed, size) as Uint8Array).equals(bytes)).toBe(true)
    }
  }
})

test('any bytes are unpacked within the bound, or broken', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const outcome = unpackedSnappy(bytes, 1000)
      if (typeof outcome !== 'string') expect(outcome.length).toBeLessThanOrEqual(1000)
    }),
    { numRuns: 5_000 },
  )
})
