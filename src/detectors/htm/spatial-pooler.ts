/**
 * Spatial pooler: turns an input of some hundred bits into a fixed number of active columns, so
 * that similar inputs share columns, and learns which inputs occur.
 *
 * A column's overlap is the number of active inputs it is connected to; the columns with the
 * largest overlap win, over the whole area (global inhibition), the lower column among equals. The
 * winners learn: permanences to active inputs rise, to all others fall; a synapse counts while its
 * permanence reaches the connected threshold. With boosting, the overlap is weighted against the
 * column's own success, exp(-strength × (active duty - density)); columns that hardly ever overlap
 * with anything have all permanences raised (bumping). Duties are revised every 50 records.
 *
 * Source: Numenta, BAMI, "Spatial Pooling Algorithm Implementation Details"; Cui, Ahmad, Hawkins,
 * "The HTM Spatial Pooler", 2017. docs/algorithms/htm.md says every step exactly.
 *
 * The same results as by the book, found with less work:
 * - overlaps stay in bit-sliced counters; only the rows of inputs that changed are added or taken;
 * - an unchanged input has the winners it had (they gained, nobody else did), so it is only counted
 *   and learned in one go when the input changes;
 * - falling permanences are not touched: a row stores permanence + fall, where `fall` is what the
 *   column's synapses have lost so far. `slack` is the fall at which the next synapse may drop out;
 * - a row is copied from the shared initial matrix when it first learns.
 *
 * Cost: with 2048 columns of 454 inputs about 5 to 10 µs a record; 1 KB a column that has ever won.
 */

import type { SnapshotReader, SnapshotWriter } from '../../core/snapshot.ts'
import { BitPlanes } from './bit-planes.ts'
import type { ColumnDuties } from './column-duties.ts'
import { CompactReader, CompactWriter } from './compact-bytes.ts'
import { neverConnected, permanenceOne } from './pooler-matrix.ts'
import type { PoolerMatrix, PoolerShape } from './pooler-matrix.ts'

/** How a pooler learns. Permanences in ten-thousandths. */
export interface PoolerRates {
  readonly activeCount: number
  /** Active inputs of a record. */
  readonly activeInputs: number
  readonly increment: number
  readonly decrement: number
}

/** What a pooler is made of. Without duties it neither boosts nor bumps. */
export interface PoolerParts {
  readonly shape: PoolerShape
  readonly rates: PoolerRates
  readonly base: PoolerMatrix
  readonly duties: ColumnDuties | undefined
}

/** What a pooler holds of the present, apart from what it has learned. */
export interface PoolerPresent {
  readonly inputs: Uint16Array
  readonly active: Uint16Array
  readonly settled: boolean
}

/** A row is written afresh before its stored values could leave 16 bits. */
const fallMax = 50000

/** Repeats of one input are written at the latest when they amount to this fall. */
const fallPendingMax = 4000

/** Own rows are allocated in steps of this factor. */
const rowGrowth = 1.25

/** A pooler for one series. */
export class SpatialPooler {
  /** Ascending winners of the last record; reused. */
  readonly active: Uint16Array
  readonly #shape: PoolerShape
  readonly #rates: PoolerRates
  readonly #base: PoolerMatrix
  readonly #duties: ColumnDuties | undefined
  readonly #words: number
  readonly #overlaps: BitPlanes
  readonly #counts: Uint8Array
  /** Row i holds a bit for each column connected to input i. */
  readonly #connectedRows: Uint32Array
  /** Row of a column in `#rows`, or -1 while it is still as in the shared matrix. */
  readonly #rowOf: Int16Array
  #rows: Uint16Array
  #rowCount = 0
  readonly #fall: Uint16Array
  readonly #slack: Uint16Array
  /** Inputs of the last record, ascending. */
  #inputs = new Uint16Array(0)
  /** How often the last record's winners have still to learn its inputs. */
  #pending = 0
  /** False where an equal input need not have equal winners. */
  #settled = false

  constructor({ shape, rates, base, duties }: PoolerParts) {
    const { columnCount, inputCount } = shape
    this.#shape = shape
    this.#rates = rates
    this.#base = base
    this.#duties = duties
    this.#words = columnCount >>> 5
    this.active = new Uint16Array(rates.activeCount)
    this.#overlaps = new BitPlanes(this.#words, rates.activeInputs)
    this.#counts = new Uint8Array(columnCount)
    this.#connectedRows = base.connectedRows.slice()
    this.#rowOf = new Int16Array(columnCount).fill(-1)
    this.#rows = new Uint16Array(rates.activeCount * inputCount)
    this.#fall = new Uint16Array(columnCount)
    this.#slack = base.slack.slice()
  }

  /**
   * The winners for the active inputs, given in ascending order; then learns, unless masked.
   * Returns `active`. The inputs are copied.
   */
  update(inputs: Uint16Array, learning: boolean): Uint16Array {
    if (!this.#settled || !sameInputs(inputs, this.#inputs)) {
      this.#writePending()
      this.#exchange(inputs)
      this.#select()
      this.#settled = true
    }
    if (!learning) return this.active
    this.#pending++
    const roundEnds = this.#duties?.count(this.#overlaps, this.active) ?? false
    if (roundEnds) this.#endRound()
    else if (this.#pending * this.#rates.decrement > fallPendingMax) this.#writePending()
    return this.active
  }

  /** Moves the overlap counters from the old inputs to the new ones. Both ascend. */
  #exchange(inputs: Uint16Array): void {
    const words = this.#words
    const old = this.#inputs
    for (let o = 0, n = 0; o < old.length; o++) {
      while (n < inputs.length && inputs[n]! < old[o]!) n++
      if (inputs[n] !== old[o]) this.#overlaps.subtractRow(this.#connectedRows, old[o]! * words)
    }
    for (let o = 0, n = 0; n < inputs.length; n++) {
      while (o < old.length && old[o]! < inputs[n]!) o++
      if (inputs[n] !== old[o]) this.#overlaps.addRow(this.#connectedRows, inputs[n]! * words)
    }
    if (old.length === inputs.length) old.set(inputs)
    else this.#inputs = inputs.slice()
  }

  #select(): void {
    const { activeCount } = this.#rates
    if (this.#duties === undefined || !this.#duties.boosting) {
      this.#overlaps.writeLargest(activeCount, this.active)
      return
    }
    this.#overlaps.writeCounts(this.#counts)
    writeLargestProducts(this.#counts, this.#duties.boosts, this.active)
  }

  /** Lets the winners learn the inputs, as often as they have won with them. */
  #writePending(): void {
    if (this.#pending === 0) return
    for (let k = 0; k < this.active.length; k++) this.#learn(this.active[k]!, this.#pending)
    this.#pending = 0
  }

  #learn(column: number, times: number): void {
    const { connected, inputCount } = this.#shape
    const start = this.#ownRow(column)
    const rise = times * this.#rates.increment
    if (this.#fall[column]! > fallMax) this.#levelRow(column, start)
    const fallBefore = this.#fall[column]!
    const fall = fallBefore + times * this.#rates.decrement
    const rows = this.#rows
    const inputs = this.#inputs
    let slack = this.#slack[column]!
    for (let k = 0; k < inputs.length; k++) {
      const at = start + inputs[k]!
      const stored = rows[at]!
      if (stored === neverConnected) continue
      const before = stored > fallBefore ? stored - fallBefore : 0
      const after = before + rise < permanenceOne ? before + rise : permanenceOne
      rows[at] = after + fall
      if (before >= connected || after < connected) continue
      this.#connect(column, inputs[k]!)
      this.#overlaps.increment(column)
      slack = Math.min(slack, after + fall - connected)
    }
    this.#fall[column] = fall
    this.#slack[column] = slack
    if (fall > slack) this.#dropOut(column, { start, end: start + inputCount, fallBefore })
  }

  /** Disconnects what has fallen under the threshold, and looks up when the next one will. */
  #dropOut(column: number, row: { start: number; end: number; fallBefore: number }): void {
    const { connected } = this.#shape
    const { start, end, fallBefore } = row
    const rows = this.#rows
    const fall = this.#fall[column]!
    const gone = fallBefore + connected
    const kept = fall + connected
    let least = neverConnected
    for (let at = start; at < end; at++) {
      const stored = rows[at]!
      if (stored < gone) continue
      if (stored >= kept) least = stored < least ? stored : least
      else this.#disconnect(column, at - start)
    }
    this.#slack[column] = least - connected
  }

  #connect(column: number, input: number): void {
    const at = input * this.#words + (column >>> 5)
    this.#connectedRows[at] = this.#connectedRows[at]! | (1 << (column & 31))
  }

  #disconnect(column: number, input: number): void {
    const at = input * this.#words + (column >>> 5)
    this.#connectedRows[at] = this.#connectedRows[at]! & ~(1 << (column & 31))
  }

  /** Where the column's own row starts, copied from the shared matrix the first time. */
  #ownRow(column: number): number {
    const { inputCount } = this.#shape
    const row = this.#rowOf[column]!
    if (row >= 0) return row * inputCount
    const start = this.#rowCount * inputCount
    if (start + inputCount > this.#rows.length) {
      const rows = new Uint16Array(Math.ceil(this.#rowCount * rowGrowth) * inputCount)
      rows.set(this.#rows)
      this.#rows = rows
    }
    const base = column * inputCount
    this.#rows.set(this.#base.permanences.subarray(base, base + inputCount), start)
    this.#rowOf[column] = this.#rowCount++
    return start
  }

  /** Writes a row's permanences out, so that it stands at fall 0 again. */
  #levelRow(column: number, start: number): void {
    const fall = this.#fall[column]!
    const rows = this.#rows
    for (let at = start; at < start + this.#shape.inputCount; at++) {
      const stored = rows[at]!
      if (stored !== neverConnected) rows[at] = stored > fall ? stored - fall : 0
    }
    this.#fall[column] = 0
    this.#slack[column] = this.#slack[column]! - fall
  }

  #endRound(): void {
    this.#writePending()
    const weak = this.#duties?.endRound() ?? []
    for (const column of weak) this.#bump(column)
    this.#settled = false
  }

  /** Raises all permanences of a weak column by a tenth of the connected threshold. */
  #bump(column: number): void {
    const { connected, inputCount } = this.#shape
    const start = this.#ownRow(column)
    this.#levelRow(column, start)
    const rise = Math.floor(connected / 10)
    const active = new Set(this.#inputs)
    let least = neverConnected
    for (let i = 0; i < inputCount; i++) {
      const before = this.#rows[start + i]!
      if (before === neverConnected) continue
      const after = Math.min(permanenceOne, before + rise)
      this.#rows[start + i] = after
      if (after >= connected) least = Math.min(least, after)
      if (before >= connected || after < connected) continue
      this.#connect(column, i)
      if (active.has(i)) this.#overlaps.increment(column)
    }
    this.#slack[column] = least - connected
  }

  /** A copy of the present, to come back to after records that were only imagined. */
  present(): PoolerPresent {
    this.#writePending()
    return { inputs: this.#inputs.slice(), active: this.active.slice(), settled: this.#settled }
  }

  /** Goes back to a present. Nothing may have been learned since. */
  returnTo({ inputs, active, settled }: PoolerPresent): void {
    this.#exchange(inputs)
    this.active.set(active)
    this.#settled = settled
  }

  /** Bytes held, without the shared matrix. */
  get sizeBytes(): number {
    const perColumn = this.#rowOf.byteLength + this.#fall.byteLength + this.#slack.byteLength
    return this.#rows.byteLength + this.#connectedRows.byteLength + perColumn
  }

  /**
   * Writes the state; equal states give equal bytes. Of a column's row only what differs from the
   * shared matrix is written: inputs that were never active while it won follow from its fall.
   */
  snapshot(writer: SnapshotWriter): void {
    this.#writePending()
    const { columnCount } = this.#shape
    const compact = new CompactWriter()
    compact.number(this.#settled ? 1 : 0)
    compact.number(this.#inputs.length)
    for (const input of this.#inputs) compact.number(input)
    for (const column of this.active) compact.number(column)
    compact.number(this.#rowCount)
    for (let column = 0; column < columnCount; column++) {
      if (this.#rowOf[column]! >= 0) this.#writeRow(column, compact)
    }
    writer.bytes(compact.written())
    this.#duties?.snapshot(writer)
  }

  #writeRow(column: number, compact: CompactWriter): void {
    const { inputCount } = this.#shape
    const rows = this.#rows
    const base = this.#base.permanences
    const start = this.#rowOf[column]! * inputCount
    const baseStart = column * inputCount
    compact.number(column)
    compact.number(this.#fall[column]!)
    let before = -1
    for (let i = 0; i < inputCount; i++) {
      if (rows[start + i] === base[baseStart + i]) continue
      compact.number(i - before)
      compact.number(rows[start + i]!)
      before = i
    }
    compact.number(0)
  }

  /** Reads the state into a pooler that has seen nothing. */
  restore(reader: SnapshotReader): void {
    const { columnCount, inputCount } = this.#shape
    const compact = new CompactReader(reader.bytes())
    this.#settled = compact.below(2) === 1
    const inputs = Uint16Array.from({ length: compact.below(inputCount + 1) }, () =>
      compact.below(inputCount),
    )
    for (let k = 0; k < this.active.length; k++) this.active[k] = compact.below(columnCount)
    const rows = compact.below(columnCount + 1)
    for (let r = 0; r < rows; r++) this.#readRow(compact)
    this.#exchange(inputs)
    this.#duties?.restore(reader)
  }

  #readRow(compact: CompactReader): void {
    const { columnCount, inputCount, connected } = this.#shape
    const column = compact.below(columnCount)
    const fall = compact.below(2 ** 16)
    const start = this.#ownRow(column)
    const rows = this.#rows
    for (let i = -1, step = compact.below(inputCount + 1); step > 0;) {
      i += step
      rows[start + (i % inputCount)] = compact.below(2 ** 16)
      step = compact.below(inputCount + 1)
    }
    let least = neverConnected
    for (let i = 0; i < inputCount; i++) {
      const stored = rows[start + i]!
      if (stored === neverConnected || stored < fall + connected) {
        this.#disconnect(column, i)
        continue
      }
      this.#connect(column, i)
      least = stored < least ? stored : least
    }
    this.#fall[column] = fall
    this.#slack[column] = least - connected
  }
}

function sameInputs(a: Uint16Array, b: Uint16Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** The lanes with the largest count × boost, ascending; among equals the lower lane. */
function writeLargestProducts(counts: Uint8Array, boosts: Uint16Array, into: Uint16Array): void {
  const lanes = counts.length
  // The largest threshold that at least as many lanes reach as are wanted, by halving.
  let low = 0
  let high = 1 << 24
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    let reached = 0
    for (let c = 0; c < lanes; c++) if (counts[c]! * boosts[c]! >= middle) reached++
    if (reached >= into.length) low = middle
    else high = middle
  }
  let above = 0
  for (let c = 0; c < lanes; c++) if (counts[c]! * boosts[c]! > low) above++
  let tied = into.length - above
  let at = 0
  for (let c = 0; c < lanes; c++) {
    const product = counts[c]! * boosts[c]!
    if (product > low || (product === low && tied-- > 0)) into[at++] = c
  }
}
