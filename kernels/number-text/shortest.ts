/**
 * The shortest decimal number that is read back as the same double; of several the nearest.
 *
 *   double = c · 2^q      every number between (c - 1/2) · 2^q and (c + 1/2) · 2^q is read as it
 *   decimal = d · 10^k    k is so small that at least one d · 10^k lies between those two
 *
 * The three numbers 4c - 2, 4c, 4c + 2 are multiplied by 2^q / 10^k, with 10^-k to 128 bits, and
 * what is lost below the unit is kept as a last bit that is odd. Whether d, d + 1 or a ten of them
 * lies between the bounds can then be told from whole numbers.
 *
 * Source: Giulietti 2020, "The Schubfach way to render doubles", sections 8 and 9.
 */

/** Where the host writes 10^-292 … 10^324: 128 bits each, rounded up, the low word first. */
export const powersAt: usize = 64
const powerMin: i32 = -292

/** Digits and exponent that `shorten` found. */
export let digits: u64 = 0
export let exponent: i32 = 0

/** Finds `digits` · 10^`exponent` for a finite double above zero. Zeros at the end may be there. */
export function shorten(bits: u64): void {
  const fraction = bits & 0x000f_ffff_ffff_ffff
  const biased = <i32>((bits >> 52) & 0x7ff)
  const c = biased != 0 ? fraction | 0x0010_0000_0000_0000 : fraction
  const q = biased != 0 ? biased - 1075 : -1074
  // Below a power of two the doubles lie twice as close.
  const uneven: bool = fraction == 0 && biased > 1
  const odd = c & 1
  const lower = 4 * c - 2 + (uneven ? 1 : 0)
  const k = (q * 1262611 - (uneven ? 524031 : 0)) >> 22
  const shift = <u64>(q + ((-k * 1741647) >> 19) + 1)
  const power = powersAt + (<usize>(-k - powerMin) << 4)
  const low = load<u64>(power)
  const high = load<u64>(power, 8)
  const least = scaled(high, low, lower << shift) + odd
  const here = scaled(high, low, (4 * c) << shift)
  const most = scaled(high, low, (4 * c + 2) << shift) - odd
  const s = here >> 2
  if (s >= 10) {
    const tens = s / 10
    const downFits: bool = least <= 40 * tens
    const upFits: bool = 40 * tens + 40 <= most
    if (downFits != upFits) {
      digits = tens + (upFits ? 1 : 0)
      exponent = k + 1
      return
    }
  }
  const downFits: bool = least <= 4 * s
  const upFits: bool = 4 * s + 4 <= most
  exponent = k
  if (downFits != upFits) {
    digits = s + (upFits ? 1 : 0)
    return
  }
  const middle = 4 * s + 2
  digits = s + (here > middle || (here == middle && (s & 1) != 0) ? 1 : 0)
}

/** (high : low) · factor / 2^128, and its last bit set where anything was left over. */
// @ts-ignore: a decorator of the compiler.
@inline
function scaled(high: u64, low: u64, factor: u64): u64 {
  const middle = high * factor
  const sum = middle + upperHalf(low, factor)
  const top = upperHalf(high, factor) + (sum < middle ? 1 : 0)
  return top | (sum > 1 ? 1 : 0)
}

/** The upper 64 bits of a product of 128. */
// @ts-ignore: a decorator of the compiler.
@inline
function upperHalf(a: u64, b: u64): u64 {
  const a0 = a & 0xffff_ffff
  const a1 = a >> 32
  const b0 = b & 0xffff_ffff
  const b1 = b >> 32
  const cross = a1 * b0 + ((a0 * b0) >> 32)
  const other = a0 * b1 + (cross & 0xffff_ffff)
  return a1 * b1 + (cross >> 32) + (other >> 32)
}
