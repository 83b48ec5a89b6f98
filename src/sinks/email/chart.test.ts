import { crc32, inflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { scoreReport } from '../../../test/sample-reports.ts'
import { Labels } from '../../core/labels.ts'
import { chartOf, chartSize } from './chart.ts'
import { RecentSamples, samplesMax } from './recent-samples.ts'

/** The pixels of a PNG of one byte each, by the chunks as the standard has them. */
function pixelsOf(png: Buffer): { width: number; height: number; pixels: number[][] } {
  expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n')
  const chunks = new Map<string, Buffer>()
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at)
    const typed = png.subarray(at + 4, at + 8 + length)
    expect(png.readUInt32BE(at + 8 + length)).toBe(crc32(typed))
    chunks.set(typed.toString('latin1', 0, 4), typed.subarray(4))
    at += 12 + length
  }
  expect([...chunks.keys()]).toEqual(['IHDR', 'PLTE', 'IDAT', 'IEND'])
  const header = chunks.get('IHDR') as Buffer
  const width = header.readUInt32BE(0)
  const height = header.readUInt32BE(4)
  const rows = inflateSync(chunks.get('IDAT') as Buffer)
  expect(rows).toHaveLength(height * (width + 1))
  const pixels = Array.from({ length: height }, (_, y) => [
    ...rows.subarray(y * (width + 1) + 1, (y + 1) * (width + 1)),
  ])
  return { width, height, pixels }
}

test('a picture has line, band and marks where they belong', () => {
  const samples = Array.from({ length: 41 }, (_, i) => ({
    value: i === 40 ? 100 : 50,
    lower: 40,
    upper: 60,
  }))
  const { width, height, pixels } = pixelsOf(chartOf(samples) as Buffer)
  expect({ width, height }).toEqual(chartSize)
  const at = (x: number, y: number): number | undefined => pixels[y]?.[x]
  expect(at(0, 0)).toBe(0)
  // 40 to 100 from the bottom to the top: 50 is a sixth up, 60 a third.
  const y = (value: number): number => Math.round(6 + (1 - (value - 40) / 60) * 127)
  expect(at(100, y(50))).toBe(2)
  expect(at(100, y(57))).toBe(1)
  expect(at(100, y(70))).toBe(0)
  expect(at(473, y(100))).toBe(3)
  expect(pixels.flat().filter((colour) => colour === 3)).toHaveLength(49)
})

test('samples without a band, alike, or too few', () => {
  const none = { lower: NaN, upper: NaN }
  expect(chartOf([])).toBeUndefined()
  expect(chartOf([{ value: 1, ...none }])).toBeUndefined()
  const { pixels } = pixelsOf(
    chartOf([
      { value: 1, ...none },
      { value: 1, ...none },
    ]) as Buffer,
  )
  expect(new Set(pixels.flat())).toEqual(new Set([0, 2]))
  expect(
    chartOf([
      { value: 0, lower: -Infinity, upper: Infinity },
      { value: 1e300, ...none },
    ]),
  ).toBeDefined()
})

test('the last samples of each series are kept, each once', () => {
  const recent = new RecentSamples(10)
  for (let i = 0; i < 200; i++) recent.add(scoreReport({ value: i, timestampMs: i }))
  recent.add(scoreReport({ value: 7, timestampMs: 199 }))
  const samples = recent.of('cpu{host="a"}')
  expect(samples).toHaveLength(samplesMax)
  expect(samples.at(0)?.value).toBe(40)
  expect(samples.at(-1)).toEqual({ value: 199, lower: 180, upper: 260 })
  expect(recent.of('other')).toEqual([])
})

test('a full house takes a new series only for one that is silent for an hour', () => {
  const recent = new RecentSamples(2)
  const add = (name: string, timestampMs: number): void => {
    recent.add(scoreReport({ labels: Labels.named(name), timestampMs }))
  }
  add('a', 0)
  add('b', 1000)
  add('c', 3_599_999)
  expect(recent.of('c')).toEqual([])
  add('c', 3_600_000)
  expect([recent.of('a').length, recent.of('b').length, recent.of('c').length]).toEqual([0, 1, 1])
})
