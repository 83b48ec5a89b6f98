import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sourcesDigest } from '../../kernels/sources.ts'
import { kernelSources } from './number-kernel-bytes.ts'
import { Random } from './random.ts'
import { TextBytes } from './text-bytes.ts'
import { nanosecondsText } from './timestamp-text.ts'

const text = new TextBytes()
const view = new DataView(new ArrayBuffer(8))

/** What one call of it writes. */
function written(write: (text: TextBytes) => void): string {
  text.clear()
  write(text)
  return new TextDecoder().decode(text.copy())
}

function number(value: number): string {
  return written((to) => to.number(value))
}

test('the compiled kernel is of the sources that stand beside it', () => {
  expect(kernelSources, 'compile anew: kernels/build.ts').toBe(sourcesDigest('number-text'))
})

test('numbers of every shape are written as String writes them', () => {
  const shapes = [0, -0, 1, -1, 9, 10, 99, 100, 123456789, 0.1, -0.25, 1.5, 1e21, 1e22, 123e19]
  const edges = [1e-6, 1e-7, 1.5e-7, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308]
  const large = [2 ** 53 - 1, 2 ** 53, 2 ** 53 + 2, 999999999999999900000, 1e20, 4.35, 0.000001]
  const hard = [9007199254740993e3, 1e23, 2 ** 63, 2 ** 64, 1.1e-5, 123456.789e-9, 3.0e-44]
  for (const value of [...shapes, ...edges, ...large, ...hard]) {
    expect(number(value)).toBe(String(value))
    expect(number(-value)).toBe(String(-value))
  }
  for (let power = -1074; power < 1024; power++) {
    for (const value of [2 ** power, 2 ** power * 1.5, 2 ** power * (1 + 2 ** -52)]) {
      expect(number(value)).toBe(String(value))
    }
  }
  for (let power = -323; power <= 308; power++) {
    const value = Number(`1e${power}`)
    expect(number(value)).toBe(String(value))
  }
})

test('random doubles, decimals and whole numbers are written as String writes them', () => {
  const random = new Random(7)
  let wrong = 0
  const check = (value: number): void => {
    if (Number.isFinite(value) && number(value) !== String(value)) wrong++
  }
  for (let i = 0; i < 100_000; i++) {
    view.setUint32(0, random.below(2 ** 32))
    view.setUint32(4, random.below(2 ** 32))
    check(view.getFloat64(0))
    check(random.uniform())
    check(random.below(1e9) / 10 ** random.below(12))
    check(random.below(2 ** 31) * 10 ** random.below(16))
  }
  expect(wrong).toBe(0)
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(number(value)).toBe(String(value))
    }),
  )
})

test('times are whole nanoseconds', () => {
  const times = [
    [1, 0],
    [1_592_222_400_000, 400_200],
    [8.64e15, 999_999],
    [0, 0],
    [0, 7],
  ] as const
  for (const [ms, ns] of [...times, [-1, 999_999], [-5, 0]] as const) {
    expect(written((to) => to.nanoseconds(ms, ns))).toBe(nanosecondsText(ms, ns))
  }
})

test('hexadecimal numbers have eight digits', () => {
  for (const value of [0, 1, 0xdeadbeef, 0xffffffff, 0x0a0b0c]) {
    expect(written((to) => to.hex(value))).toBe(value.toString(16).padStart(8, '0'))
  }
})

test('text of any kind and length, and what was written before stays', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), (texts) => {
      const whole = written((to) => {
        for (const each of texts) to.text(each)
      })
      expect(whole).toBe(texts.join(''))
    }),
  )
  const piece = new TextEncoder().encode('a piece of 23 bytes, é\n')
  const long = written((to) => {
    for (let i = 0; i < 20_000; i++) {
      to.append(piece)
      to.number(i / 7)
      to.byte(10)
      to.text('ü')
    }
  })
  const want = Array.from({ length: 20_000 }, (_, i) => `a piece of 23 bytes, é\n${i / 7}\nü`)
  expect(long === want.join('')).toBe(true)
})
