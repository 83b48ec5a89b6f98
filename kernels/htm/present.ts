/**
 * Keeps the present, and comes back to it after records that were only imagined. Nothing may have
 * been learned in between.
 */

import { classOf, give, take } from './blocks'
import {
  activeColumnCount,
  becomePresent,
  leavePresent,
  record,
  roomForWinners,
  setRecord,
  winnerCells,
  winnerCount,
} from './memory'
import { activeInputs, exchange, isSettled, setSettled, writePending } from './pooler'
import {
  activeColumns,
  activeCount,
  activeWords,
  inputs,
  nextInputs,
  nextWords,
  winners,
} from './state'

let kept: usize = 0
let keptClass: u32 = 0
let keptRecord: u32 = 0
let keptInputs: u32 = 0
let keptSettled: bool = false
let keptColumns: u32 = 0
let keptWinners: u32 = 0

/** Keeps the present, until `returnToPresent`. */
export function keepPresent(): void {
  writePending()
  keptRecord = record
  keptInputs = activeInputs()
  keptSettled = isSettled()
  keptColumns = activeColumnCount
  keptWinners = winnerCount
  keptClass = classOf((keptInputs + 4 * activeCount + keptWinners) << 1)
  kept = take(keptClass)
  let at = kept
  memory.copy(at, inputs, keptInputs << 1)
  at += keptInputs << 1
  memory.copy(at, winners, activeCount << 1)
  at += activeCount << 1
  for (let k: u32 = 0; k < keptColumns; k++) {
    const column: u32 = load<u16>(activeColumns + (k << 1))
    store<u16>(at, column)
    store<u32>(at, load<u32>(activeWords + (column << 2)), 2)
    at += 6
  }
  memory.copy(at, winnerCells, keptWinners << 1)
}

/** Comes back to the present that was kept. */
export function returnToPresent(): void {
  let at = kept
  memory.copy(nextInputs, at, keptInputs << 1)
  exchange(keptInputs)
  at += keptInputs << 1
  memory.copy(winners, at, activeCount << 1)
  at += activeCount << 1
  setSettled(keptSettled)
  setRecord(keptRecord)
  leavePresent()
  for (let k: u32 = 0; k < keptColumns; k++) {
    store<u16>(activeColumns + (k << 1), load<u16>(at))
    store<u32>(nextWords + (k << 2), load<u32>(at, 2))
    at += 6
  }
  memory.copy(roomForWinners(keptWinners), at, keptWinners << 1)
  becomePresent(keptColumns, keptWinners)
  give(kept, keptClass)
}
