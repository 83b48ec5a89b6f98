/**
 * What a series will be, by what it was at this place of its period.
 *
 *   cells    …│ y_{c-2p} │ … │ y_{c-p} │ … │ y_c │ ? │        a ring of the last 4096
 *
 *   season     S_c = Σ_k .6^k y_{c-kp} / Σ_k .6^k           k = 1 … 8, as far as they are known
 *   remainder  r_c = y_c - S_c
 *   forecast   ŷ_{c+h} = S_{c+h} + .99^h m + φ^h (r_c - m)
 *   band       ± 1.64 √(v (1 - φ^{2h}) / (1 - φ²))           nine in ten
 *
 * m, φ and v are mean, one-step memory and innovation variance of the remainder, each with rates of
 * a hundredth. Steps over five deviations are learned as if no larger.
 *
 * The period p is the lag at which the series is most like itself (stats/autocorrelation.ts),
 * looked for whenever there are a quarter more cells, or 1024 more: a day, a
 * week, or whatever it is. Without one S is 0, and m is the level that values return to, which does
 * not fade.
 *
 * Where the period is a day or a week, y_{c-kp} is what was at the same local time of a calendar.
 *
 * A cell is one cadence long; several values in one count as their mean, a cell without one is a
 * gap and is passed over. So irregular and gappy series have a season too.
 *
 * Source: the seasonal average and damped return of Holt 1957 and Winters 1960, with the parts
 * estimated by regression instead of smoothing constants. Numbers by measurement
 * (docs/algorithms/seasonal.md).
 * Cost: O(1) a value, O(n log n) whenever the period is looked for; 8 bytes a cell.
 */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { periodOf } from './autocorrelation.ts'
import type { Calendar } from './calendar.ts'

const seasonsMax = 8
const seasonShare = 0.6
const remainderShare = 0.01
const cutDeviations = 5
const memoryMax = 0.999
const periodCellsMin = 32
/** Share by which the cells must grow until the period is looked for again. */
const searchGrowth = 1.25
const searchCells = 1024
/** Deviations of a normal distribution that nine in ten lie within. */
const bandDeviations = 1.645
/** Week and day, and how near a lag must be to be taken for one. */
const weekMs = 604_800_000
const calendarPeriodsMs = [weekMs, weekMs / 7]
const roundedShare = 0.015
export const bandProbability = 0.9

/** A value ahead, and where nine in ten will lie. */
export interface Ahead {
  readonly value: number
  readonly lower: number
  readonly upper: number
  /** √ of the variance that is foretold. */
  readonly deviation: number
}

/** See the head of the file. */
export class SeasonalForecast {
  readonly #cells: Float64Array
  readonly #cellMs: number
  readonly #calendar: Calendar | undefined
  /** Cells since the first value, the open one included; the ring holds the last of them. */
  #count = 0
  #originMs = 0
  /** Number of the newest cell since the first value, and how many values are in it. */
  #newest = 0
  #inCell = 0
  #period = 0
  #searched = 0
  #learned = 0
  #mean = 0
  #product = 0
  #square = 0
  #variance = 0
  #remainder = 0

  constructor({ cellMs, cells, calendar }: { cellMs: number; cells: number; calendar?: Calendar }) {
    this.#cellMs = cellMs
    this.#calendar = calendar?.isUtc === true ? undefined : calendar
    this.#cells = new Float64Array(cells).fill(NaN)
  }

  /** Length of the season; 0 where none was found. */
  get periodMs(): number {
    return this.#period * this.#cellMs
  }

  /** Share of the remainder that is still there a cell later. */
  get memory(): number {
    if (!(this.#square > 0)) return 0
    return Math.max(0, Math.min(memoryMax, this.#product / this.#square))
  }

  /** What is foretold for a moment; undefined before the first value. */
  at(timestampMs: number): Ahead | undefined {
    if (this.#count === 0) return undefined
    return this.#ahead(Math.max(0, this.#cellOf(timestampMs) - this.#newest))
  }

  #ahead(steps: number): Ahead {
    const phi = this.memory
    const kept = phi ** steps
    const season = this.#season(this.#newest + steps)
    const mean = this.#period === 0 ? this.#mean : this.#mean * (1 - remainderShare) ** steps
    const value = season + mean + kept * (this.#remainder - this.#mean)
    const grown = (1 - kept * kept) / (1 - phi * phi)
    const deviation = Math.sqrt(this.#variance * Math.max(1, grown))
    const half = bandDeviations * deviation
    return { value, lower: value - half, upper: value + half, deviation }
  }

  /** S of a cell, by whole periods before it; 0 without a season. */
  #season(cell: number): number {
    const period = this.#period
    if (period === 0) return 0
    const oldest = this.#newest - Math.min(this.#count, this.#cells.length) + 1
    let at = cell - period
    while (at > this.#newest) at -= period
    let [sum, weights, weight] = [0, 0, 1]
    for (let k = 0; k < seasonsMax && at >= oldest; k++, at -= period, weight *= seasonShare) {
      const value = this.#cells[this.#slot(at + this.#clockShift(at, cell))]!
      if (Number.isNaN(value)) continue
      sum += weight * value
      weights += weight
    }
    return weights === 0 ? this.#levelOfPeriod(oldest) : sum / weights
  }

  /**
   * Cells by which a clock was put back between two: what was at this local time a whole number of
   * days before was so much later. 0 where the period is not a matter of the clock.
   */
  #clockShift(at: number, cell: number): number {
    const calendar = this.#calendar
    if (calendar === undefined || !this.#isOfClock) return 0
    const [thenMs, nowMs] = [this.#cellStartMs(at), this.#cellStartMs(cell)]
    const shiftMs = calendar.localMs(nowMs) - nowMs - (calendar.localMs(thenMs) - thenMs)
    const shift = Math.round(shiftMs / this.#cellMs)
    return at + shift > this.#newest ? 0 : shift
  }

  /** Whether the period is a day or a week. */
  get #isOfClock(): boolean {
    return calendarPeriodsMs.some((each) => Math.abs(each - this.periodMs) < this.#cellMs)
  }

  #cellStartMs(cell: number): number {
    return this.#originMs + cell * this.#cellMs
  }

  /** The mean of what is known, where this place of the period never was. */
  #levelOfPeriod(oldest: number): number {
    let [sum, count] = [0, 0]
    for (let cell = Math.max(oldest, this.#newest - this.#period); cell <= this.#newest; cell++) {
      const value = this.#cells[this.#slot(cell)]!
      if (Number.isNaN(value)) continue
      sum += value
      count++
    }
    return count === 0 ? 0 : sum / count
  }

  #slot(cell: number): number {
    const slots = this.#cells.length
    return ((cell % slots) + slots) % slots
  }

  /** Learns a value. */
  push(timestampMs: number, value: number): void {
    if (this.#count === 0) this.#originMs = timestampMs
    const cell = this.#cellOf(timestampMs)
    if (this.#count === 0) this.#first(cell, value)
    else if (cell <= this.#newest) this.#addToCell(value)
    else this.#open(cell, value)
  }

  /** The first value is in the middle of its cell, so that a little jitter moves nothing. */
  #cellOf(timestampMs: number): number {
    return Math.round((timestampMs - this.#originMs) / this.#cellMs)
  }

  #first(cell: number, value: number): void {
    this.#newest = cell
    this.#count = 1
    this.#inCell = 1
    this.#cells[this.#slot(cell)] = value
    this.#mean = value
    this.#remainder = value
  }

  #addToCell(value: number): void {
    const slot = this.#slot(this.#newest)
    const mean = this.#cells[slot]!
    this.#inCell++
    this.#cells[slot] = mean + (value - mean) / this.#inCell
  }

  #open(cell: number, value: number): void {
    const steps = cell - this.#newest
    if (steps === 1) this.#learn(value - this.#season(cell))
    else this.#remainder = value - this.#season(cell)
    const gaps = Math.min(steps, this.#cells.length + 1)
    for (let i = 1; i < gaps; i++) this.#cells[this.#slot(cell - i)] = NaN
    this.#newest = cell
    this.#count += steps
    this.#inCell = 1
    this.#cells[this.#slot(cell)] = value
    if (this.#count >= this.#nextSearch()) this.#search()
  }

  #nextSearch(): number {
    const { length } = this.#cells
    if (this.#searched === 0) return periodCellsMin
    const grown = this.#searched < length ? searchGrowth * this.#searched : Infinity
    return Math.min(grown, this.#searched + searchCells)
  }

  /** Learns how the remainder goes on from the one before. */
  #learn(remainder: number): void {
    const share = Math.max(remainderShare, 1 / ++this.#learned)
    const before = this.#remainder - this.#mean
    const error = remainder - this.#mean - this.memory * before
    const deviation = Math.sqrt(this.#variance)
    const reach =
      this.#learned > periodCellsMin && deviation > 0 ? cutDeviations * deviation : Infinity
    const cut = Math.max(-reach, Math.min(reach, error))
    const now = this.memory * before + cut
    this.#variance += share * (cut * cut - this.#variance)
    this.#product += share * (before * now - this.#product)
    this.#square += share * (before * before - this.#square)
    this.#mean += share * now
    this.#remainder = remainder
  }

  /** Looks for the period; where it is another one, what is left of the ring is learned anew. */
  #search(): void {
    this.#searched = this.#count
    const known = Math.min(this.#count, this.#cells.length)
    const oldest = this.#newest - known + 1
    const values = Float64Array.from(
      { length: known },
      (_, i) => this.#cells[this.#slot(oldest + i)]!,
    )
    const week = Math.round(weekMs / this.#cellMs)
    const period = this.#rounded(periodOf(values, week) ?? 0)
    if (period === this.#period) return
    this.#period = period
    this.#relearn(values, oldest)
  }

  /** A lag that is nearly a day or a week is one. */
  #rounded(lag: number): number {
    for (const calendarMs of calendarPeriodsMs) {
      const cells = calendarMs / this.#cellMs
      if (Math.abs(lag - cells) <= roundedShare * cells) return Math.round(cells)
    }
    return lag
  }

  #relearn(values: Float64Array, oldest: number): void {
    const newest = this.#newest
    const count = this.#count
    this.#learned = this.#mean = this.#product = this.#square = this.#variance = 0
    const from = Math.max(this.#period, values.length - 2 * Math.max(this.#period, searchCells))
    let known = false
    for (let i = Math.max(1, from); i < values.length; i++) {
      const value = values[i]!
      if (Number.isNaN(value)) {
        known = false
        continue
      }
      // The season is that of the cells before this one.
      this.#newest = oldest + i - 1
      this.#count = i
      const remainder = value - this.#season(oldest + i)
      if (known) this.#learn(remainder)
      else this.#remainder = remainder
      if (this.#learned === 0) this.#mean = remainder
      known = true
    }
    this.#newest = newest
    this.#count = count
  }

  snapshot(writer: SnapshotWriter): void {
    writer.typedArray(this.#cells)
    for (const number of this.#numbers()) writer.float64(number)
  }

  #numbers(): number[] {
    const shape = [this.#count, this.#newest, this.#inCell, this.#period, this.#searched]
    const moments = [this.#mean, this.#product, this.#square, this.#variance, this.#remainder]
    return shape.concat(this.#learned, this.#originMs, moments)
  }

  restore(reader: SnapshotReader): void {
    reader.typedArray(this.#cells)
    this.#count = reader.float64()
    this.#newest = reader.float64()
    this.#inCell = reader.float64()
    this.#period = reader.float64()
    this.#searched = reader.float64()
    this.#learned = reader.float64()
    this.#originMs = reader.float64()
    this.#mean = reader.float64()
    this.#product = reader.float64()
    this.#square = reader.float64()
    this.#variance = reader.float64()
    this.#remainder = reader.float64()
  }
}
