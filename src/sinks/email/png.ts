/**
 * A picture of few colours as PNG.
 *
 *   signature · IHDR · PLTE · IDAT (zlib of rows, each behind a filter byte of 0) · IEND
 *
 * Source: W3C, Portable Network Graphics (PNG) Specification, third edition, 5 and 11.2.
 */

import { crc32, deflateSync } from 'node:zlib'

/** Red, green, blue; each 0 to 255. */
export type Colour = readonly [number, number, number]

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const bitDepth = 8
const colourTypeIndexed = 3

/** `pixels`: rows from the top, each a number into `palette` (256 colours at most). */
export function pngOf(
  pixels: Uint8Array,
  size: { readonly width: number; readonly height: number },
  palette: readonly Colour[],
): Buffer {
  const { width, height } = size
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = bitDepth
  header[9] = colourTypeIndexed
  const rows = Buffer.alloc(height * (width + 1))
  for (let y = 0; y < height; y++) {
    rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1)
  }
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flat())),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, body: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), body])
  const framed = Buffer.alloc(typed.length + 8)
  framed.writeUInt32BE(body.length, 0)
  typed.copy(framed, 4)
  framed.writeUInt32BE(crc32(typed), typed.length + 4)
  return framed
}
