/**
 * A stream of bits to and from the host, lowest bit first, in pieces of some kilobytes.
 *
 * A number of unknown size is exp-Golomb coded: with q = (value >> k) + 1 of n bits, n - 1 zeros
 * and a one, the n - 1 low bits of q, then the k low bits of the value.
 */

import { takeFresh } from './blocks'

/** Takes the bytes away. */
@external('host', 'emit')
declare function emit(at: usize, bytes: u32): void

/** Writes up to so many of the bytes that follow to an address; returns how many, 0 at the end. */
@external('host', 'refill')
declare function refill(at: usize, bytesMax: u32): u32

const pieceBytes: u32 = 2048

let piece: usize = 0
let at: usize = 0
let end: usize = 0
let held: u64 = 0
let heldBits: u32 = 0
let padBits: u32 = 0
/** Set once what was read cannot be right. */
export let damaged: bool = false

export function setDamaged(): void {
  damaged = true
}

/** Starts a stream in either direction. */
export function startBits(): void {
  if (piece === 0) piece = takeFresh(pieceBytes + 16)
  at = piece
  end = piece
  held = 0
  heldBits = 0
  padBits = 0
  damaged = false
}

/** The low `count` bits of a value, at most 32; the others must be 0. */
export function put(value: u32, count: u32): void {
  held |= <u64>value << heldBits
  heldBits += count
  if (heldBits < 32) return
  store<u32>(at, <u32>held)
  at += 4
  held >>>= 32
  heldBits -= 32
  if (at === piece + pieceBytes) emitPiece()
}

export function putNumber(value: u32, k: u32): void {
  putMarked(0, 0, value, k)
}

/** A mark of so many bits, then a number. */
export function putMarked(mark: u32, markBits: u32, value: u32, k: u32): void {
  const q = (value >>> k) + 1
  const length: u32 = 32 - clz<u32>(q)
  const top: u32 = 1 << (length - 1)
  const low = value & ((1 << k) - 1)
  const bits = markBits + (length << 1) - 1 + k
  if (bits <= 32) {
    const code = top | ((q ^ top) << length)
    put(mark | (code << markBits) | (low << (bits - k)), bits)
    return
  }
  put(mark, markBits)
  put(top, length)
  put(q ^ top, length - 1)
  put(low, k)
}

/** Words of memory as they are. */
export function putWords(from: usize, bytes: u32): void {
  for (let offset: u32 = 0; offset < bytes; offset += 4) put(load<u32>(from + offset), 32)
}

function emitPiece(): void {
  emit(piece, <u32>(at - piece))
  at = piece
}

/** Writes what is still held. */
export function endBits(): void {
  put(0, (32 - heldBits) & 31)
  emitPiece()
}

/** Past the end come zeros, for a while; `endedWell` says whether any of them was used. */
function pad(): void {
  end = at
  padBits += 32
  heldBits += 32
  if (padBits > 65536) damaged = true
}

export function endedWell(): bool {
  return !damaged && heldBits >= padBits
}

function fill(): void {
  while (heldBits <= 32) {
    if (at === end) {
      at = piece
      const bytes = refill(piece, pieceBytes)
      if (bytes === 0) {
        pad()
        continue
      }
      // The stream is whole words; a torn last one is padded.
      store<u32>(piece + bytes, 0)
      end = piece + ((bytes + 3) & ~3)
    }
    held |= <u64>load<u32>(at) << heldBits
    at += 4
    heldBits += 32
  }
}

/** The next `count` bits, at most 32. */
export function get(count: u32): u32 {
  if (heldBits < count) fill()
  const value = <u32>(held & ((<u64>1 << count) - 1))
  held >>>= count
  heldBits -= count
  return value
}

/** A number of `count` bits that may not reach a bound; 0 and damaged where it does. */
export function getBelow(count: u32, bound: u32): u32 {
  const value = get(count)
  if (value < bound) return value
  damaged = true
  return 0
}

export function getNumber(k: u32): u32 {
  if (heldBits <= 32) fill()
  const zeros = <u32>ctz<u64>(held | (<u64>1 << 32))
  if (zeros > 31) {
    damaged = true
    return 0
  }
  held >>>= zeros + 1
  heldBits -= zeros + 1
  const q = (1 << zeros) | get(zeros)
  return ((q - 1) << k) | get(k)
}

export function getNumberBelow(k: u32, bound: u32): u32 {
  const value = getNumber(k)
  if (value < bound) return value
  damaged = true
  return 0
}

export function getWords(into: usize, bytes: u32): void {
  for (let offset: u32 = 0; offset < bytes; offset += 4) store<u32>(into + offset, get(32))
}
