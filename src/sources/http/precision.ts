/**
 * Timestamps of line protocol in the unit that a request names, written as nanoseconds.
 *
 *   precision=ms    cpu usage=3 1700000000123    →    cpu usage=3 1700000000123000000
 *
 * The unit is in the address of the request and not in its bytes, and bytes are all that is kept of
 * it. A timestamp is the last word of a line where that is a whole number; everything else stays as
 * it is, to the byte. It is padded to 19 digits, so that its magnitude says nanoseconds.
 */

/** Nanoseconds in a unit, by InfluxDB's names: `n`, `u`, `m`, `h` are of version 1. */
const nanosecondsOf: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['n', 1n],
  ['us', 1_000n],
  ['u', 1_000n],
  ['µ', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
])

/** Digits of today's time in nanoseconds. */
const nanosecondDigits = 19

/** The names of units that requests may use. */
export const precisions: readonly string[] = [...nanosecondsOf.keys()]

/** A whole number that ends a line; what is longer than this is no time. */
const lineTimestamp = / (-?)(\d{1,19})(?=[ \t]*\r?(?:\n|$))/g

/** The lines with timestamps in nanoseconds; undefined where the unit is not known. Linear. */
export function inNanoseconds(lines: Uint8Array, precision: string): Uint8Array | undefined {
  const factor = nanosecondsOf.get(precision)
  if (factor === undefined) return undefined
  if (factor === 1n) return lines
  const text = Buffer.from(lines.buffer, lines.byteOffset, lines.length).toString('latin1')
  const written = text.replace(lineTimestamp, (_, sign: string, digits: string) => {
    return ` ${sign}${(BigInt(digits) * factor).toString().padStart(nanosecondDigits, '0')}`
  })
  return Buffer.from(written, 'latin1')
}
