/**
 * Temporal memory: learns which columns follow which, in the context of what went before, and says
 * how much of the present it had foreseen.
 *
 * Each column has cells that answer to the same input in different contexts. A cell is predicted
 * when one of its segments sees enough active cells. An active column with predicted cells
 * activates just these; one without bursts: all its cells become active, and one of them, the
 * winner, learns the context. The raw score is the share of active columns that burst.
 *
 * Source: Numenta, BAMI, "Temporal Memory Algorithm Details"; Hawkins and Ahmad 2016, "Why Neurons
 * Have Thousands of Synapses". docs/algorithms/htm.md says every step exactly.
 *
 * Differs: when at least `surpriseShare` of the columns burst, the sequence starts anew: a bursting
 * column that matches nothing takes its first cell, a cell that no other context ever takes, as the
 * winner. So what follows a surprise is learned once, from a place that the next surprise finds
 * again, and not in a fresh context each time. (The start cells of Numenta's backtracking memory
 * serve the same end.) docs/algorithms/htm.md has the measurement.
 *
 * Cost: proportional to the synapses on cells that changed, plus the learning of some 40 segments.
 */

import type { SnapshotReader, SnapshotWriter } from '../../core/snapshot.ts'
import { CompactReader, CompactWriter } from './compact-bytes.ts'
import { drawBelow, nextState, streamState } from './draws.ts'
import { permanenceOne } from './pooler-matrix.ts'
import { SegmentGrowth } from './segment-growth.ts'
import { Segments } from './segments.ts'
import type { SegmentLimits } from './segments.ts'
import { readSegments, writeSegments } from './segments-snapshot.ts'

/** How a temporal memory learns. Permanences in ten-thousandths. */
export interface MemoryRates {
  readonly initial: number
  readonly increment: number
  readonly decrement: number
  /** What a segment loses for a prediction that did not come true. */
  readonly predictedDecrement: number
  readonly newSynapses: number
  readonly segmentsPerCellMax: number
  /** Share of bursting columns from which a sequence starts anew; over 1: never. */
  readonly surpriseShare: number
  readonly seed: number
}

/** What a memory holds of the present, apart from what it has learned. */
export interface MemoryPresent {
  readonly record: number
  readonly columns: Uint16Array
  /** Active cells of each of the columns. */
  readonly words: Uint32Array
  readonly winners: readonly number[]
}

/** Segments that are calmed in bulk in the time of one synapse by itself; measured. */
const segmentsPerTouch = 8

/** The temporal memory of one series. */
export class TemporalMemory {
  readonly segments: Segments
  readonly #rates: MemoryRates
  readonly #growth: SegmentGrowth
  readonly #cellsPerColumn: number
  /** Cells by column, as bits: active now; predicted for the next record. */
  readonly #activeWords: Uint32Array
  readonly #predictedWords: Uint32Array
  /** 1 + place of a column among the active ones, or 0. */
  readonly #ranks: Uint16Array
  #activeColumns = new Uint16Array(0)
  #nextWords = new Uint32Array(0)
  /** Best matching segment of a bursting column, or -1, by rank. */
  #best = new Int32Array(0)
  #winners: number[] = []
  #nextWinners: number[] = []
  #newcomers: number[] = []
  #toLearn: number[] = []
  #record = 0

  constructor(limits: SegmentLimits, rates: MemoryRates) {
    this.segments = new Segments(limits)
    this.#rates = rates
    this.#growth = new SegmentGrowth(this.segments, rates)
    this.#cellsPerColumn = limits.cellsPerColumn
    this.#activeWords = new Uint32Array(limits.columnCount)
    this.#predictedWords = new Uint32Array(limits.columnCount)
    this.#ranks = new Uint16Array(limits.columnCount)
  }

  /** Winner cells of the last record, ascending; reused. */
  get winners(): readonly number[] {
    return this.#winners
  }

  /**
   * Takes the active columns, ascending, and returns how many of them burst. Then learns, unless
   * masked, and foresees the next record.
   */
  update(columns: Uint16Array, learning: boolean): number {
    this.#record++
    if (columns.length > this.#best.length) {
      this.#best = new Int32Array(columns.length)
      this.#nextWords = new Uint32Array(columns.length)
    }
    const bursting = this.#rank(columns)
    this.#findBest()
    this.#chooseCells(columns, bursting >= this.#rates.surpriseShare * columns.length)
    if (learning) this.#learn()
    this.#activate(columns)
    this.#foresee()
    return bursting
  }

  /** Marks the active columns and counts those that burst. */
  #rank(columns: Uint16Array): number {
    let bursting = 0
    for (let k = 0; k < columns.length; k++) {
      const column = columns[k]!
      this.#ranks[column] = k + 1
      this.#best[k] = -1
      if (this.#predictedWords[column] === 0) bursting++
    }
    return bursting
  }

  /** For each bursting column the segment with most excited synapses, the lowest among equals. */
  #findBest(): void {
    const { matching, cells, excitedCounts } = this.segments
    const members = matching.members
    for (let i = 0; i < matching.count; i++) {
      const segment = members[i]!
      const column = cells[segment]! >>> 5
      const rank = this.#ranks[column]!
      if (rank === 0 || this.#predictedWords[column] !== 0) continue
      const best = this.#best[rank - 1]!
      const gain = best < 0 ? 1 : excitedCounts[segment]! - excitedCounts[best]!
      if (gain > 0 || (gain === 0 && segment < best)) this.#best[rank - 1] = segment
    }
  }

  /** Decides which cells become active and win, and who has to learn. */
  #chooseCells(columns: Uint16Array, surprised: boolean): void {
    const { cells } = this.segments
    const allCells = this.#cellsPerColumn === 32 ? 0xffffffff : (1 << this.#cellsPerColumn) - 1
    this.#nextWinners.length = 0
    this.#newcomers.length = 0
    this.#toLearn.length = 0
    for (let k = 0; k < columns.length; k++) {
      const column = columns[k]!
      const predicted = this.#predictedWords[column]!
      this.#nextWords[k] = predicted === 0 ? allCells : predicted
      for (let bits = predicted; bits !== 0; bits &= bits - 1) {
        this.#nextWinners.push(column * 32 + 31 - Math.clz32(bits & -bits))
      }
      if (predicted !== 0) continue
      const best = this.#best[k]!
      const winner = best >= 0 ? cells[best]! : this.#newCell(column, surprised)
      this.#nextWinners.push(winner)
      if (best >= 0) this.#toLearn.push(best)
      else this.#newcomers.push(winner)
    }
  }

  /** The first cell after a surprise; else one of those with fewest segments, drawn at random. */
  #newCell(column: number, surprised: boolean): number {
    const reserved = this.#rates.surpriseShare <= 1 && this.#cellsPerColumn > 1 ? 1 : 0
    if (surprised && reserved === 1) return column * 32
    const choices = this.#cellsPerColumn - reserved
    const state = nextState(streamState(this.#rates.seed, this.#record, ~column))
    const family = this.segments.index.familyOf[column]!
    if (family < 0) return column * 32 + reserved + drawBelow(state, choices)
    const counts = this.segments.index.segmentCounts
    let fewest = 255
    let equals = 0
    for (let m = reserved; m < this.#cellsPerColumn; m++) {
      const count = counts[family + m]!
      if (count < fewest) {
        fewest = count
        equals = 0
      }
      if (count === fewest) equals++
    }
    let skip = drawBelow(state, equals)
    let m = reserved
    while (counts[family + m] !== fewest || skip-- > 0) m++
    return column * 32 + m
  }

  /** Learns with what was active at the last record. */
  #learn(): void {
    const { active, matching, cells } = this.segments
    const { increment, decrement, predictedDecrement } = this.#rates
    const toLearn = this.#toLearn
    for (let i = 0; i < active.count; i++) {
      const segment = active.members[i]!
      if (this.#ranks[cells[segment]! >>> 5] !== 0) toLearn.push(segment)
    }
    const toPunish: number[] = []
    const suspects = predictedDecrement > 0 ? matching.count : 0
    for (let i = 0; i < suspects; i++) {
      const segment = matching.members[i]!
      if (this.#ranks[cells[segment]! >>> 5] === 0) toPunish.push(segment)
    }
    for (const segment of toLearn) {
      const excited = this.segments.excitedCounts[segment]!
      if (!this.#adapt(segment, increment, -decrement)) continue
      this.segments.lastUsed[segment] = this.#record
      this.segments.marks[segment] = 1
      this.#growth.grow(segment, this.#rates.newSynapses - excited, this.#record)
      this.segments.recount(segment)
    }
    for (const segment of toPunish) {
      if (this.#adapt(segment, -predictedDecrement, 0)) this.segments.recount(segment)
    }
    if (this.#winners.length === 0) return
    for (const cell of this.#newcomers) this.#growth.sprout(cell, this.#record)
  }

  /**
   * Moves the permanences of excited and other synapses; those that reach 0 vanish. False, and the
   * segment closed, if none is left.
   */
  #adapt(segment: number, excitedChange: number, otherChange: number): boolean {
    const { valid, excited, connected, permanences, wordsPerSegment, limits } = this.segments
    const start = segment * wordsPerSegment
    let left = 0
    for (let w = start; w < start + wordsPerSegment; w++) {
      const excitedBits = excited[w]!
      let connectedBits = 0
      let gone = 0
      for (let bits = valid[w]!; bits !== 0; bits &= bits - 1) {
        const bit = bits & -bits
        const slot = w * 32 + 31 - Math.clz32(bit)
        const before = permanences[slot]!
        const after = before + ((excitedBits & bit) !== 0 ? excitedChange : otherChange)
        if (after <= 0) gone |= bit
        else if (after >= limits.connected) connectedBits |= bit
        permanences[slot] = after > permanenceOne ? permanenceOne : after
      }
      connected[w] = connectedBits
      left |= valid[w]! & ~gone
      if (left === 0 && w === start + wordsPerSegment - 1) break
      for (; gone !== 0; gone &= gone - 1) {
        this.segments.removeSynapse(w * 32 + 31 - Math.clz32(gone & -gone))
      }
    }
    if (left === 0) this.segments.close(segment)
    return left !== 0
  }

  /** Switches cells off and on. */
  #activate(columns: Uint16Array): void {
    const words = this.#activeWords
    const afresh = this.#cheaperAfresh(columns)
    if (afresh) this.segments.calmAll()
    for (const column of this.#activeColumns) {
      if (this.#ranks[column] !== 0) continue
      if (!afresh) this.#calm(column, words[column]!)
      words[column] = 0
    }
    for (let k = 0; k < columns.length; k++) {
      const column = columns[k]!
      const before = words[column]!
      const after = this.#nextWords[k]!
      if (!afresh) this.#calm(column, before & ~after)
      this.#excite(column, afresh ? after : after & ~before)
      words[column] = after
      this.#ranks[column] = 0
    }
    if (this.#activeColumns.length === columns.length) this.#activeColumns.set(columns)
    else this.#activeColumns = columns.slice()
    const winners = this.#winners
    this.#winners = this.#nextWinners
    this.#nextWinners = winners
    this.#growth.setWinners(this.#winners)
  }

  /** Whether to calm all and excite the active cells again, in place of only those that change. */
  #cheaperAfresh(columns: Uint16Array): boolean {
    const words = this.#activeWords
    let ending = 0
    for (const column of this.#activeColumns) {
      if (this.#ranks[column] === 0) ending += this.#listeners(column, words[column]!)
    }
    let staying = 0
    for (let k = 0; k < columns.length; k++) {
      const column = columns[k]!
      const before = words[column]!
      if (before === 0) continue
      const after = this.#nextWords[k]!
      ending += this.#listeners(column, before & ~after)
      staying += this.#listeners(column, before & after)
    }
    return ending > staying + this.segments.end / segmentsPerTouch
  }

  /** Synapses that listen to some cells of a column. */
  #listeners(column: number, cells: number): number {
    const { heard, familyOf, lengths } = this.segments.index
    const family = familyOf[column]!
    let count = 0
    for (let bits = cells & heard[column]!; bits !== 0; bits &= bits - 1) {
      count += lengths[family + 31 - Math.clz32(bits & -bits)]!
    }
    return count
  }

  #excite(column: number, cells: number): void {
    const { index } = this.segments
    for (let bits = cells & index.heard[column]!; bits !== 0; bits &= bits - 1) {
      this.segments.excite(index.familyOf[column]! + 31 - Math.clz32(bits & -bits))
    }
  }

  #calm(column: number, cells: number): void {
    const { index } = this.segments
    for (let bits = cells & index.heard[column]!; bits !== 0; bits &= bits - 1) {
      this.segments.calm(index.familyOf[column]! + 31 - Math.clz32(bits & -bits))
    }
  }

  /** Columns with predicted cells. */
  #predictedColumns: number[] = []

  #foresee(): void {
    const { active, cells } = this.segments
    for (const column of this.#predictedColumns) this.#predictedWords[column] = 0
    this.#predictedColumns.length = 0
    for (let i = 0; i < active.count; i++) {
      const cell = cells[active.members[i]!]!
      const column = cell >>> 5
      if (this.#predictedWords[column] === 0) this.#predictedColumns.push(column)
      this.#predictedWords[column] = this.#predictedWords[column]! | (1 << (cell & 31))
    }
  }

  /** A copy of the present, to come back to after records that were only imagined. */
  present(): MemoryPresent {
    const columns = this.#activeColumns.slice()
    const words = Uint32Array.from(columns, (column) => this.#activeWords[column]!)
    return { record: this.#record, columns, words, winners: this.#winners.slice() }
  }

  /** Goes back to a present. Nothing may have been learned since. */
  returnTo({ record, columns, words, winners }: MemoryPresent): void {
    this.#record = record
    this.segments.calmAll()
    for (const column of this.#activeColumns) this.#activeWords[column] = 0
    this.#activeColumns = columns.slice()
    columns.forEach((column, k) => {
      this.#activeWords[column] = words[k]!
      this.#excite(column, words[k]!)
    })
    this.#winners = winners.slice()
    this.#growth.setWinners(this.#winners)
    this.#foresee()
  }

  /** Writes the state; equal states give equal bytes. */
  snapshot(writer: SnapshotWriter): void {
    const compact = new CompactWriter()
    compact.number(this.#record)
    compact.number(this.#growth.hand)
    writeSegments(this.segments, this.#record, compact)
    compact.number(this.#activeColumns.length)
    for (const column of this.#activeColumns) {
      compact.number(column)
      compact.number(this.#activeWords[column]!)
    }
    compact.number(this.#winners.length)
    for (const cell of this.#winners) compact.number(cell)
    writer.bytes(compact.written())
  }

  /** Reads the state into a memory that has seen nothing. */
  restore(reader: SnapshotReader): void {
    const { columnCount, segmentsMax } = this.segments.limits
    const compact = new CompactReader(reader.bytes())
    this.#record = compact.number()
    this.#growth.hand = compact.below(segmentsMax)
    readSegments(this.segments, this.#record, compact)
    this.#activeColumns = new Uint16Array(compact.below(columnCount + 1))
    for (let k = 0; k < this.#activeColumns.length; k++) {
      const column = compact.below(columnCount)
      this.#activeColumns[k] = column
      this.#activeWords[column] = compact.number()
      this.#excite(column, this.#activeWords[column]!)
    }
    const winners = compact.below(columnCount * 32)
    for (let k = 0; k < winners; k++) this.#winners.push(compact.below(columnCount * 32))
    this.#growth.setWinners(this.#winners)
    this.#foresee()
  }
}
