/**
 * The state of a model as a stream of bits, and back.
 *
 *   pooler: settled 1 │ inputs │ winners │ for each column: own row 1 │ fall 16 │ row │ duties
 *   row, for each 8 inputs some of which have changed: how many unchanged eights before │ all of
 *     them 1, else a bit for each that is possible │ each changed one; then how many eights are left
 *     0 number (zigzag)   times it was active while the column won, less that of the one before
 *     10 number           saturated: wins since it was last active
 *     110 number          decrements between the fall and the stored value
 *     111 16 bits         the stored value
 *   memory: record │ hand │ end │ palette of permanences │ segments │ listeners │ present
 *   segment: synapses; if any: cell │ age │ mark │ 1 and the permanence of all, or 0 and that of
 *     each by ascending source, as numbers in the palette
 *   listeners, for each column: any 1 │ a bit for each cell │ each: count │ segments, ascending
 *
 * Which segments listen to a cell says what their sources are, at two or three bits a synapse:
 * segments that were made together have neighbouring numbers and share their sources.
 */

import {
  damaged,
  endBits,
  endedWell,
  get,
  getBelow,
  getNumber,
  getNumberBelow,
  getWords,
  put,
  putMarked,
  putNumber,
  putWords,
  setDamaged,
  startBits,
} from './bits'
import { give, take, takeFresh } from './blocks'
import { roundState, setRoundState } from './duties'
import { hand, setHand } from './growth'
import { blockOf, entryOf, listen, listenerCount } from './listeners'
import {
  activeColumnCount,
  becomePresent,
  record,
  roomForWinners,
  setRecord,
  winnerCells,
  winnerCount,
} from './memory'
import {
  activeInputs,
  exchange,
  isSettled,
  ownRow,
  reconnect,
  setSettled,
  writePending,
} from './pooler'
import { addressOf, cells, end, noteSynapse, openAt, reserve, synapsesOf } from './segments'
import {
  activeColumns,
  activeCount,
  activeCounts,
  activeDuties,
  activeWords,
  bitsBytes,
  boosting,
  boosts,
  cellConnected,
  cellsPerColumn,
  columnCount,
  dutiful,
  falls,
  inputCount,
  inputDecrement,
  inputIncrement,
  inputs,
  nextInputs,
  nextWords,
  overlapDuties,
  overlapPlanes,
  permanenceOne,
  permanencesOffset,
  rowBytes,
  rowOf,
  segmentsMax,
  settingsAt,
  sourcesOffset,
  synapsesMax,
  winners,
} from './state'

@external('host', 'copyRow')
declare function copyRow(column: u32, into: usize): void

const never: u32 = 0xffff
const cellBits: u32 = 16

/** A row of the initial matrix, for comparison. */
let firstRow: usize = 0
/** A bit for each segment (32 at a time), while listeners are sorted. */
let marks: usize = 0
let marksBytes: u32 = 0
/** Number of a permanence in the palette (u16), by permanence. Freed after use. */
const paletteClass: u32 = 21
const frequentNumbers: u32 = 16
/** Marks a permanence that has its number. */
const numbered: u32 = 0x8000

/** Writes all of the state. */
export function save(): void {
  startBits()
  writePending()
  savePooler()
  saveMemory()
  endBits()
}

/** Reads it into a model that was just set up; false if it cannot be right. */
export function restore(): bool {
  startBits()
  restorePooler()
  if (!damaged) restoreMemory()
  return endedWell()
}

function scratchRow(): usize {
  if (firstRow === 0) firstRow = takeFresh(rowBytes)
  return firstRow
}

function savePooler(): void {
  put(isSettled() ? 1 : 0, 1)
  putNumber(activeInputs(), 6)
  for (let k: u32 = 0; k < activeInputs(); k++) put(load<u16>(inputs + (k << 1)), 16)
  for (let k: u32 = 0; k < activeCount; k++) put(load<u16>(winners + (k << 1)), 16)
  const first = scratchRow()
  for (let column: u32 = 0; column < columnCount; column++) {
    const row = load<u32>(rowOf + (column << 2))
    put(row === 0 ? 0 : 1, 1)
    if (row === 0) continue
    const fall: u32 = load<u16>(falls + (column << 1))
    put(fall, 16)
    copyRow(column, first)
    saveRow(first, row, fall)
  }
  if (dutiful) saveDuties()
}

function saveRow(first: usize, row: usize, fall: u32): void {
  const nowhere = i16x8.splat(-1)
  let timesBefore: i32 = 0
  let unchanged: u32 = 0
  for (let offset: u32 = 0; offset < rowBytes; offset += 16) {
    const then = v128.load(first + offset)
    const changed: u32 = i16x8.bitmask(i16x8.ne(v128.load(row + offset), then))
    if (changed === 0) {
      unchanged++
      continue
    }
    putNumber(unchanged, 0)
    unchanged = 0
    putMask(changed, i16x8.bitmask(i16x8.ne(then, nowhere)))
    for (let lanes = changed; lanes !== 0; lanes &= lanes - 1) {
      const at = offset + (ctz<u32>(lanes) << 1)
      timesBefore = saveStored(load<u16>(first + at), load<u16>(row + at), fall, timesBefore)
    }
  }
  putNumber(unchanged, 0)
}

/** 1 where all possible lanes have changed; else 0 and a bit for each possible lane. */
function putMask(changed: u32, possible: u32): void {
  if (changed === possible) {
    put(1, 1)
    return
  }
  let bits: u32 = 0
  let count: u32 = 1
  for (let lanes = possible; lanes !== 0; lanes &= lanes - 1) {
    bits |= ((changed >>> ctz<u32>(lanes)) & 1) << count
    count++
  }
  put(bits, count)
}

function getMask(possible: u32): u32 {
  if (get(1) === 1) return possible
  let changed: u32 = 0
  for (let lanes = possible; lanes !== 0; lanes &= lanes - 1) {
    if (get(1) === 1) changed |= lanes & -lanes
  }
  return changed
}

/** Writes one stored permanence; returns how often its input was active, as far as known. */
function saveStored(then: u32, stored: u32, fall: u32, timesBefore: i32): i32 {
  const step = inputIncrement + inputDecrement
  if (step > 0 && stored > then) {
    const times = (stored - then) / step
    if (times * step === stored - then) {
      const less = <i32>times - timesBefore
      putMarked(0, 1, (less << 1) ^ (less >> 31), 1)
      return times
    }
  }
  const above = stored >= permanenceOne ? permanenceOne + fall - stored : fall + step - stored
  if (inputDecrement > 0 && <i32>above >= 0) {
    const wins = above / inputDecrement
    if (wins * inputDecrement === above) {
      if (stored >= permanenceOne) putMarked(1, 2, wins, 2)
      else putMarked(3, 3, wins, 7)
      return timesBefore
    }
  }
  put(7 | (stored << 3), 19)
  return timesBefore
}

function restorePooler(): void {
  const settled = get(1) === 1
  const inputsMax: u32 = load<u32>(settingsAt + 12)
  const count = getNumberBelow(6, inputsMax + 1)
  for (let k: u32 = 0; k < count; k++) {
    store<u16>(nextInputs + (k << 1), getBelow(16, inputCount))
  }
  for (let k: u32 = 0; k < activeCount; k++) {
    store<u16>(winners + (k << 1), getBelow(16, columnCount))
  }
  for (let column: u32 = 0; column < columnCount && !damaged; column++) {
    if (get(1) === 0) continue
    const row = ownRow(column)
    memory.copy(scratchRow(), row, rowBytes)
    const fall = get(16)
    store<u16>(falls + (column << 1), fall)
    restoreRow(row, fall)
    reconnect(column, scratchRow())
  }
  exchange(count)
  setSettled(settled)
  if (dutiful) restoreDuties()
}

function restoreRow(row: usize, fall: u32): void {
  const nowhere = i16x8.splat(-1)
  const step = inputIncrement + inputDecrement
  let times: u32 = 0
  for (let offset = getNumber(0) << 4; offset < rowBytes; offset += (getNumber(0) + 1) << 4) {
    const possible = i16x8.bitmask(i16x8.ne(v128.load(row + offset), nowhere))
    for (let lanes = getMask(possible); lanes !== 0; lanes &= lanes - 1) {
      const at = row + offset + (ctz<u32>(lanes) << 1)
      if (get(1) === 0) {
        const zigzag = getNumber(1)
        times += (zigzag >>> 1) ^ -(zigzag & 1)
        store<u16>(at, min<u32>(<u32>load<u16>(at) + times * step, never - 1))
      } else if (get(1) === 0) {
        store<u16>(at, permanenceOne + fall - getNumber(2) * inputDecrement)
      } else if (get(1) === 0) store<u16>(at, fall + step - getNumber(7) * inputDecrement)
      else store<u16>(at, get(16))
    }
  }
}

function saveDuties(): void {
  put(roundState(), 16)
  putWords(overlapPlanes, 6 * bitsBytes)
  for (let c: u32 = 0; c < columnCount; c++) {
    const duty = load<u32>(overlapDuties + (c << 2))
    const same = duty === (c === 0 ? 0 : load<u32>(overlapDuties + ((c - 1) << 2)))
    put(same ? 1 : 0, 1)
    if (!same) put(duty, 32)
  }
  if (!boosting) return
  putWords(activeCounts, columnCount)
  putWords(activeDuties, columnCount << 2)
  putWords(boosts, columnCount << 1)
}

function restoreDuties(): void {
  setRoundState(get(16))
  getWords(overlapPlanes, 6 * bitsBytes)
  let duty: u32 = 0
  for (let c: u32 = 0; c < columnCount; c++) {
    if (get(1) === 0) duty = get(32)
    store<u32>(overlapDuties + (c << 2), duty)
  }
  if (!boosting) return
  getWords(activeCounts, columnCount)
  getWords(activeDuties, columnCount << 2)
  getWords(boosts, columnCount << 1)
}

function saveMemory(): void {
  put(record, 32)
  put(hand, 32)
  put(end, 32)
  const palette = take(paletteClass)
  for (let s: u32 = 0; s < end; s++) sortSynapses(s)
  savePalette(palette)
  for (let s: u32 = 0; s < end; s++) saveSegment(s, palette)
  give(palette, paletteClass)
  saveListeners()
  savePresent()
}

/** Sorts a segment's synapses by source; their order has no meaning otherwise. */
function sortSynapses(segment: u32): void {
  const sources = addressOf(segment) + sourcesOffset
  const permanences = addressOf(segment) + permanencesOffset
  const count = synapsesOf(segment)
  for (let k: u32 = 1; k < count; k++) {
    const source = load<u16>(sources + (k << 1))
    if (source > load<u16>(sources + ((k - 1) << 1))) continue
    const permanence = load<u16>(permanences + (k << 1))
    let to = k
    for (; to > 0 && load<u16>(sources + ((to - 1) << 1)) > source; to--) {
      store<u16>(sources + (to << 1), load<u16>(sources + ((to - 1) << 1)))
      store<u16>(permanences + (to << 1), load<u16>(permanences + ((to - 1) << 1)))
    }
    store<u16>(sources + (to << 1), source)
    store<u16>(permanences + (to << 1), permanence)
  }
}

/**
 * Writes the permanences that occur, the most frequent first, and leaves in the palette the number
 * of each. Until it has its number a permanence has its count there, under `numbered`.
 */
function savePalette(palette: usize): void {
  const size = countPermanences(palette)
  put(size, 16)
  let number: u32 = 0
  for (; number < size && number < frequentNumbers; number++) {
    let most: u32 = 0
    let found: u32 = 0
    for (let p: u32 = 0; p <= permanenceOne; p++) {
      const seen: u32 = load<u16>(palette + (p << 1))
      if (seen <= most || seen >= numbered) continue
      most = seen
      found = p
    }
    store<u16>(palette + (found << 1), numbered | number)
    put(found, 16)
  }
  for (let p: u32 = 0; p <= permanenceOne; p++) {
    const seen: u32 = load<u16>(palette + (p << 1))
    if (seen >= numbered) store<u16>(palette + (p << 1), seen ^ numbered)
    else if (seen > 0) {
      store<u16>(palette + (p << 1), number++)
      put(p, 16)
    }
  }
}

/** Counts each permanence, as far as there is room; returns how many different ones there are. */
function countPermanences(palette: usize): u32 {
  memory.fill(palette, 0, (permanenceOne + 1) << 1)
  let size: u32 = 0
  for (let s: u32 = 0; s < end; s++) {
    const permanences = addressOf(s) + permanencesOffset
    const count = synapsesOf(s)
    for (let k: u32 = 0; k < count; k++) {
      const at = palette + (<usize>load<u16>(permanences + (k << 1)) << 1)
      const seen: u32 = load<u16>(at)
      if (seen === 0) size++
      if (seen < numbered - 1) store<u16>(at, seen + 1)
    }
  }
  return size
}

function saveSegment(segment: u32, palette: usize): void {
  const at = addressOf(segment)
  const count: u32 = load<u8>(at, 4)
  putNumber(count, 4)
  if (count === 0) return
  put(load<u16>(cells + (segment << 1)), cellBits)
  putNumber(record - load<u32>(at), 12)
  const permanences = at + permanencesOffset
  const uniform = allEqual(permanences, count)
  put(<u32>load<u8>(at, 5) | (uniform ? 2 : 0), 2)
  const written: u32 = uniform ? 1 : count
  for (let k: u32 = 0; k < written; k++) {
    putNumber(load<u16>(palette + (<usize>load<u16>(permanences + (k << 1)) << 1)), 1)
  }
}

function allEqual(numbers: usize, count: u32): bool {
  const first = load<u16>(numbers)
  for (let k: u32 = 1; k < count; k++) if (load<u16>(numbers + (k << 1)) !== first) return false
  return true
}

function saveListeners(): void {
  marksBytes = ((end + 31) >>> 5) << 2
  const size = marksClass()
  marks = take(size)
  memory.fill(marks, 0, marksBytes)
  for (let column: u32 = 0; column < columnCount; column++) {
    let heard: u32 = 0
    for (let m: u32 = 0; m < cellsPerColumn; m++) {
      const entry = entryOf((column << 5) + m)
      if (entry !== 0 && listenerCount(entry) > 0) heard |= 1 << m
    }
    put(heard === 0 ? 0 : 1, 1)
    if (heard === 0) continue
    put(heard, 32)
    for (let bits = heard; bits !== 0; bits &= bits - 1) {
      saveListenersOf(entryOf((column << 5) + ctz<u32>(bits)))
    }
  }
  give(marks, size)
}

function marksClass(): u32 {
  let size: u32 = 0
  while ((size & 1 ? <u32>24 : <u32>16) << (size >>> 1) < marksBytes) size++
  return size
}

function saveListenersOf(entry: usize): void {
  const count = listenerCount(entry)
  putNumber(count, 3)
  const block = blockOf(entry)
  let least: u32 = marksBytes
  let most: u32 = 0
  for (let k: u32 = 0; k < count; k++) {
    const segment: u32 = load<u16>(block + (k << 1))
    const offset = (segment >>> 5) << 2
    store<u32>(marks + offset, load<u32>(marks + offset) | (1 << (segment & 31)))
    least = min<u32>(least, offset)
    most = max<u32>(most, offset)
  }
  let next: u32 = 0
  for (let offset = least; offset <= most; offset += 4) {
    const word = load<u32>(marks + offset)
    if (word === 0) continue
    store<u32>(marks + offset, 0)
    for (let bits = word; bits !== 0; bits &= bits - 1) {
      const segment = (offset << 3) + ctz<u32>(bits)
      putNumber(segment - next, 1)
      next = segment + 1
    }
  }
}

function savePresent(): void {
  putNumber(activeColumnCount, 6)
  for (let k: u32 = 0; k < activeColumnCount; k++) {
    const column: u32 = load<u16>(activeColumns + (k << 1))
    put(column, 16)
    put(load<u32>(activeWords + (column << 2)), 32)
  }
  putNumber(winnerCount, 6)
  for (let k: u32 = 0; k < winnerCount; k++) put(load<u16>(winnerCells + (k << 1)), cellBits)
}

function restoreMemory(): void {
  setRecord(get(32))
  setHand(getBelow(32, segmentsMax))
  const numbers = getBelow(32, segmentsMax + 1)
  const palette = take(paletteClass)
  const size = getBelow(16, permanenceOne + 2)
  for (let p: u32 = 0; p < size; p++) store<u16>(palette + (p << 1), getBelow(16, permanenceOne + 1))
  reserve(numbers)
  for (let s: u32 = 0; s < numbers && !damaged; s++) restoreSegment(s, palette, size)
  give(palette, paletteClass)
  for (let column: u32 = 0; column < columnCount && !damaged; column++) restoreListeners(column)
  for (let s: u32 = 0; s < end && !damaged; s++) checkWhole(s)
  if (!damaged) restorePresent()
}

/** Until its listeners are read, byte 6 of a segment counts its sources that are known. */
function restoreSegment(segment: u32, palette: usize, size: u32): void {
  const count = getNumberBelow(4, synapsesMax + 1)
  if (count === 0) return
  const cell = getBelow(cellBits, columnCount << 5)
  const age = getNumber(12)
  openAt(segment, cell, record - age)
  const at = addressOf(segment)
  store<u8>(at, get(1), 5)
  store<u8>(at, count, 6)
  const uniform = get(1) === 1
  let permanence: u32 = 0
  for (let k: u32 = 0; k < count; k++) {
    if (k === 0 || !uniform) permanence = load<u16>(palette + (getNumberBelow(1, size) << 1))
    store<u16>(at + permanencesOffset + (k << 1), permanence)
  }
}

function restoreListeners(column: u32): void {
  if (get(1) === 0) return
  for (let bits = get(32); bits !== 0 && !damaged; bits &= bits - 1) {
    const cell = (column << 5) + ctz<u32>(bits)
    const count = getNumberBelow(3, end + 1)
    let segment: u32 = <u32>-1
    for (let k: u32 = 0; k < count && !damaged; k++) {
      segment += getNumber(1) + 1
      if (segment >= end) setDamaged()
      else restoreSynapse(segment, cell)
    }
  }
}

function restoreSynapse(segment: u32, source: u32): void {
  const at = addressOf(segment)
  const place: u32 = load<u8>(at, 4)
  if (place >= load<u8>(at, 6)) {
    setDamaged()
    return
  }
  store<u8>(at, place + 1, 4)
  store<u16>(at + sourcesOffset + (place << 1), source)
  const permanence: u32 = load<u16>(at + permanencesOffset + (place << 1))
  listen(source, segment, permanence >= cellConnected)
  noteSynapse()
}

function checkWhole(segment: u32): void {
  const at = addressOf(segment)
  if (load<u8>(at, 4) !== load<u8>(at, 6)) setDamaged()
  store<u8>(at, 0, 6)
}

function restorePresent(): void {
  const columns = getNumberBelow(6, activeCount + 1)
  for (let k: u32 = 0; k < columns; k++) {
    store<u16>(activeColumns + (k << 1), getBelow(16, columnCount))
    store<u32>(nextWords + (k << 2), get(32))
  }
  const count = getNumberBelow(6, activeCount * cellsPerColumn + 1)
  const list = roomForWinners(count)
  for (let k: u32 = 0; k < count; k++) {
    store<u16>(list + (k << 1), getBelow(cellBits, columnCount << 5))
  }
  becomePresent(columns, count)
}
