import { expect, test } from 'vitest'
import type { RowPacket } from '../core/score-rows.ts'
import { SeriesNames } from './series-names.ts'

/** The names of a packet, which is all that is looked at. */
function packet(firstNumber: number, namedFrom: number, ...names: string[]): RowPacket {
  return { firstNumber, namedFrom, names } as unknown as RowPacket
}

const lasting = new Map([
  ['a', 71],
  ['b', 72],
  ['c', 73],
])
const named = (keys: readonly string[]): number[] => keys.map((key) => lasting.get(key) ?? 0)
const fails = (): number[] => {
  throw new Error('the disk is full')
}

test('a key comes once and is known from then on', () => {
  const names = new SeriesNames()
  names.take(packet(1, 1, 'a', 'b'), named)
  names.take(packet(1, 3), fails)
  expect([1, 2, 3].map((number) => names.lasting(number))).toEqual([71, 72, 0])
})

test('a key that the disk refuses is tried again', () => {
  const names = new SeriesNames()
  expect(() => names.take(packet(1, 1, 'a'), fails)).toThrow('full')
  expect(names.lasting(1)).toBe(0)
  names.take(packet(1, 2, 'b'), named)
  expect([names.lasting(1), names.lasting(2)]).toEqual([71, 72])
})

test('numbers that are given anew mean what they mean now', () => {
  const names = new SeriesNames()
  names.take(packet(1, 1, 'a', 'b'), named)
  names.take(packet(3, 3, 'c'), named)
  expect([names.lasting(3), names.lasting(2)]).toEqual([73, 0])
})

test('another feeder under the same number begins anew', () => {
  const names = new SeriesNames()
  names.take(packet(1, 1, 'a', 'b'), named)
  names.take(packet(3, 3, 'c'), named)
  names.take(packet(1, 1, 'b', 'a'), named)
  expect([names.lasting(1), names.lasting(2)]).toEqual([72, 71])
})
