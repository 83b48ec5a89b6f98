import { describe, expect, test } from 'vitest'
import { Random } from '../core/random.ts'
import { autocorrelation, periodOf } from './autocorrelation.ts'

const random = new Random(1)

function series(count: number, value: (i: number) => number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => value(i))
}

describe('autocorrelation', () => {
  test('is the sum of products over the sizes of both stretches', () => {
    // Mean 0. k = 1: 1·-1 + -1·1 + 1·-1 = -3 over √(3·3); k = 2: (1·1 + -1·-1) / √(2·2).
    const r = autocorrelation(Float64Array.of(1, -1, 1, -1))
    expect([...r].map((each) => Number(each.toFixed(9)))).toEqual([1, -1, 1])
  })

  test('agrees with the plain sums', () => {
    const x = series(100, () => random.gaussian(3, 2))
    const mean = x.reduce((a, b) => a + b) / 100
    const plain = (k: number): number => {
      let [sum, early, late] = [0, 0, 0]
      for (let t = 0; t + k < 100; t++) {
        const [a, b] = [(x[t] ?? NaN) - mean, (x[t + k] ?? NaN) - mean]
        sum += a * b
        early += a * a
        late += b * b
      }
      return sum / Math.sqrt(early * late)
    }
    const r = autocorrelation(x)
    for (const k of [0, 1, 2, 7, 31, 50]) expect(r[k]).toBeCloseTo(plain(k), 9)
  })

  test('is 0 where nothing moves, and finite for giants and gaps', () => {
    expect([...autocorrelation(series(16, () => 7))]).toEqual(new Array(9).fill(0))
    const wild = series(64, (i) => (i % 5 === 0 ? NaN : (i % 7) * 1e150))
    expect(autocorrelation(wild).every(Number.isFinite)).toBe(true)
  })
})

describe('the period', () => {
  test('is the lag at which a series repeats itself, not a multiple of it', () => {
    const wave = (i: number): number => Math.sin((2 * Math.PI * i) / 24)
    expect(periodOf(series(300, (i) => wave(i) + random.gaussian(0, 0.2)))).toBe(24)
    expect(periodOf(series(300, (i) => i % 17))).toBe(17)
  })

  test('is none in noise, in a walk, in a constant, and before it was seen twice', () => {
    expect(periodOf(series(500, () => random.gaussian(0, 1)))).toBeUndefined()
    let level = 0
    expect(periodOf(series(500, () => (level += random.gaussian(0, 1))))).toBeUndefined()
    expect(periodOf(series(500, () => 3))).toBeUndefined()
    expect(periodOf(series(40, (i) => Math.sin((2 * Math.PI * i) / 24)))).toBeUndefined()
  })
})
