import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { durationMs, durationText, sizeBytes, sizeText } from './quantity.ts'

describe('durations', () => {
  function f(text: string, want: number | undefined): void {
    test(`${JSON.stringify(text)} is ${want}`, () => expect(durationMs(text)).toBe(want))
  }

  f('0', 0)
  f('0s', 0)
  f('250ms', 250)
  f('30s', 30_000)
  f('1.5s', 1500)
  f('5m', 300_000)
  f('1h', 3_600_000)
  f('1h30m', 5_400_000)
  f('7d', 604_800_000)
  f('2w', 1_209_600_000)
  f('', undefined)
  f('30', undefined)
  f('s', undefined)
  f('30 s', undefined)
  f('-30s', undefined)
  f('30sec', undefined)
  f('1e3s', undefined)
  f('0.5ms', undefined)
  f('30s ', undefined)

  test('are read back as they were written', () => {
    fc.assert(
      fc.property(fc.nat(), (ms) => {
        expect(durationMs(durationText(ms))).toBe(ms)
      }),
    )
  })

  test('are written in the largest unit that fits', () => {
    const texts = [0, 1, 1500, 90_000, 3_600_000, 604_800_000].map(durationText)
    expect(texts.join(' ')).toBe('0s 1ms 1500ms 90s 1h 7d')
  })
})

describe('sizes', () => {
  function f(text: string, want: number | undefined): void {
    test(`${JSON.stringify(text)} is ${want}`, () => expect(sizeBytes(text)).toBe(want))
  }

  f('0', 0)
  f('512B', 512)
  f('64KiB', 65_536)
  f('1.5MiB', 1_572_864)
  f('1GiB', 1_073_741_824)
  f('10kB', 10_000)
  f('10MB', 10_000_000)
  f('10 MB', 10_000_000)
  f('64', undefined)
  f('64K', undefined)
  f('64kib', undefined)
  f('0.3B', undefined)
  f('-1B', undefined)
  f('', undefined)

  test('are read back as they were written', () => {
    fc.assert(
      fc.property(fc.nat(), (bytes) => {
        expect(sizeBytes(sizeText(bytes))).toBe(bytes)
      }),
    )
  })

  test('are written in the largest power of 1024 that fits', () => {
    const texts = [0, 1000, 1024, 33_554_432, 2 ** 50].map(sizeText)
    expect(texts.join(' ')).toBe('0B 1000B 1KiB 32MiB 1048576GiB')
  })
})
