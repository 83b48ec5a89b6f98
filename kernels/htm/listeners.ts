/**
 * Which segments listen to a cell: the way from a presynaptic cell to the segments that it excites.
 *
 * A column has one entry for each of its cells that somebody listens to or that holds segments, in
 * ascending order; `knownWords` says which. A cell's listeners are segment numbers in one block,
 * those over a connected synapse first, so that exciting them is one walk without a question:
 *
 *   entry: block u32 │ listeners u16 │ connected u16 │ size class u8 │ segments on the cell u8
 *   block: segment segment segment │ segment segment · · ·
 *          connected                 not connected     free
 *
 * A segment has one synapse to a cell at most. Cells are column × 32 + offset.
 */

import { classBytes, classOf, give, take } from './blocks'
import { entriesOf, entryClasses, knownWords } from './state'

const entryBytes: u32 = 12
const smallestBlock: u32 = 0

/** The entry of a cell, or 0. */
export function entryOf(cell: u32): usize {
  const column = cell >>> 5
  const known = load<u32>(knownWords + (column << 2))
  const bit: u32 = 1 << (cell & 31)
  if ((known & bit) === 0) return 0
  return load<u32>(entriesOf + (column << 2)) + popcnt<u32>(known & (bit - 1)) * entryBytes
}

/** The entry of a cell, made if there is none. Moves the entries of its column. */
export function madeEntry(cell: u32): usize {
  const found = entryOf(cell)
  if (found !== 0) return found
  const column = cell >>> 5
  const known = load<u32>(knownWords + (column << 2))
  const bit: u32 = 1 << (cell & 31)
  const count: u32 = popcnt<u32>(known)
  const place: u32 = popcnt<u32>(known & (bit - 1))
  const entries = roomyEntries(column, count)
  const entry = entries + place * entryBytes
  memory.copy(entry + entryBytes, entry, (count - place) * entryBytes)
  memory.fill(entry, 0, entryBytes)
  store<u32>(knownWords + (column << 2), known | bit)
  return entry
}

/** The entries of a column with room for one more. */
function roomyEntries(column: u32, count: u32): usize {
  const entries = load<u32>(entriesOf + (column << 2))
  const size: u32 = load<u8>(entryClasses + column)
  const bytes = (count + 1) * entryBytes
  if (count > 0 && bytes <= classBytes(size)) return entries
  const larger = classOf(bytes)
  const moved = take(larger)
  if (count > 0) {
    memory.copy(moved, entries, count * entryBytes)
    give(entries, size)
  }
  store<u32>(entriesOf + (column << 2), moved)
  store<u8>(entryClasses + column, larger)
  return moved
}

export function blockOf(entry: usize): usize {
  return load<u32>(entry)
}

export function listenerCount(entry: usize): u32 {
  return load<u16>(entry, 4)
}

export function connectedCount(entry: usize): u32 {
  return load<u16>(entry, 6)
}

export function segmentsOn(entry: usize): u32 {
  return load<u8>(entry, 9)
}

export function setSegmentsOn(entry: usize, count: u32): void {
  store<u8>(entry, count, 9)
}

/** Notes that a segment listens to a cell. */
export function listen(cell: u32, segment: u32, connected: bool): void {
  const entry = madeEntry(cell)
  const count = listenerCount(entry)
  const size: u32 = load<u8>(entry, 8)
  if (count === 0) {
    store<u32>(entry, take(smallestBlock))
    store<u8>(entry, smallestBlock, 8)
  } else if (count << 1 === classBytes(size)) {
    const larger = take(size + 1)
    memory.copy(larger, blockOf(entry), count << 1)
    give(blockOf(entry), size)
    store<u32>(entry, larger)
    store<u8>(entry, size + 1, 8)
  }
  const block = blockOf(entry)
  store<u16>(block + (count << 1), segment)
  store<u16>(entry, count + 1, 4)
  if (!connected) return
  const boundary = connectedCount(entry)
  swap(block, boundary, count)
  store<u16>(entry, boundary + 1, 6)
}

/** Forgets that a segment listens to a cell. */
export function ignore(cell: u32, segment: u32): void {
  const entry = entryOf(cell)
  const block = blockOf(entry)
  const last = listenerCount(entry) - 1
  let place = placeOf(block, segment)
  const boundary = connectedCount(entry)
  if (place < boundary) {
    swap(block, place, boundary - 1)
    place = boundary - 1
    store<u16>(entry, place, 6)
  }
  store<u16>(block + (place << 1), load<u16>(block + (last << 1)))
  store<u16>(entry, last, 4)
  if (last > 0) return
  give(block, load<u8>(entry, 8))
  store<u32>(entry, 0)
}

/** Notes that a synapse between the two has become connected, or no longer is. */
export function setConnected(cell: u32, segment: u32, connected: bool): void {
  const entry = entryOf(cell)
  const block = blockOf(entry)
  const boundary = connectedCount(entry)
  const place = placeOf(block, segment)
  swap(block, place, connected ? boundary : boundary - 1)
  store<u16>(entry, connected ? boundary + 1 : boundary - 1, 6)
}

function swap(block: usize, a: u32, b: u32): void {
  const segment = load<u16>(block + (a << 1))
  store<u16>(block + (a << 1), load<u16>(block + (b << 1)))
  store<u16>(block + (b << 1), segment)
}

/** Where in a block a segment stands that is in it. */
function placeOf(block: usize, segment: u32): u32 {
  const wanted = i16x8.splat(<i16>segment)
  let place: u32 = 0
  let found = i16x8.eq(v128.load(block), wanted)
  while (!v128.any_true(found)) {
    place += 8
    found = i16x8.eq(v128.load(block + (place << 1)), wanted)
  }
  return place + ctz<u32>(i16x8.bitmask(found))
}
