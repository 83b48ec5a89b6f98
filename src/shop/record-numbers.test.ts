import fc from 'fast-check'
import { expect, test } from 'vitest'
import { numberLines } from './record-numbers.ts'

const read = (text: string, width = 2, fieldsMin = width): ReturnType<typeof numberLines> =>
  numberLines(new TextEncoder().encode(text), { width, fieldsMin })

const rowsIn = (text: string, width = 2, fieldsMin = width): number[][] => {
  const { count, values } = read(text, width, fieldsMin)
  return Array.from({ length: count }, (_, i) => [...values.subarray(i * width, (i + 1) * width)])
}

test('numbers come as they stand, line by line', () => {
  expect(rowsIn('906,1524619695\n0,1524619695\n')).toEqual([
    [906, 1524619695],
    [0, 1524619695],
  ])
  expect(rowsIn('1,2')).toEqual([[1, 2]])
  expect(rowsIn('\n\n1,2\r\n\n3,-4.5e1\n')).toEqual([
    [1, 2],
    [3, -45],
  ])
  expect(rowsIn('')).toEqual([])
})

test('what a line lacks is 0, what it has over is left out', () => {
  expect(rowsIn('1,2\n1,2,3,4\n', 3, 2)).toEqual([
    [1, 2, 0],
    [1, 2, 3],
  ])
})

test('a line that is none is said, and nothing is read on', () => {
  for (const line of ['1', 'x,1', '1,', ',1', '1,NaN', '1,Infinity', '1, ', '1,2,x']) {
    expect(read(`5,6\n${line}\n7,8\n`)).toMatchObject({ count: 1, strange: line })
  }
  expect(read('5,6\n7,8').strange).toBeUndefined()
})

test('any finite number is read as the language reads it', () => {
  const double = fc.double({ noNaN: true, noDefaultInfinity: true })
  const number = fc.oneof(double, fc.integer(), fc.bigInt({ min: 0n, max: 10n ** 20n }))
  fc.assert(
    fc.property(fc.array(fc.tuple(number, number)), (rows) => {
      const text = rows.map(([a, b]) => `${a},${b}\n`).join('')
      expect(rowsIn(text)).toEqual(rows.map(([a, b]) => [Number(`${a}`), Number(`${b}`)]))
    }),
  )
})
