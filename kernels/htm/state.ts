/**
 * Settings and the places of all parts of one model's memory.
 *
 * A model is one WebAssembly memory. The host writes the settings as 32-bit words from address 64
 * on and calls `setUp`, which lays out the parts of fixed size; what grows is taken from blocks.ts.
 */

import { layFirst, takeFresh } from './blocks'

/** Where the host writes the settings. */
export const settingsAt: usize = 64

/** Permanences are whole ten-thousandths. */
export const permanenceOne: u32 = 10000

// The pooler.
export let inputCount: u32 = 0
export let columnCount: u32 = 0
export let activeCount: u32 = 0
export let planeCount: u32 = 0
export let inputConnected: u32 = 0
export let inputIncrement: u32 = 0
export let inputDecrement: u32 = 0
export let boosting: bool = false
export let dutiful: bool = false
export let boostStrength: f64 = 0
export let weakShare: f64 = 0
/** Bytes of a bit for each column, and of a column's permanences; both multiples of 16. */
export let bitsBytes: u32 = 0
export let rowBytes: u32 = 0

// The temporal memory.
export let cellsPerColumn: u32 = 0
export let synapsesMax: u32 = 0
export let segmentsMax: u32 = 0
export let activationThreshold: u32 = 0
export let matchingThreshold: u32 = 0
export let cellConnected: u32 = 0
export let initial: u32 = 0
export let cellIncrement: u32 = 0
export let cellDecrement: u32 = 0
export let predictedDecrement: u32 = 0
export let newSynapses: u32 = 0
export let segmentsPerCellMax: u32 = 0
export let seed: u32 = 0
/** Bursting columns from which a sequence starts anew. */
export let surpriseColumns: u32 = 0
/** 1 where the first cell of a column is kept for what follows a surprise. */
export let reservedCells: u32 = 0

// Places of the pooler: bits by column unless said otherwise.
export let nextInputs: usize = 0
export let inputs: usize = 0
/** For each 8 inputs of which some are active: offset in a row (u32), at + 16 their mask. */
export let groups: usize = 0
export let planes: usize = 0
export let chosen: usize = 0
export let tied: usize = 0
/** Row i has a bit for each column connected to input i. */
export let connectedRows: usize = 0
/** Address of a column's own row (u32), or 0. */
export let rowOf: usize = 0
/** u16 a column. */
export let falls: usize = 0
export let slacks: usize = 0
/** Winners of the last record, ascending (u16). */
export let winners: usize = 0
// Duties; only where they are needed.
export let overlapping: usize = 0
export let overlapPlanes: usize = 0
export let activeCounts: usize = 0
export let overlapDuties: usize = 0
export let activeDuties: usize = 0
export let boosts: usize = 0
export let products: usize = 0

// Places of the memory.
/** Cells by column, as bits (u32): active now; predicted; winners of the last record. */
export let activeWords: usize = 0
export let predictedWords: usize = 0
export let winnerWords: usize = 0
/** 1 + place of a column among the active ones, or 0 (u16). */
export let ranks: usize = 0
/** Cells that have an entry, as bits (u32), the address of the entries (u32), their size class. */
export let knownWords: usize = 0
export let entriesOf: usize = 0
export let entryClasses: usize = 0
export let activeColumns: usize = 0
export let nextWords: usize = 0
/** Best matching segment by rank (u32), `none` where there is none. */
export let best: usize = 0
export let newcomers: usize = 0
export let predictedColumns: usize = 0
/** Addresses of 64 segments each (u32). */
export let chunks: usize = 0
/** Bytes of a segment, and from its start to the permanences. */
export let segmentBytes: u32 = 0
export let permanencesOffset: u32 = 0
/** A bit for each synapse of the segment at hand. */
export let excitedBits: usize = 0

export const none: u32 = 0xffffffff
export const sourcesOffset: u32 = 8

function setting(index: u32): u32 {
  return load<u32>(settingsAt + (index << 2))
}

function readSettings(): void {
  inputCount = setting(0)
  columnCount = setting(1)
  activeCount = setting(2)
  planeCount = 32 - clz<u32>(setting(3))
  inputConnected = setting(4)
  inputIncrement = setting(5)
  inputDecrement = setting(6)
  cellsPerColumn = setting(7)
  synapsesMax = setting(8)
  segmentsMax = setting(9)
  activationThreshold = setting(10)
  matchingThreshold = setting(11)
  cellConnected = setting(12)
  initial = setting(13)
  cellIncrement = setting(14)
  cellDecrement = setting(15)
  predictedDecrement = setting(16)
  newSynapses = setting(17)
  segmentsPerCellMax = setting(18)
  seed = setting(19)
  surpriseColumns = setting(20)
  reservedCells = setting(21)
  boostStrength = load<f64>(settingsAt + 88)
  weakShare = load<f64>(settingsAt + 96)
  boosting = boostStrength > 0
  dutiful = boosting || weakShare > 0
}

/** Lays out an empty model. Called once. */
export function setUp(): void {
  readSettings()
  layFirst(settingsAt + 128)
  bitsBytes = ((columnCount + 127) >>> 7) << 4
  rowBytes = ((inputCount + 7) >>> 3) << 4
  const activeInputs = setting(3)
  nextInputs = takeFresh(activeInputs << 1)
  inputs = takeFresh(activeInputs << 1)
  groups = takeFresh(activeInputs << 5)
  planes = takeFresh(planeCount * bitsBytes)
  chosen = takeFresh(bitsBytes)
  tied = takeFresh(bitsBytes)
  connectedRows = takeFresh(inputCount * bitsBytes)
  rowOf = takeFresh(columnCount << 2)
  falls = takeFresh(columnCount << 1)
  slacks = takeFresh(columnCount << 1)
  winners = takeFresh(activeCount << 1)
  if (dutiful) layDuties()
  layMemory()
}

function layDuties(): void {
  overlapping = takeFresh(bitsBytes)
  overlapPlanes = takeFresh(6 * bitsBytes)
  overlapDuties = takeFresh(columnCount << 2)
  if (!boosting) return
  activeCounts = takeFresh(columnCount)
  activeDuties = takeFresh(columnCount << 2)
  boosts = takeFresh(columnCount << 1)
  products = takeFresh(columnCount << 2)
  for (let c: u32 = 0; c < columnCount; c++) store<u16>(boosts + (c << 1), 256)
}

function layMemory(): void {
  activeWords = takeFresh(columnCount << 2)
  predictedWords = takeFresh(columnCount << 2)
  winnerWords = takeFresh(columnCount << 2)
  ranks = takeFresh(columnCount << 1)
  knownWords = takeFresh(columnCount << 2)
  entriesOf = takeFresh(columnCount << 2)
  entryClasses = takeFresh(columnCount)
  activeColumns = takeFresh(activeCount << 1)
  nextWords = takeFresh(activeCount << 2)
  best = takeFresh(activeCount << 2)
  newcomers = takeFresh(activeCount << 1)
  predictedColumns = takeFresh(columnCount << 1)
  chunks = takeFresh(((segmentsMax + 63) >>> 6) << 2)
  const places = ((synapsesMax + 7) >>> 3) << 3
  permanencesOffset = sourcesOffset + (places << 1)
  segmentBytes = permanencesOffset + (places << 1)
  excitedBits = takeFresh(16)
}
