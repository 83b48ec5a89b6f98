import { expect, test } from 'vitest'
import { textTable } from './text-table.ts'

test('columns of numbers stand to the right, others to the left, without blanks at the end', () => {
  const rows = [
    ['ema', '1.5', 'a'],
    ['dasrs', '–', 'bcd'],
    ['x', '-2e-7', ''],
  ]
  const lines = ['name      F1  note', 'ema      1.5  a', 'dasrs      –  bcd', 'x      -2e-7', '']
  expect(textTable(['name', 'F1', 'note'], rows)).toBe(lines.join('\n'))
})
