import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CsvFields } from './csv-fields.ts'

/** All rows of a text, as texts. */
function rowsOf(text: string): string[][] {
  const bytes = Buffer.from(text)
  const fields = new CsvFields(44)
  const rows: string[][] = []
  for (let at = 0; at < bytes.length;) {
    at = fields.split(bytes, at, true)
    rows.push(fields.texts(bytes))
  }
  return rows
}

test('a row ends at its line end, or at the end of the input', () => {
  function f(text: string, want: string[][]): void {
    expect(rowsOf(text)).toEqual(want)
  }
  f('a,b\nc,d\n', [
    ['a', 'b'],
    ['c', 'd'],
  ])
  f('a,b\r\nc,d', [
    ['a', 'b'],
    ['c', 'd'],
  ])
  f('a,\n,\n', [
    ['a', ''],
    ['', ''],
  ])
  f('\n', [['']])
  f(' a ,\tb \n', [['a', 'b']])
})

test('a field in quotes may hold delimiters, quotes and line ends', () => {
  function f(text: string, want: string[][]): void {
    expect(rowsOf(text)).toEqual(want)
  }
  f('"a,b",c\n', [['a,b', 'c']])
  f('"say ""yes""",1\n', [['say "yes"', '1']])
  f('"two\nlines",1\nnext,2\n', [
    ['two\nlines', '1'],
    ['next', '2'],
  ])
  f('"",1\n', [['', '1']])
  f('"a"', [['a']])
  f('5"\n6\n', [['5"'], ['6']])
})

test('a quote that is never closed spoils one row', () => {
  const rows = rowsOf(`"open,1\nnext,2\n${'x,3\n'.repeat(20_000)}`)
  expect(rows.slice(0, 2)).toEqual([
    ['"open', '1'],
    ['next', '2'],
  ])
  expect(rows).toHaveLength(20_002)
})

describe('whatever the fields hold', () => {
  const field = fc.string({ unit: fc.constantFrom('a', '1', ',', '"', '\n', '\r', 'é', '.') })
  const table = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 5 })
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`

  test('what was quoted by RFC 4180 is read back', () => {
    fc.assert(
      fc.property(table, (rows) => {
        const text = rows.map((row) => row.map(quoted).join(',') + '\n').join('')
        expect(rowsOf(text)).toEqual(rows)
      }),
    )
  })

  test('a row is whole or not there: a cut text never gives another row', () => {
    fc.assert(
      fc.property(table, fc.nat(), (rows, cutAt) => {
        const bytes = Buffer.from(rows.map((row) => row.map(quoted).join(',') + '\n').join(''))
        const cut = bytes.subarray(0, cutAt % (bytes.length + 1))
        const fields = new CsvFields(44)
        for (let at = 0, i = 0; at < cut.length; i++) {
          at = fields.split(cut, at, false)
          if (at < 0) break
          expect(fields.texts(cut)).toEqual(rows[i])
        }
      }),
    )
  })

  test('any bytes are split without an end beyond them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const fields = new CsvFields(44)
        for (let at = 0; at < bytes.length;) {
          const next = fields.split(bytes, at, true)
          expect(next).toBeGreaterThan(at)
          expect(next).toBeLessThanOrEqual(bytes.length)
          at = next
        }
      }),
    )
  })
})
