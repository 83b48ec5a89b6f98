/**
 * How segments learn, grow and give way to others.
 *
 * New synapses go to winners of the last record, drawn at random from stream (seed, record,
 * segment): for k = 0, 1, … one draw j = k + below(candidates - k) takes candidate j, and candidate
 * k moves to its place. A full segment first gives up synapses to cells that were not active, the
 * weakest first. A full cell closes the segment that was used longest ago; a full memory one that
 * was not used since the hand of a clock last passed (Corbató 1968, second chance).
 *
 * `adapt`, `grow` and `recount` follow one another on one segment: the first leaves in
 * `excitedBits`, a bit a synapse, which of them are excited, and the others keep it true.
 */

import { classBytes, classOf, give, take } from './blocks'
import { drawBelow, nextState, streamState } from './draws'
import { setConnected } from './listeners'
import { record, winnerCells, winnerCount } from './memory'
import {
  addressOf,
  addSynapse,
  cells,
  close,
  end,
  excitement,
  free,
  removeSynapse,
  synapsesOf,
} from './segments'
import {
  activeWords,
  cellConnected,
  excitedBits,
  initial,
  permanenceOne,
  permanencesOffset,
  seed,
  segmentsMax,
  sourcesOffset,
  synapsesMax,
  winnerWords,
} from './state'

/** The segment that the clock looks at next. */
export let hand: u32 = 0

export function setHand(value: u32): void {
  hand = value
}

/**
 * Moves the permanences of excited and other synapses; those that reach 0 vanish. False, and the
 * segment freed, if none is left though there were some.
 */
export function adapt(segment: u32, excitedChange: i32, otherChange: i32): bool {
  const at = addressOf(segment)
  const synapses: u32 = load<u8>(at, 4)
  const gains = i16x8.splat(<i16>excitedChange)
  const losses = i16x8.splat(<i16>otherChange)
  const connected = i16x8.splat(<i16>cellConnected)
  const places = i16x8(1, 2, 4, 8, 16, 32, 64, 128)
  const nothing = i16x8.splat(0)
  v128.store(excitedBits, nothing)
  let anyGone = false
  for (let first: u32 = 0; first < synapses; first += 8) {
    const bits = excitedAmong(at + sourcesOffset + (first << 1), min<u32>(8, synapses - first))
    store<u8>(excitedBits + (first >>> 3), bits)
    const from = at + permanencesOffset + (first << 1)
    const mask = i16x8.eq(v128.and(i16x8.splat(<i16>bits), places), places)
    const before = v128.load(from)
    const moved = i16x8.add(before, v128.bitselect(gains, losses, mask))
    const after = i16x8.min_s(moved, i16x8.splat(<i16>permanenceOne))
    v128.store(from, after)
    const valid: u32 = synapses - first < 8 ? (1 << (synapses - first)) - 1 : 0xff
    const gone = <u32>i16x8.bitmask(i16x8.le_s(after, nothing)) & valid
    const crossed = v128.xor(i16x8.ge_s(before, connected), i16x8.ge_s(after, connected))
    if (gone !== 0) anyGone = true
    for (let lanes = i16x8.bitmask(crossed) & valid & ~gone; lanes !== 0; lanes &= lanes - 1) {
      const place = first + ctz<u32>(lanes)
      const permanence: u32 = load<u16>(at + permanencesOffset + (place << 1))
      const source = load<u16>(at + sourcesOffset + (place << 1))
      setConnected(source, segment, permanence >= cellConnected)
    }
  }
  if (!anyGone) return true
  removeGone(segment)
  if (load<u8>(at, 4) > 0) return true
  free(segment)
  return false
}

/** A bit for each of eight sources that is active. */
function excitedAmong(sources: usize, count: u32): u32 {
  let bits: u32 = 0
  for (let k: u32 = 0; k < count; k++) {
    const source: u32 = load<u16>(sources + (k << 1))
    const word = load<u32>(activeWords + ((source >>> 5) << 2))
    bits |= ((word >>> (source & 31)) & 1) << k
  }
  return bits
}

function removeGone(segment: u32): void {
  const permanences = addressOf(segment) + permanencesOffset
  for (let k = <i32>synapsesOf(segment) - 1; k >= 0; k--) {
    if (load<i16>(permanences + (k << 1)) <= 0) remove(segment, k)
  }
}

function remove(segment: u32, place: u32): void {
  removeSynapse(segment, place)
  setExcited(place, isExcited(synapsesOf(segment)))
  setExcited(synapsesOf(segment), false)
}

function isExcited(place: u32): bool {
  return ((load<u8>(excitedBits + (place >>> 3)) >>> (place & 7)) & 1) === 1
}

function setExcited(place: u32, value: bool): void {
  const at = excitedBits + (place >>> 3)
  const bit: u32 = 1 << (place & 7)
  store<u8>(at, value ? load<u8>(at) | bit : load<u8>(at) & ~bit)
}

let candidates: usize = 0
let candidatesMax: u32 = 0

/** Up to `wanted` new synapses, to winners of the last record that the segment does not see. */
export function grow(segment: u32, wanted: u32): void {
  const found = findCandidates(segment)
  let count = min<u32>(wanted, found)
  if (count === 0) return
  let room = synapsesMax - synapsesOf(segment)
  while (room < count && removeWeakest(segment)) room++
  count = min<u32>(count, room)
  let state = streamState(seed, record, segment)
  for (let k: u32 = 0; k < count; k++) {
    state = nextState(state)
    const j = k + drawBelow(state, found - k)
    const source: u32 = load<u16>(candidates + (j << 1))
    store<u16>(candidates + (j << 1), load<u16>(candidates + (k << 1)))
    setExcited(synapsesOf(segment), true)
    addSynapse(segment, source, initial)
  }
}

/** Winners of the last record to which the segment has no synapse, ascending. */
function findCandidates(segment: u32): u32 {
  if (winnerCount > candidatesMax) {
    if (candidatesMax > 0) give(candidates, classOf(candidatesMax << 1))
    const size = classOf(winnerCount << 1)
    candidates = take(size)
    candidatesMax = classBytes(size) >>> 1
  }
  const at = addressOf(segment)
  const sources = at + sourcesOffset
  const synapses: u32 = load<u8>(at, 4)
  for (let k: u32 = 0; k < synapses; k++) {
    if (isExcited(k)) markSource(load<u16>(sources + (k << 1)))
  }
  let found: u32 = 0
  for (let k: u32 = 0; k < winnerCount; k++) {
    const cell: u32 = load<u16>(winnerCells + (k << 1))
    store<u16>(candidates + (found << 1), cell)
    found += (load<u32>(winnerWords + ((cell >>> 5) << 2)) >>> (cell & 31)) & 1
  }
  for (let k: u32 = 0; k < winnerCount; k++) {
    const cell: u32 = load<u16>(winnerCells + (k << 1))
    const word = winnerWords + ((cell >>> 5) << 2)
    store<u32>(word, load<u32>(word) | (1 << (cell & 31)))
  }
  return found
}

function markSource(cell: u32): void {
  const word = winnerWords + ((cell >>> 5) << 2)
  store<u32>(word, load<u32>(word) & ~(1 << (cell & 31)))
}

/** Removes the weakest synapse that is not excited, the one to the lowest cell among equals. */
function removeWeakest(segment: u32): bool {
  const at = addressOf(segment)
  const synapses: u32 = load<u8>(at, 4)
  let weakest: u32 = 0xffffffff
  let place: u32 = 0
  for (let k: u32 = 0; k < synapses; k++) {
    if (isExcited(k)) continue
    const permanence: u32 = load<u16>(at + permanencesOffset + (k << 1))
    const rank = (permanence << 16) | load<u16>(at + sourcesOffset + (k << 1))
    if (rank >= weakest) continue
    weakest = rank
    place = k
  }
  if (weakest === 0xffffffff) return false
  remove(segment, place)
  return true
}

/** Counts a segment's excitement anew, after its synapses were changed. */
export function recount(segment: u32): void {
  const at = addressOf(segment)
  const synapses: u32 = load<u8>(at, 4)
  const connected = i16x8.splat(<i16>cellConnected)
  let excited: u32 = 0
  let both: u32 = 0
  for (let first: u32 = 0; first < synapses; first += 8) {
    const bits: u32 = load<u8>(excitedBits + (first >>> 3))
    const firm = i16x8.ge_s(v128.load(at + permanencesOffset + (first << 1)), connected)
    excited += popcnt<u32>(bits)
    both += popcnt<u32>(bits & <u32>i16x8.bitmask(firm))
  }
  store<u16>(excitement + (segment << 1), excited | (both << 8))
}

/** Frees the segment of a cell that was used longest ago, the lowest among equals. */
export function closeOldestOf(cell: u32): void {
  let oldest: u32 = 0xffffffff
  for (let s: u32 = 0; s < end; s++) {
    if (<u32>load<u16>(cells + (s << 1)) !== cell || synapsesOf(s) === 0) continue
    if (oldest === 0xffffffff || load<u32>(addressOf(s)) < load<u32>(addressOf(oldest))) oldest = s
  }
  close(oldest)
}

/** Second chance: the hand clears marks until it meets a segment without one, and frees it. */
export function closeUnused(): void {
  while (load<u8>(addressOf(hand), 5) === 1) {
    store<u8>(addressOf(hand), 0, 5)
    hand = (hand + 1) % segmentsMax
  }
  close(hand)
  hand = (hand + 1) % segmentsMax
}
