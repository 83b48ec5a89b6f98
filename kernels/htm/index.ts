/**
 * What the host calls: one function for a record, and one for each of its stages.
 */

import { takenBytes } from './blocks'
import { compare, foresee, learn, winnerCells, winnerCount } from './memory'
import { inhibit, learnInputs, overlap } from './pooler'
import { count, synapses } from './segments'
import { connectedRows, nextInputs, slacks, winners } from './state'

export { keepPresent, returnToPresent } from './present'
export { restore, save } from './snapshot'
export { setUp } from './state'
export { compare, foresee, inhibit, learn, learnInputs, overlap, takenBytes }

/**
 * Takes the inputs that the host has written; returns how many columns burst. Learns, if told so.
 */
export function update(inputCount: u32, learning: bool): u32 {
  if (overlap(inputCount)) inhibit()
  if (learning) learnInputs()
  const bursting = compare()
  if (learning) learn()
  foresee()
  return bursting
}

/** Where the next inputs go (u16). */
export function nextInputsAt(): usize {
  return nextInputs
}

/** Where the host writes which columns are connected to each input at first. */
export function connectedRowsAt(): usize {
  return connectedRows
}

/** Where the host writes the slack of each column at first (u16). */
export function slacksAt(): usize {
  return slacks
}

/** Where the active columns stand (u16). */
export function columnsAt(): usize {
  return winners
}

export function winnerCellsAt(): usize {
  return winnerCells
}

export function winnerCellCount(): u32 {
  return winnerCount
}

export function segmentCount(): u32 {
  return count
}

export function synapseCount(): u32 {
  return synapses
}
