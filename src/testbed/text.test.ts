import { expect, test } from 'vitest'
import { responseTimeLines, statsLine } from './text.ts'

const second = { cpu: 56, mem: 17, disk: 3, waiting: 1, connections: 9, millis: [906, 0] }

test('lines begin as those of the seed with all fields behind', () => {
  expect(statsLine(1524619695, second)).toBe('1524619695,56,17,3,1,9\n')
  expect(responseTimeLines(1524619695, second)).toBe('906,1524619695\n0,1524619695\n')
})
