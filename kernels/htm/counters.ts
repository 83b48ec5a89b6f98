/**
 * Many small counters in few words: bit-sliced counting, 128 counters at a time.
 *
 * Bit c of plane p is bit p of counter c; a plane has a bit for each column. Adding a row of bits
 * is a ripple of carries through a handful of planes, and finding the k largest counters is a walk
 * from the highest plane down.
 *
 *   plane 0   0 1 1 0 …     counter 1 = 1·1 + 2·0 + 4·1 = 5
 *   plane 1   0 0 1 1 …
 *   plane 2   1 1 0 0 …
 *
 * Source: the carry-save idea of Harley and Seal (Warren, Hacker's Delight, 5-1), applied per lane.
 */

import { bitsBytes, chosen, tied } from './state'

/** Adds one to the counters whose bit is set in the row. */
export function addRow(planes: usize, row: usize): void {
  for (let at: usize = 0; at < bitsBytes; at += 16) {
    let carry = v128.load(row + at)
    let p = planes + at
    while (v128.any_true(carry)) {
      const plane = v128.load(p)
      v128.store(p, v128.xor(plane, carry))
      carry = v128.and(carry, plane)
      p += bitsBytes
    }
  }
}

/** Takes one from the counters whose bit is set; none of them may be zero. */
export function subtractRow(planes: usize, row: usize): void {
  for (let at: usize = 0; at < bitsBytes; at += 16) {
    let borrow = v128.load(row + at)
    let p = planes + at
    while (v128.any_true(borrow)) {
      const plane = v128.load(p)
      v128.store(p, v128.xor(plane, borrow))
      borrow = v128.andnot(borrow, plane)
      p += bitsBytes
    }
  }
}

/** Adds one to a single counter. */
export function increment(planes: usize, lane: u32): void {
  let carry: u32 = 1 << (lane & 31)
  for (let at = planes + ((lane >>> 5) << 2); carry !== 0; at += bitsBytes) {
    const plane = load<u32>(at)
    store<u32>(at, plane ^ carry)
    carry &= plane
  }
}

/** The count of one lane. */
export function countOf(planes: usize, lane: u32, planeCount: u32): u32 {
  let count: u32 = 0
  let at = planes + ((lane >>> 5) << 2)
  for (let p: u32 = 0; p < planeCount; p++) {
    count |= ((load<u32>(at) >>> (lane & 31)) & 1) << p
    at += bitsBytes
  }
  return count
}

/** Sets the bit of every lane that counts at least one. */
export function writeNonZero(planes: usize, planeCount: u32, into: usize): void {
  for (let at: usize = 0; at < bitsBytes; at += 16) {
    let any = v128.load(planes + at)
    for (let p: u32 = 1; p < planeCount; p++) {
      any = v128.or(any, v128.load(planes + at + p * bitsBytes))
    }
    v128.store(into + at, any)
  }
}

/**
 * Writes the `k` lanes with the largest counts (u16, ascending); among equal counts at the edge the
 * lower lane wins.
 */
export function writeLargest(planes: usize, planeCount: u32, k: u32, into: usize): void {
  memory.fill(chosen, 0, bitsBytes)
  memory.fill(tied, 255, bitsBytes)
  let chosenCount: u32 = 0
  for (let p = <i32>planeCount - 1; p >= 0; p--) {
    const plane = planes + <u32>p * bitsBytes
    let high: u32 = 0
    for (let at: usize = 0; at < bitsBytes; at += 8) {
      high += <u32>popcnt<u64>(load<u64>(tied + at) & load<u64>(plane + at))
    }
    if (chosenCount + high > k) {
      for (let at: usize = 0; at < bitsBytes; at += 16) {
        v128.store(tied + at, v128.and(v128.load(tied + at), v128.load(plane + at)))
      }
      continue
    }
    chosenCount += high
    for (let at: usize = 0; at < bitsBytes; at += 16) {
      const bits = v128.load(plane + at)
      const open = v128.load(tied + at)
      v128.store(chosen + at, v128.or(v128.load(chosen + at), v128.and(open, bits)))
      v128.store(tied + at, v128.andnot(open, bits))
    }
  }
  writeLanes(k - chosenCount, into)
}

/** The chosen lanes and, from the lowest on, as many of the tied ones as are missing. */
function writeLanes(wanted: u32, into: usize): void {
  let missing = wanted
  for (let at: usize = 0; at < bitsBytes; at += 8) {
    let open: u64 = missing > 0 ? load<u64>(tied + at) : 0
    let count = <u32>popcnt<u64>(open)
    for (; count > missing; count--) open &= ~((<u64>1 << 63) >>> clz<u64>(open))
    missing -= count
    for (let word = load<u64>(chosen + at) | open; word !== 0; word &= word - 1) {
      store<u16>(into, <u32>(at << 3) + <u32>ctz<u64>(word))
      into += 2
    }
  }
}
