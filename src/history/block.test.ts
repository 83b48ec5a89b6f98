import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeBlock, emptyBlock, encodedBlock } from './block.ts'
import type { SampleBlock } from './block.ts'
import { blockSamplesMax } from './value-column.ts'

interface Row {
  readonly timestampMs: number
  readonly remainderNs: number
  readonly value: number
  readonly tail: number
  readonly flags: number
  readonly band: readonly [number, number, number]
}

function blockOf(rows: readonly Row[]): SampleBlock {
  const block = emptyBlock()
  block.count = rows.length
  rows.forEach((row, i) => {
    block.timestampMs[i] = row.timestampMs
    block.remainderNs[i] = row.remainderNs
    block.value[i] = row.value
    block.tail[i] = row.tail
    block.flags[i] = row.flags
    ;[block.expected[i], block.lower[i], block.upper[i]] = row.band
  })
  return block
}

function readBack(rows: readonly Row[]): SampleBlock {
  const into = emptyBlock()
  decodeBlock(encodedBlock(blockOf(rows)).slice(), into)
  return into
}

/** What the head of block.ts promises of each row. */
function check(rows: readonly Row[]): void {
  const block = readBack(rows)
  expect(block.count).toBe(rows.length)
  rows.forEach((row, i) => {
    expect(block.timestampMs[i]).toBe(row.timestampMs)
    expect(block.remainderNs[i]).toBe(row.remainderNs)
    expect(Object.is(block.value[i], row.value)).toBe(true)
    expect(block.flags[i]).toBe(row.flags)
    const tail = block.tail[i] as number
    if (row.tail === 0) expect(tail).toBe(0)
    else expect(Math.abs(tail / row.tail - 1)).toBeLessThan(0.04)
    checkBand(block, i, row.band)
  })
}

function checkBand(block: SampleBlock, i: number, band: Row['band']): void {
  const back = [block.expected[i], block.lower[i], block.upper[i]] as number[]
  if (!Number.isFinite(band[0] + band[1] + band[2])) {
    expect(back).toEqual([NaN, NaN, NaN])
    return
  }
  const size = Math.max(...band.map(Math.abs))
  const within = Math.max(Math.abs(band[2] - band[1]) / 64, size * 2 ** -45, 2 ** -1022)
  band.forEach((n, k) => expect(Math.abs((back[k] as number) - n)).toBeLessThanOrEqual(within))
}

const plain: Row = {
  timestampMs: 1_700_000_000_000,
  remainderNs: 0,
  value: 1,
  tail: 1,
  flags: 1,
  band: [NaN, NaN, NaN],
}

const anyDouble = fc.double({ noNaN: true, noDefaultInfinity: true })
const value = fc.oneof(
  anyDouble,
  fc.integer({ min: -1000, max: 1000 }).map((n) => n / 100),
  fc.integer().map((n) => n * 4096),
  fc.constantFrom(0, -0, 5e-324, -1.7976931348623157e308, 2 ** 53, 0.1 + 0.2),
)
const bounded = fc.double({ noNaN: true, min: -1e150, max: 1e150 })
const band = fc.oneof(
  fc.constant<Row['band']>([NaN, NaN, NaN]),
  fc
    .tuple(bounded, bounded, bounded)
    .map((three) => three.sort((a, b) => a - b))
    .map(([lower, expected, upper]): Row['band'] => [expected!, lower!, upper!]),
  fc
    .tuple(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: 0, max: 50 }))
    .map(([n, w]): Row['band'] => [n / 7, n / 7 - w / 3, n / 7 + w / 3]),
)
const row: fc.Arbitrary<Row> = fc.record({
  timestampMs: fc.oneof(
    fc.integer({ min: -8.64e15 / 10, max: 8.64e14 }),
    fc.integer({ min: 0, max: 1000 }).map((n) => 1_700_000_000_000 + n * 1000),
  ),
  remainderNs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 999_999 })),
  value,
  tail: fc.oneof(
    fc.constantFrom(0, 1, 2 ** -53),
    fc.double({ noNaN: true, min: 2 ** -53, max: 1 }),
  ),
  flags: fc.integer({ min: 0, max: 15 }),
  band,
})

describe('a block', () => {
  test('gives back whatever doubles, times in any order, and bands', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 60 }), (rows) => check(rows)),
      { numRuns: 500 },
    )
  })

  test('gives back doubles of one kind, which choose a scheme of their own', () => {
    const of = (values: fc.Arbitrary<number>): void =>
      fc.assert(
        fc.property(fc.array(values, { minLength: 1, maxLength: 40 }), (all) =>
          check(all.map((each, i) => ({ ...plain, timestampMs: i * 1000, value: each }))),
        ),
      )
    of(anyDouble)
    of(fc.float({ noNaN: true, noDefaultInfinity: true }))
    of(fc.integer())
    of(fc.integer().map((n) => n / 1e6))
    of(fc.constantFrom(-0, 0))
  })

  test('is full at its most', () => {
    const rows = Array.from({ length: blockSamplesMax }, (_, i) => ({
      ...plain,
      timestampMs: plain.timestampMs + i * 1000,
      value: Math.sin(i),
      flags: i % 16,
    }))
    check(rows)
  })

  test('of a regular series with a steady decimal value costs next to nothing', () => {
    const rows = Array.from({ length: 1000 }, (_, i) => ({
      ...plain,
      timestampMs: plain.timestampMs + i * 10_000,
      value: 71.3,
    }))
    // A bit for each regular time, some bytes for the head.
    expect(encodedBlock(blockOf(rows)).length).toBeLessThan(150)
  })

  test('that was cut is refused', () => {
    const rows = Array.from({ length: 50 }, (_, i) => ({ ...plain, timestampMs: i, value: i * i }))
    const bytes = encodedBlock(blockOf(rows)).slice()
    for (let length = 0; length < bytes.length - 1; length++) {
      expect(() => decodeBlock(bytes.subarray(0, length), emptyBlock())).toThrow(/damaged/)
    }
  })

  test('of any bytes is read or refused, and never hangs', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
        try {
          decodeBlock(bytes, emptyBlock())
        } catch (error) {
          expect(String(error)).toMatch(/damaged/)
        }
      }),
    )
  })
})
