/**
 * Segments and their synapses.
 *
 *   segment: last use u32 │ synapses u8 │ mark u8 │ · · │ sources u16 … │ permanences u16 …
 *
 * Synapses stand without gaps and in no order; a segment without any is free. Of every segment two
 * things stand apart, by number, where they are scanned: its cell, and its excitement, the excited
 * synapses in the low byte and those of them that are connected in the high byte.
 */

import { classBytes, classOf, give, take, takeFresh } from './blocks'
import { entryOf, ignore, listen, madeEntry, segmentsOn, setSegmentsOn } from './listeners'
import {
  activationThreshold,
  cellConnected,
  chunks,
  matchingThreshold,
  permanencesOffset,
  segmentBytes,
  segmentsMax,
  sourcesOffset,
} from './state'

const chunkSegments: u32 = 64

/** One past the highest number in use. */
export let end: u32 = 0
export let count: u32 = 0
export let synapses: u32 = 0
let lowestFree: u32 = 0

/** Cell and excitement by number (u16). */
export let cells: usize = 0
export let excitement: usize = 0
/** Numbers of segments (u16): matching, active, and those that are to learn. */
export let matching: usize = 0
export let active: usize = 0
export let learners: usize = 0
export let matchingCount: u32 = 0
export let activeSegments: u32 = 0
let capacity: u32 = 0
let sizeClass: u32 = 0

export function addressOf(segment: u32): usize {
  const chunk = load<u32>(chunks + ((segment >>> 6) << 2))
  return chunk + (segment & (chunkSegments - 1)) * segmentBytes
}

export function synapsesOf(segment: u32): u32 {
  return load<u8>(addressOf(segment), 4)
}

/** Makes room for segments up to a number. */
export function reserve(numbers: u32): void {
  for (let first = (capacityOfChunks() >>> 6) << 6; first < numbers; first += chunkSegments) {
    const segmentsLeft = min<u32>(chunkSegments, segmentsMax - first)
    store<u32>(chunks + ((first >>> 6) << 2), takeFresh(segmentsLeft * segmentBytes))
    chunked = first + chunkSegments
  }
  if (numbers <= capacity) return
  const larger = classOf(numbers << 1)
  cells = moved(cells, larger)
  excitement = moved(excitement, larger)
  matching = moved(matching, larger)
  active = moved(active, larger)
  learners = moved(learners, larger)
  sizeClass = larger
  capacity = classBytes(larger) >>> 1
}

let chunked: u32 = 0

function capacityOfChunks(): u32 {
  return chunked
}

function moved(numbers: usize, larger: u32): usize {
  const block = take(larger)
  memory.fill(block, 0, classBytes(larger))
  if (capacity === 0) return block
  memory.copy(block, numbers, capacity << 1)
  give(numbers, sizeClass)
  return block
}

/** Takes the lowest free number for a new segment without synapses. */
export function open(cell: u32, record: u32): u32 {
  let segment = end
  if (count < end) {
    segment = lowestFree
    while (synapsesOf(segment) !== 0) segment++
    lowestFree = segment + 1
  }
  openAt(segment, cell, record)
  return segment
}

/** Opens a segment under a number that is free. */
export function openAt(segment: u32, cell: u32, record: u32): void {
  reserve(segment + 1)
  end = max<u32>(end, segment + 1)
  count++
  store<u16>(cells + (segment << 1), cell)
  const at = addressOf(segment)
  store<u32>(at, record)
  store<u8>(at, 0, 4)
  store<u8>(at, 1, 5)
  const entry = madeEntry(cell)
  setSegmentsOn(entry, segmentsOn(entry) + 1)
}

/** Frees a segment and all its synapses. */
export function close(segment: u32): void {
  const at = addressOf(segment)
  for (let k: u32 = load<u8>(at, 4); k > 0; k--) {
    ignore(load<u16>(at + sourcesOffset + ((k - 1) << 1)), segment)
    synapses--
  }
  store<u8>(at, 0, 4)
  free(segment)
}

/** Notes that a segment has lost its last synapse. */
export function free(segment: u32): void {
  store<u16>(excitement + (segment << 1), 0)
  const entry = entryOf(load<u16>(cells + (segment << 1)))
  setSegmentsOn(entry, segmentsOn(entry) - 1)
  count--
  if (segment < lowestFree) lowestFree = segment
}

/** A synapse more; the segment has room. */
export function addSynapse(segment: u32, source: u32, permanence: u32): void {
  const at = addressOf(segment)
  const place: u32 = load<u8>(at, 4)
  store<u8>(at, place + 1, 4)
  store<u16>(at + sourcesOffset + (place << 1), source)
  store<u16>(at + permanencesOffset + (place << 1), permanence)
  listen(source, segment, permanence >= cellConnected)
  synapses++
}

/** Counts a synapse that was read back. */
export function noteSynapse(): void {
  synapses++
}

/** Takes a synapse away; the last one moves to its place. */
export function removeSynapse(segment: u32, place: u32): void {
  const at = addressOf(segment)
  const last: u32 = load<u8>(at, 4) - 1
  const source = at + sourcesOffset
  const permanence = at + permanencesOffset
  ignore(load<u16>(source + (place << 1)), segment)
  store<u16>(source + (place << 1), load<u16>(source + (last << 1)))
  store<u16>(permanence + (place << 1), load<u16>(permanence + (last << 1)))
  store<u8>(at, last, 4)
  synapses--
}

/** Nothing is excited any more. */
export function calmAll(): void {
  memory.fill(excitement, 0, end << 1)
}

/** Lists the segments that match and those that are active, by ascending number. */
export function listExcited(): void {
  matchingCount = 0
  activeSegments = 0
  const low = i16x8.splat(0xff)
  const matches = i16x8.splat(<i16>matchingThreshold)
  const acts = i16x8.splat(<i16>(activationThreshold << 8))
  for (let first: u32 = 0; first < end; first += 8) {
    const counts = v128.load(excitement + (first << 1))
    if (!v128.any_true(counts)) continue
    const match = i16x8.ge_u(v128.and(counts, low), matches)
    const act = i16x8.ge_u(counts, acts)
    if (!v128.any_true(v128.or(match, act))) continue
    for (let lanes = i16x8.bitmask(match); lanes !== 0; lanes &= lanes - 1) {
      store<u16>(matching + (matchingCount++ << 1), first + ctz<u32>(lanes))
    }
    for (let lanes = i16x8.bitmask(act); lanes !== 0; lanes &= lanes - 1) {
      store<u16>(active + (activeSegments++ << 1), first + ctz<u32>(lanes))
    }
  }
}
