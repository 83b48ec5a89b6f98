import { describe, expect, test } from 'vitest'
import {
  afterByteOrderMark,
  asciiText,
  hasControlCharacter,
  lineEnd,
  quotedText,
  utf8Text,
  withoutControlCharacters,
} from './byte-text.ts'

const bytes = new TextEncoder().encode('aé\nb')

test('text is of a range of bytes', () => {
  expect(asciiText(bytes, 3, 5)).toBe('\nb')
  expect(utf8Text(bytes, 1, 3)).toBe('é')
  expect(utf8Text(bytes, 1, 2)).toBeUndefined()
})

describe('quoted text', () => {
  test('shows what is not UTF-8', () => {
    expect(quotedText(bytes, 0, 2)).toBe('a\ufffd')
  })

  test('is the head of a long one', () => {
    const text = quotedText(new Uint8Array(1000).fill(97), 0, 1000)
    expect(text).toBe('a'.repeat(200) + '…')
  })
})

test('a line ends at its line feed or with the bytes', () => {
  expect(lineEnd(bytes, 0)).toBe(3)
  expect(lineEnd(bytes, 3)).toBe(3)
  expect(lineEnd(bytes, 4)).toBe(5)
})

test('a byte order mark is passed over', () => {
  expect(afterByteOrderMark(new TextEncoder().encode('\ufeffa'))).toBe(3)
  expect(afterByteOrderMark(bytes)).toBe(0)
  expect(afterByteOrderMark(Uint8Array.of(0xef))).toBe(0)
})

test('control characters are found and replaced, others are not', () => {
  for (const char of ['\u0000', '\n', '\u001f', '\u007f']) {
    expect(hasControlCharacter(`a${char}`)).toBe(true)
    expect(withoutControlCharacters(`a${char}😀`)).toBe('a_😀')
  }
  expect(hasControlCharacter(' ~\u0080é')).toBe(false)
  expect(withoutControlCharacters(' ~é')).toBe(' ~é')
})
