/**
 * The temporal memory: which columns were foreseen, learning, and what is foreseen next.
 *
 * docs/algorithms/htm.md says every step exactly; src/detectors/htm/kernel.ts where it is from.
 */

import { blockOf, connectedCount, entryOf, listenerCount, segmentsOn } from './listeners'
import { closeOldestOf, closeUnused, adapt, grow, recount } from './growth'
import { drawBelow, nextState, streamState } from './draws'
import {
  active,
  activeSegments,
  addressOf,
  calmAll,
  cells,
  count,
  excitement,
  learners,
  listExcited,
  matching,
  matchingCount,
  open,
} from './segments'
import {
  activeColumns,
  activeCount,
  activeWords,
  best,
  cellDecrement,
  cellIncrement,
  cellsPerColumn,
  columnCount,
  entriesOf,
  knownWords,
  newcomers,
  newSynapses,
  nextWords,
  none,
  predictedColumns,
  predictedDecrement,
  predictedWords,
  ranks,
  reservedCells,
  seed,
  segmentsMax,
  segmentsPerCellMax,
  surpriseColumns,
  winners as columns,
  winnerWords,
} from './state'
import { take, classOf, classBytes, give } from './blocks'

export let record: u32 = 0
/** Columns active at the last record; 0 before the first, then `activeCount`. */
export let activeColumnCount: u32 = 0
/** Winner cells of the last record, ascending (u16); and the room for the next ones. */
export let winnerCells: usize = 0
export let winnerCount: u32 = 0
let nextWinners: usize = 0
let nextWinnerCount: u32 = 0
let winnersMax: u32 = 0
let newcomerCount: u32 = 0
let learnerCount: u32 = 0
let predictedColumnCount: u32 = 0

export function setRecord(value: u32): void {
  record = value
}

/** Takes the winners of the pooler; returns how many of them burst. */
export function compare(): u32 {
  record++
  const bursting = rank()
  if (bursting > 0) findBest()
  chooseCells(bursting >= surpriseColumns)
  return bursting
}

/** Marks the active columns and counts those that burst. */
function rank(): u32 {
  let bursting: u32 = 0
  for (let k: u32 = 0; k < activeCount; k++) {
    const column: u32 = load<u16>(columns + (k << 1))
    store<u16>(ranks + (column << 1), k + 1)
    store<u32>(best + (k << 2), none)
    if (load<u32>(predictedWords + (column << 2)) === 0) bursting++
  }
  return bursting
}

/** For each bursting column the segment with most excited synapses, the lowest among equals. */
function findBest(): void {
  for (let i: u32 = 0; i < matchingCount; i++) {
    const segment: u32 = load<u16>(matching + (i << 1))
    const column: u32 = <u32>load<u16>(cells + (segment << 1)) >>> 5
    const rank: u32 = load<u16>(ranks + (column << 1))
    if (rank === 0 || load<u32>(predictedWords + (column << 2)) !== 0) continue
    const at = best + ((rank - 1) << 2)
    const known = load<u32>(at)
    // Numbers ascend, so the first among equals is the lowest.
    if (known === none || excitedOf(segment) > excitedOf(known)) store<u32>(at, segment)
  }
}

function excitedOf(segment: u32): u32 {
  return load<u8>(excitement + (segment << 1))
}

/** Decides which cells become active and win, and who has to learn. */
function chooseCells(surprised: bool): void {
  const allCells: u32 = cellsPerColumn === 32 ? 0xffffffff : (1 << cellsPerColumn) - 1
  nextWinnerCount = 0
  newcomerCount = 0
  learnerCount = 0
  for (let k: u32 = 0; k < activeCount; k++) {
    const column: u32 = load<u16>(columns + (k << 1))
    const predicted = load<u32>(predictedWords + (column << 2))
    reserveWinners(nextWinnerCount + 32)
    for (let bits = predicted; bits !== 0; bits &= bits - 1) {
      elect((column << 5) + ctz<u32>(bits))
    }
    store<u32>(nextWords + (k << 2), predicted === 0 ? allCells : predicted)
    if (predicted !== 0) continue
    const match = load<u32>(best + (k << 2))
    if (match !== none) {
      elect(load<u16>(cells + (match << 1)))
      store<u16>(learners + (learnerCount++ << 1), match)
    } else {
      const cell = newCell(column, surprised)
      elect(cell)
      store<u16>(newcomers + (newcomerCount++ << 1), cell)
    }
  }
}

function elect(cell: u32): void {
  store<u16>(nextWinners + (nextWinnerCount++ << 1), cell)
}

/** Room for so many winners, in both lists. */
function reserveWinners(wanted: u32): void {
  if (wanted <= winnersMax) return
  const larger = classOf(max<u32>(wanted, activeCount + 64) << 1)
  winnerCells = movedList(winnerCells, larger)
  nextWinners = movedList(nextWinners, larger)
  winnersMax = classBytes(larger) >>> 1
}

function movedList(list: usize, larger: u32): usize {
  const block = take(larger)
  if (winnersMax === 0) return block
  memory.copy(block, list, winnersMax << 1)
  give(list, classOf(winnersMax << 1))
  return block
}

/** The first cell after a surprise; else one of those with fewest segments, drawn at random. */
function newCell(column: u32, surprised: bool): u32 {
  if (surprised && reservedCells === 1) return column << 5
  let fewest: u32 = 256
  let equals: u32 = 0
  for (let m = reservedCells; m < cellsPerColumn; m++) {
    const onCell = segmentsOnCell((column << 5) + m)
    if (onCell < fewest) {
      fewest = onCell
      equals = 0
    }
    if (onCell === fewest) equals++
  }
  const state = nextState(streamState(seed, record, ~column))
  let skip = drawBelow(state, equals)
  let m = reservedCells
  for (; ; m++) {
    if (segmentsOnCell((column << 5) + m) !== fewest) continue
    if (skip === 0) break
    skip--
  }
  return (column << 5) + m
}

function segmentsOnCell(cell: u32): u32 {
  const entry = entryOf(cell)
  return entry === 0 ? 0 : segmentsOn(entry)
}

/** Learns with what was active at the last record. */
export function learn(): void {
  for (let i: u32 = 0; i < activeSegments; i++) {
    const segment: u32 = load<u16>(active + (i << 1))
    if (rankOf(segment) !== 0) store<u16>(learners + (learnerCount++ << 1), segment)
  }
  for (let i: u32 = 0; i < learnerCount; i++) {
    const segment: u32 = load<u16>(learners + (i << 1))
    const excited = excitedOf(segment)
    if (!adapt(segment, cellIncrement, -cellDecrement)) continue
    const at = addressOf(segment)
    store<u32>(at, record)
    store<u8>(at, 1, 5)
    if (excited < newSynapses) grow(segment, newSynapses - excited)
    recount(segment)
  }
  if (predictedDecrement > 0) punish()
  if (winnerCount === 0) return
  for (let k: u32 = 0; k < newcomerCount; k++) sprout(load<u16>(newcomers + (k << 1)))
}

function rankOf(segment: u32): u32 {
  return load<u16>(ranks + ((<u32>load<u16>(cells + (segment << 1)) >>> 5) << 1))
}

/** Matching segments of columns that did not become active. */
function punish(): void {
  for (let i: u32 = 0; i < matchingCount; i++) {
    const segment: u32 = load<u16>(matching + (i << 1))
    if (rankOf(segment) === 0 && adapt(segment, -predictedDecrement, 0)) recount(segment)
  }
}

/** A new segment on a cell, to the winners of the last record. */
function sprout(cell: u32): void {
  if (segmentsOnCell(cell) >= segmentsPerCellMax) closeOldestOf(cell)
  if (count === segmentsMax) closeUnused()
  const segment = open(cell, record)
  store<u16>(excitement + (segment << 1), 0)
  adapt(segment, 0, 0)
  grow(segment, newSynapses)
  recount(segment)
}

/** Switches cells off and on, and foresees the next record. */
export function foresee(): void {
  const afresh = cheaperAfresh()
  if (afresh) calmAll()
  for (let k: u32 = 0; k < activeColumnCount; k++) {
    const column: u32 = load<u16>(activeColumns + (k << 1))
    if (load<u16>(ranks + (column << 1)) !== 0) continue
    if (!afresh) stir(column, load<u32>(activeWords + (column << 2)), 0xffff)
    store<u32>(activeWords + (column << 2), 0)
  }
  for (let k: u32 = 0; k < activeCount; k++) {
    const column: u32 = load<u16>(columns + (k << 1))
    const before = load<u32>(activeWords + (column << 2))
    const after = load<u32>(nextWords + (k << 2))
    if (!afresh) stir(column, before & ~after, 0xffff)
    stir(column, afresh ? after : after & ~before, 1)
    store<u32>(activeWords + (column << 2), after)
    store<u16>(ranks + (column << 1), 0)
  }
  activeColumnCount = activeCount
  memory.copy(activeColumns, columns, activeCount << 1)
  markWinners(false)
  const list = winnerCells
  winnerCells = nextWinners
  winnerCount = nextWinnerCount
  nextWinners = list
  markWinners(true)
  listExcited()
  predict()
}

/** Whether to calm all and excite the active cells again, in place of only those that change. */
function cheaperAfresh(): bool {
  let ending: u32 = 0
  let staying: u32 = 0
  for (let k: u32 = 0; k < activeColumnCount; k++) {
    const column: u32 = load<u16>(activeColumns + (k << 1))
    const rank: u32 = load<u16>(ranks + (column << 1))
    const before = load<u32>(activeWords + (column << 2))
    const after: u32 = rank === 0 ? 0 : load<u32>(nextWords + ((rank - 1) << 2))
    ending += listenersOf(column, before & ~after)
    if (rank !== 0) staying += listenersOf(column, before & after)
  }
  return ending > staying
}

const entryBytes: u32 = 12

/** Synapses that listen to some cells of a column. */
function listenersOf(column: u32, cellBits: u32): u32 {
  const known = load<u32>(knownWords + (column << 2))
  const entries = load<u32>(entriesOf + (column << 2))
  let listeners: u32 = 0
  for (let bits = cellBits & known; bits !== 0; bits &= bits - 1) {
    const below = (bits & -bits) - 1
    listeners += listenerCount(entries + popcnt<u32>(known & below) * entryBytes)
  }
  return listeners
}

/** Adds 1 to, or with 0xffff takes 1 from, what listens to some cells of a column. */
function stir(column: u32, cellBits: u32, change: u32): void {
  const known = load<u32>(knownWords + (column << 2))
  const entries = load<u32>(entriesOf + (column << 2))
  const both = change === 1 ? 0x101 : <u32>-0x101
  for (let bits = cellBits & known; bits !== 0; bits &= bits - 1) {
    const below = (bits & -bits) - 1
    const entry = entries + popcnt<u32>(known & below) * entryBytes
    let at = blockOf(entry)
    const connectedEnd = at + (connectedCount(entry) << 1)
    const blockEnd = at + (listenerCount(entry) << 1)
    for (; at < connectedEnd; at += 2) {
      const counts = excitement + (<usize>load<u16>(at) << 1)
      store<u16>(counts, load<u16>(counts) + both)
    }
    for (; at < blockEnd; at += 2) {
      const counts = excitement + (<usize>load<u16>(at) << 1)
      store<u16>(counts, load<u16>(counts) + change)
    }
  }
}

function markWinners(marked: bool): void {
  for (let k: u32 = 0; k < winnerCount; k++) {
    const cell: u32 = load<u16>(winnerCells + (k << 1))
    const at = winnerWords + ((cell >>> 5) << 2)
    store<u32>(at, marked ? load<u32>(at) | (1 << (cell & 31)) : 0)
  }
}

function predict(): void {
  for (let k: u32 = 0; k < predictedColumnCount; k++) {
    store<u32>(predictedWords + (<u32>load<u16>(predictedColumns + (k << 1)) << 2), 0)
  }
  predictedColumnCount = 0
  for (let i: u32 = 0; i < activeSegments; i++) {
    const cell: u32 = load<u16>(cells + (<u32>load<u16>(active + (i << 1)) << 1))
    const at = predictedWords + ((cell >>> 5) << 2)
    const word = load<u32>(at)
    if (word === 0) store<u16>(predictedColumns + (predictedColumnCount++ << 1), cell >>> 5)
    store<u32>(at, word | (1 << (cell & 31)))
  }
}

/**
 * Makes a present of its parts: the cells active in each active column stand in `nextWords`, the
 * columns in `activeColumns`, the winners as the next ones. Everything excited is found anew.
 */
export function becomePresent(columnsThen: u32, winnersThen: u32): void {
  calmAll()
  activeColumnCount = columnsThen
  for (let k: u32 = 0; k < columnsThen; k++) {
    const column: u32 = load<u16>(activeColumns + (k << 1))
    const word = load<u32>(nextWords + (k << 2))
    store<u32>(activeWords + (column << 2), word)
    stir(column, word, 1)
  }
  markWinners(false)
  const list = winnerCells
  winnerCells = nextWinners
  nextWinners = list
  winnerCount = winnersThen
  markWinners(true)
  listExcited()
  predict()
}

/** Forgets which cells are active, before another present is made. */
export function leavePresent(): void {
  memory.fill(activeWords, 0, columnCount << 2)
}

/** The list into which the winners of a present are written. */
export function roomForWinners(wanted: u32): usize {
  reserveWinners(wanted)
  return nextWinners
}
