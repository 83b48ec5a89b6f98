/**
 * Columns of what was expected and between which bounds, in steps that follow the band's width.
 *
 *   step = 2^(⌊log2(upper - lower)⌋ - 5)
 *
 * so that each of the three comes back within a 64th of the width: a pixel of a chart. Where the
 * width is nothing beside the numbers themselves the step is 2^-45 of them. A sample for which the
 * detector had no opinion has none when it comes back.
 *
 *   known: 2 bits (0 none, 1 all, 2 some: a bit each) │ exponents of the steps │ lower in steps,
 *   against where the last one was │ width in steps │ expected in steps above the middle
 */

import type { BitReader, BitWriter } from './bits.ts'
import { blockSamplesMax } from './value-column.ts'
import { readWhole, writeWhole } from './whole-column.ts'

/** Bands of many samples: expected, lower and upper of each; NaN, all three, for none. */
export interface BandColumns {
  readonly expected: Float64Array
  readonly lower: Float64Array
  readonly upper: Float64Array
}

/** Steps are 2 to this power below the width, at most: 32 to 63 of them. */
const stepPower = 5

/** Share of the numbers themselves below which a width says nothing. */
const leastShare = 2 ** -40

/** Of IEEE 754 doubles. */
const exponentBias = 1023

/** Powers of two from -1022 on. */
const steps = Float64Array.from({ length: 2046 }, (_, i) => 2 ** (i - exponentBias + 1))

const sized = new Float64Array(1)
const sizedWords = new Uint32Array(sized.buffer)

const exponents = new Float64Array(blockSamplesMax)
const moves = new Float64Array(blockSamplesMax)
const widths = new Float64Array(blockSamplesMax)
const middles = new Float64Array(blockSamplesMax)
const columns = [exponents, moves, widths, middles]

function known(bands: BandColumns, i: number): boolean {
  const { expected, lower, upper } = bands
  return Number.isFinite((expected[i] as number) + (lower[i] as number) + (upper[i] as number))
}

/** Exponent of the step; -1074 to 1023. */
function exponentOf(expected: number, lower: number, upper: number): number {
  const size = Math.max(Math.abs(expected), Math.abs(lower), Math.abs(upper))
  const width = Math.max(Math.abs(upper - lower), size * leastShare)
  sized[0] = width
  // The exponent of a double: of 0 and of the least ones it is the smallest there is.
  const exponent = (((sizedWords[1] as number) >>> 20) & 0x7ff) - exponentBias
  return Math.max(-exponentBias + 1, Math.min(exponent, exponentBias) - stepPower)
}

/** Writes the bands of the first `count` samples. */
export function writeBands(bands: BandColumns, count: number, writer: BitWriter): void {
  const { expected: expecteds, lower: lowers, upper: uppers } = bands
  let some = 0
  let lastLower = 0
  for (let i = 0; i < count; i++) {
    const expected = expecteds[i] as number
    const lower = lowers[i] as number
    const upper = uppers[i] as number
    if (!Number.isFinite(expected + lower + upper)) continue
    const exponent = exponentOf(expected, lower, upper)
    // A power of two: to multiply by one over it is to divide.
    const perStep = steps[exponentBias - 1 - exponent] as number
    const low = Math.round(lower * perStep)
    const width = Math.round(upper * perStep) - low
    exponents[some] = exponent
    moves[some] = low - predicted(lastLower, perStep)
    widths[some] = width
    middles[some] = Math.round(expected * perStep) - low - Math.floor(width / 2)
    lastLower = low * (steps[exponent + exponentBias - 1] as number)
    some++
  }
  writer.bits(some === 0 ? 0 : some === count ? 1 : 2, 2)
  if (some === 0) return
  if (some < count) for (let i = 0; i < count; i++) writer.bits(known(bands, i) ? 1 : 0, 1)
  for (const column of columns) writeWhole(column, some, writer)
}

/** Where the last lower bound lies in the steps of this one; 0 where that is too far to count. */
function predicted(lastLower: number, perStep: number): number {
  const away = Math.round(lastLower * perStep)
  return Math.abs(away) < 2 ** 48 ? away : 0
}

/** Reads the bands of `count` samples; true if any is known. */
export function readBands(bands: BandColumns, count: number, reader: BitReader): boolean {
  const { expected, lower, upper } = bands
  const which = reader.bits(2)
  for (const column of [expected, lower, upper]) column.fill(NaN, 0, count)
  if (which === 0) return false
  const places: number[] = []
  for (let i = 0; i < count; i++) if (which === 1 || reader.bits(1) === 1) places.push(i)
  for (const column of columns) readWhole(column, places.length, reader)
  let lastLower = 0
  places.forEach((place, at) => {
    const step = steps[(exponents[at] as number) + exponentBias - 1] as number
    const low = (moves[at] as number) + predicted(lastLower, 1 / step)
    const width = widths[at] as number
    lastLower = low * step
    lower[place] = lastLower
    upper[place] = (low + width) * step
    expected[place] = (low + Math.floor(width / 2) + (middles[at] as number)) * step
  })
  return true
}
