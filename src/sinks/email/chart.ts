/**
 * A small picture of a series: its last samples as a line, what was expected as a band behind it,
 * samples outside of their band as red marks. Linear between the smallest and the greatest number.
 */

import { pngOf } from './png.ts'
import type { Colour } from './png.ts'
import type { PictureSample } from './recent-samples.ts'

/** Pixels. */
export const chartSize = { width: 480, height: 140 } as const
const marginPixels = 6
const markPixels = 3

/** By what is drawn; the numbers of the pixels. */
const palette: readonly Colour[] = [
  [255, 255, 255],
  [219, 231, 246],
  [37, 99, 175],
  [200, 30, 40],
]
const ground = 0
const band = 1
const line = 2
const mark = 3

interface Scale {
  x(index: number): number
  y(value: number): number
}

/** The picture as PNG; undefined where there are too few samples for one. */
export function chartOf(samples: readonly PictureSample[]): Buffer | undefined {
  const numbers = samples.flatMap(({ value, lower, upper }) => [value, lower, upper])
  const finite = numbers.filter((number) => Number.isFinite(number))
  const known = samples.filter(({ value }) => Number.isFinite(value))
  if (known.length < 2) return undefined
  const scale = scaleOf(Math.min(...finite), Math.max(...finite), known.length)
  const pixels = new Uint8Array(chartSize.width * chartSize.height).fill(ground)
  known.forEach(({ lower, upper }, i) => {
    if (Number.isFinite(lower) && Number.isFinite(upper)) drawBand(pixels, scale, i, lower, upper)
  })
  known.slice(1).forEach(({ value }, i) => {
    drawLine(
      pixels,
      [scale.x(i), scale.y(known[i]?.value ?? value)],
      [scale.x(i + 1), scale.y(value)],
    )
  })
  known.forEach(({ value, lower, upper }, i) => {
    if (value < lower || value > upper) fill(pixels, scale.x(i), scale.y(value), markPixels, mark)
  })
  return pngOf(pixels, chartSize, palette)
}

function scaleOf(least: number, most: number, count: number): Scale {
  const width = chartSize.width - 1 - 2 * marginPixels
  const height = chartSize.height - 1 - 2 * marginPixels
  const range = most - least
  return {
    x: (index) => marginPixels + Math.round((index / (count - 1)) * width),
    y: (value) => {
      const share = range > 0 ? (value - least) / range : 0.5
      return marginPixels + Math.round((1 - share) * height)
    },
  }
}

/** From half way to the sample before to half way to the one behind. */
function drawBand(pixels: Uint8Array, scale: Scale, i: number, lower: number, upper: number): void {
  const half = Math.ceil((scale.x(1) - scale.x(0)) / 2)
  for (let x = scale.x(i) - half; x <= scale.x(i) + half; x++) {
    for (let y = scale.y(upper); y <= scale.y(lower); y++) set(pixels, x, y, band)
  }
}

type Place = readonly [number, number]

function drawLine(pixels: Uint8Array, [fromX, fromY]: Place, [toX, toY]: Place): void {
  const steps = Math.max(Math.abs(toX - fromX), Math.abs(toY - fromY), 1)
  for (let i = 0; i <= steps; i++) {
    const x = Math.round(fromX + ((toX - fromX) * i) / steps)
    const y = Math.round(fromY + ((toY - fromY) * i) / steps)
    fill(pixels, x, y, 1, line)
  }
}

function fill(pixels: Uint8Array, x: number, y: number, around: number, colour: number): void {
  for (let dy = -around; dy <= around; dy++) {
    for (let dx = -around; dx <= around; dx++) set(pixels, x + dx, y + dy, colour)
  }
}

function set(pixels: Uint8Array, x: number, y: number, colour: number): void {
  if (x < 0 || y < 0 || x >= chartSize.width || y >= chartSize.height) return
  pixels[y * chartSize.width + x] = colour
}
