/**
 * The spatial pooler: from active inputs to a fixed number of active columns, with learning.
 *
 * - Overlaps stay in bit-sliced counters; only the rows of inputs that changed are added or taken.
 * - An unchanged input has the winners it had (they gained, nobody else did), so it is only counted
 *   and learned in one go when the input changes.
 * - Falling permanences are not touched: a row stores permanence + fall, where `fall` is what the
 *   column's synapses have lost so far. `slack` is the fall at which the next one may drop out.
 * - A row is copied from the shared initial matrix when it first learns.
 *
 * src/detectors/htm/kernel.ts says where the algorithm is from.
 */

import { takeFresh } from './blocks'
import { addRow, increment, subtractRow, writeLargest } from './counters'
import { countDuties, endRound, writeBoosted } from './duties'
import {
  activeCount,
  bitsBytes,
  boosting,
  columnCount,
  connectedRows,
  dutiful,
  falls,
  groups,
  inputConnected,
  inputCount,
  inputDecrement,
  inputIncrement,
  inputs,
  nextInputs,
  permanenceOne,
  planeCount,
  planes,
  rowBytes,
  rowOf,
  slacks,
  winners,
} from './state'

/** Copies a column's row of the initial matrix to an address. */
@external('host', 'copyRow')
declare function copyRow(column: u32, into: usize): void

/** Marks a pair of column and input that can never connect. */
const never: u32 = 0xffff

/** A row is written afresh before its stored values could leave 16 bits. */
const fallMax: u32 = 40000

/** Repeats of one input are written at the latest when they amount to this fall. */
const fallPendingMax: u32 = 4000
const pendingMax: u32 = 4000

let inputsNow: u32 = 0
let groupCount: u32 = 0
/** How often the last record's winners have still to learn its inputs. */
let pending: u32 = 0
/** False where an equal input need not have equal winners. */
let settled: bool = false
let rowsOwned: u32 = 0

export function activeInputs(): u32 {
  return inputsNow
}

export function isSettled(): bool {
  return settled
}

export function setSettled(value: bool): void {
  settled = value
}

export function ownedRows(): u32 {
  return rowsOwned
}

/** Takes the next inputs, of which there are `count`, into the overlaps. False if none changed. */
export function overlap(count: u32): bool {
  if (settled && same(count)) return false
  writePending()
  exchange(count)
  return true
}

/** Chooses the winners. */
export function inhibit(): void {
  if (boosting) writeBoosted()
  else writeLargest(planes, planeCount, activeCount, winners)
  settled = true
}

/** Notes that the winners have the inputs to learn. */
export function learnInputs(): void {
  pending++
  if (dutiful && countDuties()) {
    writePending()
    endRound()
    settled = false
  } else if (pending * inputDecrement > fallPendingMax || pending > pendingMax) writePending()
}

function same(count: u32): bool {
  if (count !== inputsNow) return false
  return memory.compare(inputs, nextInputs, count << 1) === 0
}

/** Moves the overlap counters from the old inputs to the next ones. Both ascend. */
export function exchange(count: u32): void {
  let o: u32 = 0
  let n: u32 = 0
  while (o < inputsNow || n < count) {
    const old: u32 = o < inputsNow ? load<u16>(inputs + (o << 1)) : never
    const next: u32 = n < count ? load<u16>(nextInputs + (n << 1)) : never
    if (old < next) subtractRow(planes, connectedRows + old * bitsBytes)
    else if (next < old) addRow(planes, connectedRows + next * bitsBytes)
    if (old <= next) o++
    if (next <= old) n++
  }
  inputsNow = count
  memory.copy(inputs, nextInputs, count << 1)
  writeGroups()
}

/** The inputs as masks of eight. */
function writeGroups(): void {
  groupCount = 0
  let offsetBefore: u32 = none32
  let at = groups - 32
  for (let k: u32 = 0; k < inputsNow; k++) {
    const input: u32 = load<u16>(inputs + (k << 1))
    const offset = (input >>> 3) << 4
    if (offset !== offsetBefore) {
      at += 32
      groupCount++
      store<u32>(at, offset)
      v128.store(at, i16x8.splat(0), 16)
      offsetBefore = offset
    }
    store<u16>(at + 16 + ((input & 7) << 1), never)
  }
}

const none32: u32 = 0xffffffff

/** Lets the winners learn the inputs, as often as they have won with them. */
export function writePending(): void {
  if (pending === 0) return
  const times = pending
  pending = 0
  for (let k: u32 = 0; k < activeCount; k++) learn(load<u16>(winners + (k << 1)), times)
}

function learn(column: u32, times: u32): void {
  const row = ownRow(column)
  if (load<u16>(falls + (column << 1)) > fallMax) levelRow(column)
  const before: u32 = load<u16>(falls + (column << 1))
  const after = before + times * inputDecrement
  store<u16>(falls + (column << 1), after)
  const least = i16x8.splat(<i16>before)
  const gain = i16x8.splat(<i16>min<u32>(times * inputIncrement + (after - before), 0xffff))
  const most = i16x8.splat(<i16>(permanenceOne + after))
  const under = i16x8.splat(<i16>(before + inputConnected))
  const over = i16x8.splat(<i16>(after + inputConnected))
  const nowhere = i16x8.splat(-1)
  let group = groups
  for (let g: u32 = 0; g < groupCount; g++) {
    const offset = load<u32>(group)
    const stored = v128.load(row + offset)
    const mask = v128.andnot(v128.load(group, 16), i16x8.eq(stored, nowhere))
    const gained = i16x8.min_u(i16x8.add_sat_u(i16x8.max_u(stored, least), gain), most)
    v128.store(row + offset, v128.bitselect(gained, stored, mask))
    const crossed = v128.and(i16x8.lt_u(stored, under), i16x8.ge_u(gained, over))
    const rising = v128.and(mask, crossed)
    if (v128.any_true(rising)) connectLanes(column, offset, i16x8.bitmask(rising))
    group += 32
  }
  if (after > load<u16>(slacks + (column << 1))) dropOut(column, before)
}

/** Connects active inputs: those of a group whose bit is set. */
function connectLanes(column: u32, offset: u32, lanes: u32): void {
  const row = load<u32>(rowOf + (column << 2))
  for (; lanes !== 0; lanes &= lanes - 1) {
    const at = offset + (ctz<u32>(lanes) << 1)
    connect(column, at >>> 1)
    increment(planes, column)
    const slack = <u32>load<u16>(row + at) - inputConnected
    if (slack < load<u16>(slacks + (column << 1))) store<u16>(slacks + (column << 1), slack)
  }
}

/** Disconnects what has fallen under the threshold, and looks up when the next one will. */
function dropOut(column: u32, fallBefore: u32): void {
  const row = load<u32>(rowOf + (column << 2))
  const fall: u32 = load<u16>(falls + (column << 1))
  const gone = i16x8.splat(<i16>(fallBefore + inputConnected))
  const kept = i16x8.splat(<i16>(fall + inputConnected))
  const nowhere = i16x8.splat(-1)
  let least = nowhere
  for (let offset: u32 = 0; offset < rowBytes; offset += 16) {
    const stored = v128.load(row + offset)
    const stays = i16x8.ge_u(stored, kept)
    least = i16x8.min_u(least, v128.bitselect(stored, nowhere, stays))
    const lost = v128.andnot(i16x8.ge_u(stored, gone), stays)
    if (!v128.any_true(lost)) continue
    for (let lanes = i16x8.bitmask(lost); lanes !== 0; lanes &= lanes - 1) {
      disconnect(column, (offset >>> 1) + ctz<u32>(lanes))
    }
  }
  store<u16>(slacks + (column << 1), leastLane(least) - inputConnected)
}

function leastLane(lanes: v128): u32 {
  let least = i16x8.min_u(lanes, i8x16.shuffle(lanes, lanes, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7))
  least = i16x8.min_u(least, i8x16.shuffle(least, least, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11))
  least = i16x8.min_u(least, i8x16.shuffle(least, least, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13))
  return <u32>i16x8.extract_lane_u(least, 0)
}

function connect(column: u32, input: u32): void {
  const at = connectedRows + input * bitsBytes + ((column >>> 5) << 2)
  store<u32>(at, load<u32>(at) | (1 << (column & 31)))
}

function disconnect(column: u32, input: u32): void {
  const at = connectedRows + input * bitsBytes + ((column >>> 5) << 2)
  store<u32>(at, load<u32>(at) & ~(1 << (column & 31)))
}

/** The column's own row, copied from the shared matrix the first time. */
export function ownRow(column: u32): usize {
  const known = load<u32>(rowOf + (column << 2))
  if (known !== 0) return known
  const row = takeFresh(rowBytes)
  store<u32>(rowOf + (column << 2), row)
  rowsOwned++
  copyRow(column, row)
  return row
}

/** Writes a row's permanences out, so that it stands at fall 0 again. */
function levelRow(column: u32): void {
  const row = load<u32>(rowOf + (column << 2))
  const fall: u32 = load<u16>(falls + (column << 1))
  const lost = i16x8.splat(<i16>fall)
  const nowhere = i16x8.splat(-1)
  for (let offset: u32 = 0; offset < rowBytes; offset += 16) {
    const stored = v128.load(row + offset)
    const level = i16x8.sub_sat_u(stored, lost)
    v128.store(row + offset, v128.bitselect(stored, level, i16x8.eq(stored, nowhere)))
  }
  store<u16>(falls + (column << 1), 0)
  store<u16>(slacks + (column << 1), <u32>load<u16>(slacks + (column << 1)) - fall)
}

/** Raises all permanences of a weak column by a tenth of the connected threshold. */
export function bump(column: u32): void {
  const row = ownRow(column)
  levelRow(column)
  const rise = inputConnected / 10
  let least = never
  for (let i: u32 = 0; i < inputCount; i++) {
    const before: u32 = load<u16>(row + (i << 1))
    if (before === never) continue
    const after = min<u32>(permanenceOne, before + rise)
    store<u16>(row + (i << 1), after)
    if (after < inputConnected) continue
    least = min<u32>(least, after)
    if (before >= inputConnected) continue
    connect(column, i)
    if (isActive(i)) increment(planes, column)
  }
  store<u16>(slacks + (column << 1), least - inputConnected)
}

function isActive(input: u32): bool {
  for (let k: u32 = 0; k < inputsNow; k++) if (load<u16>(inputs + (k << 1)) === input) return true
  return false
}

/**
 * Finds what is connected in a row, and its slack, after the row was read back. `first` is the row
 * as it was at first, which is what the connected rows still say.
 */
export function reconnect(column: u32, first: usize): void {
  const row = load<u32>(rowOf + (column << 2))
  const kept = i16x8.splat(<i16>(<u32>load<u16>(falls + (column << 1)) + inputConnected))
  const keptFirst = i16x8.splat(<i16>inputConnected)
  const nowhere = i16x8.splat(-1)
  let least = nowhere
  for (let offset: u32 = 0; offset < rowBytes; offset += 16) {
    const stored = v128.load(row + offset)
    const stays = i16x8.ge_u(stored, kept)
    least = i16x8.min_u(least, v128.bitselect(stored, nowhere, stays))
    const changed = v128.xor(stays, i16x8.ge_u(v128.load(first + offset), keptFirst))
    if (!v128.any_true(changed)) continue
    for (let lanes = i16x8.bitmask(changed); lanes !== 0; lanes &= lanes - 1) {
      toggle(column, (offset >>> 1) + ctz<u32>(lanes))
    }
  }
  store<u16>(slacks + (column << 1), leastLane(least) - inputConnected)
}

function toggle(column: u32, input: u32): void {
  const at = connectedRows + input * bitsBytes + ((column >>> 5) << 2)
  store<u32>(at, load<u32>(at) ^ (1 << (column & 31)))
}
