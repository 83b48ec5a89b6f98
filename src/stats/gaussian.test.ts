import { expect, test } from 'vitest'
import { erfc, upperTail } from './gaussian.ts'

/** Relative error of a result. */
function error(got: number, want: number): number {
  return Math.abs(got / want - 1)
}

test('the complementary error function has fifteen digits in all three ranges', () => {
  // Values of the C library's erfc.
  const f = (x: number, want: number): void => expect(error(erfc(x), want)).toBeLessThan(1e-15)
  f(-3, 1.9999779095030015)
  f(-0.2, 1.2227025892104786)
  f(1e-9, 0.9999999988716208)
  f(0.3, 0.6713732405408726)
  f(0.46875, 0.507386526782062)
  f(0.5, 0.4795001221869535)
  f(1.5, 0.033894853524689274)
  f(4, 1.541725790028002e-8)
  f(4.5, 1.9661604415428873e-10)
  f(10, 2.088487583762545e-45)
  f(26, 5.663192408856143e-296)
})

test('the ends of the error function are exact', () => {
  expect(erfc(0)).toBe(1)
  expect(erfc(-40)).toBe(2)
  expect(erfc(40)).toBe(0)
})

test('the normal tail gives the usual table', () => {
  // Abramowitz and Stegun, table 26.1.
  const f = (z: number, want: number): void => expect(upperTail(z)).toBeCloseTo(want, 12)
  f(0, 0.5)
  f(1, 0.158655253931)
  f(-1, 0.841344746069)
  f(3, 0.001349898032)
})
