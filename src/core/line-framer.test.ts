import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LineFramer } from './line-framer.ts'
import type { Rejection } from './rejection.ts'

const encoder = new TextEncoder()
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** What the framer hands out for each chunk, and at the end; and what it refuses. */
function framed(chunks: readonly string[], lineBytesMax = 1000) {
  const framer = new LineFramer(lineBytesMax)
  const rejections: Rejection[] = []
  const payloads = chunks.map((chunk) => text(framer.push(encoder.encode(chunk), rejections)))
  return { payloads, rest: text(framer.flush()), rejections }
}

test('half a line waits for its other half', () => {
  const { payloads, rest } = framed(['a 1\nb 2\nc', ' 3\nd 4\n', 'e', ' 5'])
  expect(payloads).toEqual(['a 1\nb 2\n', 'c 3\nd 4\n', '', ''])
  expect(rest).toBe('e 5')
})

test('what is handed out is whole lines that make up the stream, however it is cut', () => {
  const piece = fc.constantFrom('a', 'bb', '\n', 'é', '\r\n', '\u0000')
  fc.assert(
    fc.property(fc.array(fc.array(piece).map((pieces) => pieces.join(''))), (chunks) => {
      const { payloads, rest, rejections } = framed(chunks)
      expect(payloads.join('') + rest).toBe(chunks.join(''))
      for (const payload of payloads) expect(payload === '' || payload.endsWith('\n')).toBe(true)
      expect(rest).not.toContain('\n')
      expect(rejections).toEqual([])
    }),
  )
})

test('a character cut in its middle is whole again', () => {
  const framer = new LineFramer(100)
  const rejections: Rejection[] = []
  const bytes = encoder.encode('é\n')
  expect(framer.push(bytes.subarray(0, 1), rejections)).toHaveLength(0)
  expect(text(framer.push(bytes.subarray(1), rejections))).toBe('é\n')
})

describe('a line over the limit', () => {
  test('is cut out and said once, and what follows it is read on', () => {
    const long = 'x'.repeat(11)
    const { payloads, rest, rejections } = framed(['a\n', long, long, 'y\nb\n', 'c'], 10)
    expect(payloads).toEqual(['a\n', '', '', 'b\n', ''])
    expect(rest).toBe('c')
    expect(rejections).toMatchObject([{ reason: 'too_long', text: long }])
  })

  test('may be the last one', () => {
    const { rest, rejections } = framed(['a\n', 'x'.repeat(11)], 10)
    expect(rest).toBe('')
    expect(rejections).toHaveLength(1)
  })

  test('is one that has grown over it in many chunks', () => {
    const { payloads, rejections } = framed([...Array(20).fill('x'), '\nb\n'], 10)
    expect(payloads.join('')).toBe('b\n')
    expect(rejections).toHaveLength(1)
  })
})

test('the bytes handed out stay as they are when the chunk is used again', () => {
  const framer = new LineFramer(100)
  const rejections: Rejection[] = []
  const chunk = encoder.encode('a\nb')
  framer.push(chunk, rejections)
  chunk.fill(0x7a)
  expect(text(framer.push(encoder.encode('\n'), rejections))).toBe('b\n')
})

test('after the end it begins anew', () => {
  const framer = new LineFramer(5)
  const rejections: Rejection[] = []
  framer.push(encoder.encode('xxxxxxxx'), rejections)
  expect(framer.flush()).toHaveLength(0)
  expect(text(framer.push(encoder.encode('a\n'), rejections))).toBe('a\n')
})
