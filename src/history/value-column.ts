/**
 * A column of values, bit for bit.
 *
 *   scheme: 2 bits
 *   0 equal    one value for all: 64 bits
 *   1 decimal  v = m · g / 10^p with whole m: p 5 bits, g 53 bits, the column of m
 *   2 doubles  the 64 bits of each without the zeros at the end that all have; the upper ones as a
 *              column of differences, the lower ones as they are
 *
 * Most values that are sent were written in decimal with few digits, and sizes are multiples of a
 * page: then m is short. Division by a power of ten up to 10^22 is rounded correctly (IEEE 754), so
 * a quotient gives the decimal's own double back; it is checked for each value nevertheless.
 *
 * Source: decimal scaling as in P. Afroozeh et al. 2023, "ALP: Adaptive Lossless floating-Point
 * Compression"; bits as in T. Pelkonen et al. 2015, "Gorilla", section 4.1.2, with differences in
 * the place of XOR.
 */

import type { BitReader, BitWriter } from './bits.ts'
import { columnCountMax, columnMax, readWhole, writeWhole } from './whole-column.ts'

/** Decimal places that are tried: a double has no more than 17 digits. */
const placesMax = 17

/** Powers of ten: all of them are exact. */
const scales = Float64Array.from({ length: placesMax + 1 }, (_, places) => 10 ** places)

/** Values of one column at most. */
export const blockSamplesMax = columnCountMax

const wholes = new Float64Array(blockSamplesMax)
const bits = new Float64Array(blockSamplesMax)
const words = new Uint32Array(bits.buffer)

/** Writes the first `count` values; at least one. */
export function writeValues(values: Float64Array, count: number, writer: BitWriter): void {
  for (let i = 0; i < count; i++) bits[i] = values[i] as number
  if (allEqual(count)) {
    writer.bits(0, 2)
    writer.bits(words[1] as number, 32)
    writer.bits(words[0] as number, 32)
    return
  }
  const places = decimalPlaces(values, count)
  if (places === undefined) writeDoubles(count, writer)
  else {
    const divisor = commonDivisor(count)
    if (divisor > 1) for (let i = 0; i < count; i++) wholes[i] = (wholes[i] as number) / divisor
    writer.bits(1, 2)
    writer.bits(places, 5)
    writer.bits(divisor, 53)
    writeWhole(wholes, count, writer)
  }
}

function allEqual(count: number): boolean {
  for (let i = 1; i < count; i++) {
    if (words[2 * i] !== words[0] || words[2 * i + 1] !== words[1]) return false
  }
  return true
}

/** Fewest places by which all are whole, which are then in `wholes`; undefined where none do. */
function decimalPlaces(values: Float64Array, count: number): number | undefined {
  let places = 0
  let scaledFrom = 0
  for (let i = 0; i < count; i++) {
    const value = values[i] as number
    while (!isWhole(value, places)) {
      if (++places > placesMax) return undefined
      scaledFrom = i
    }
    wholes[i] = Math.round(value * (scales[places] as number))
  }
  // Those before the last that needed a place more were scaled by fewer.
  const scale = scales[places] as number
  for (let i = 0; i < scaledFrom; i++) {
    const value = values[i] as number
    if (!isWhole(value, places)) return undefined
    wholes[i] = Math.round(value * scale)
  }
  return places
}

function isWhole(value: number, places: number): boolean {
  const scale = scales[places] as number
  const whole = Math.round(value * scale)
  // The whole number of -0 and of what rounds to it would come back as 0.
  if (whole === 0) return Object.is(value, 0)
  return Math.abs(whole) <= columnMax && whole / scale === value
}

/** Greatest common divisor of `wholes`; 1 where all are 0. */
function commonDivisor(count: number): number {
  let divisor = 0
  for (let i = 0; i < count && divisor !== 1; i++) {
    let rest = Math.abs(wholes[i] as number)
    while (rest !== 0) {
      const next = divisor % rest
      divisor = rest
      rest = next
    }
  }
  return divisor === 0 ? 1 : divisor
}

/** The doubles of `bits`, as 32 upper bits and up to 32 lower ones. */
function writeDoubles(count: number, writer: BitWriter): void {
  let low = 0
  let high = 0
  for (let i = 0; i < count; i++) {
    low |= words[2 * i] as number
    high |= words[2 * i + 1] as number
  }
  const lowZeros = low === 0 ? 32 : trailingZeros(low)
  const highZeros = low === 0 && high !== 0 ? trailingZeros(high) : 0
  writer.bits(2, 2)
  writer.bits(lowZeros, 6)
  writer.bits(highZeros, 5)
  for (let i = 0; i < count; i++) wholes[i] = (words[2 * i + 1] as number) >>> highZeros
  writeWhole(wholes, count, writer)
  if (lowZeros === 32) return
  const lowBits = 32 - lowZeros
  for (let i = 0; i < count; i++) writer.bits((words[2 * i] as number) >>> lowZeros, lowBits)
}

function trailingZeros(n: number): number {
  return 31 - Math.clz32(n & -n)
}

/** Reads `count` values, at most `blockSamplesMax`, into a column. */
export function readValues(values: Float64Array, count: number, reader: BitReader): void {
  const scheme = reader.bits(2)
  if (scheme === 0) {
    words[1] = reader.bits(32)
    words[0] = reader.bits(32)
    values.fill(bits[0] as number, 0, count)
  } else if (scheme === 1) {
    const scale = 10 ** reader.bits(5)
    const divisor = reader.bits(53)
    readWhole(wholes, count, reader)
    for (let i = 0; i < count; i++) values[i] = ((wholes[i] as number) * divisor) / scale
  } else readDoubles(values, count, reader)
}

function readDoubles(values: Float64Array, count: number, reader: BitReader): void {
  const lowZeros = reader.bits(6)
  const highZeros = reader.bits(5)
  readWhole(wholes, count, reader)
  for (let i = 0; i < count; i++) words[2 * i + 1] = (wholes[i] as number) * 2 ** highZeros
  for (let i = 0; i < count; i++) {
    words[2 * i] = lowZeros === 32 ? 0 : reader.bits(32 - lowZeros) << lowZeros
  }
  for (let i = 0; i < count; i++) values[i] = bits[i] as number
}
