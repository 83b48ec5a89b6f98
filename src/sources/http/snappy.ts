/**
 * Unpacks a Snappy block, as Prometheus sends it. Frames (a stream of blocks) are another format.
 *
 *   block   = length { element }                    length: varint of the unpacked bytes
 *   element = literal: 00 in the low two bits of its tag, length - 1 above or in 1 to 4 bytes
 *           | copy of what was unpacked before: 01, 10, 11 with an offset of 11, 16 or 32 bits
 *
 * A copy may overlap what it writes: it then repeats. The length is known before anything is
 * unpacked, so the bound holds before memory is taken; what is unpacked must have that length
 * exactly. Linear in the unpacked bytes.
 *
 * Source: Snappy, "format_description.txt".
 */

const more = 0x80
const sevenBits = 0x7f
/** The length of a block is below 2^32: five bytes of seven bits. */
const lengthBytesMax = 5
/** Lengths of literals from here on stand in bytes of their own. */
const shortLiteralMax = 60

/** Why a block cannot be unpacked. */
export type SnappyFault = 'too large' | 'broken'

/** The unpacked bytes, or why there are none. */
export function unpackedSnappy(packed: Uint8Array, bytesMax: number): Uint8Array | SnappyFault {
  let at = 0
  let length = 0
  for (let factor = 1; ; factor *= 128) {
    const byte = packed[at++]
    if (byte === undefined || at > lengthBytesMax) return 'broken'
    length += (byte & sevenBits) * factor
    if (!(byte & more)) break
  }
  if (length > bytesMax) return 'too large'
  const unpacked = new Uint8Array(length)
  const end = packed.length
  let to = 0
  while (at < end) {
    const tag = packed[at++] as number
    const kind = tag & 3
    let count = (tag >>> 2) + 1
    if (kind === 0) {
      if (count > shortLiteralMax) {
        const bytes = count - shortLiteralMax
        if (at + bytes > end) return 'broken'
        count = littleEndian(packed, at, bytes) + 1
        at += bytes
      }
      if (at + count > end || to + count > length) return 'broken'
      copyForward(packed, at, unpacked, to, count)
      at += count
    } else {
      const bytes = kind === 3 ? 4 : kind
      if (at + bytes > end) return 'broken'
      let offset = littleEndian(packed, at, bytes)
      if (kind === 1) {
        offset += (tag >>> 5) << 8
        count = ((tag >>> 2) & 7) + 4
      }
      at += bytes
      if (offset === 0 || offset > to || to + count > length) return 'broken'
      copyForward(unpacked, to - offset, unpacked, to, count)
    }
    to += count
  }
  return to === length ? unpacked : 'broken'
}

function littleEndian(bytes: Uint8Array, at: number, count: number): number {
  let value = 0
  for (let i = count - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] as number)
  return value
}

/** Byte by byte, so that what was just written is read again where the two overlap. */
function copyForward(
  from: Uint8Array,
  fromAt: number,
  to: Uint8Array,
  toAt: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) to[toAt + i] = from[fromAt + i] as number
}
