/**
 * What a forecast can be made of: the last values, two averages, and what is usual at this time.
 *
 *   f_t = [1, y_{t-1}, y_{t-2}, y_{t-3}, fast, slow, day_t, day_{t-1}, week_t]
 *
 * fast and slow are moving averages (.1 and .01), day is what is usual at this time of the day,
 * week what is usual at this hour of the week (stats/cycle-profile.ts), in UTC. Where nothing was
 * seen at this time yet, the slow average stands in for it.
 *
 * Source: by measurement (docs/algorithms/auto.md).
 * Cost: O(1); 2.7 KB, nearly all of it the two profiles.
 */

import type { SnapshotReader, SnapshotWriter } from '../../core/snapshot.ts'
import { CycleProfile, profileBytes } from '../../stats/cycle-profile.ts'

const dayMs = 86_400_000
const hoursOfWeek = 168
/** Five minutes a cell. */
const dayCellsMax = 288
const fastShare = 0.1
const slowShareMin = 0.01

/** In words, in the same order. */
export const regressorNames = [
  'the constant',
  'the last value',
  'the value before',
  'the value before that',
  'the fast average',
  'the slow average',
  'the time of the day',
  'the time of the day, a sample ago',
  'the hour of the week',
] as const

/** Weights before anything was learned: tomorrow as today. */
export const firstWeights = [0, 1, 0, 0, 0, 0, 0, 0, 0] as const

/** f of the moment at hand: one for all series, which take it in turns and keep nothing in it. */
const filled = Float64Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0)

/** Share of the day or week that is over, in [0, 1). */
function shareOver(timestampMs: number, cycleMs: number): number {
  const rest = timestampMs % cycleMs
  return (rest < 0 ? rest + cycleMs : rest) / cycleMs
}

/** See the head of the file. Values are scaled ones. */
export class Regressors {
  /** f of the moment last filled in, by whichever series: it holds within one update. */
  readonly values = filled
  readonly #day: CycleProfile
  readonly #week: CycleProfile
  #count = 0
  #last = 0
  #second = 0
  #third = 0
  #fast = 0
  #slow = 0
  #lastUsual = 0

  constructor(cadenceMs: number) {
    const cells = Math.max(1, Math.min(dayCellsMax, Math.trunc(dayMs / cadenceMs)))
    // One buffer for both: each costs some 300 bytes, whatever is in it.
    const startBytes = profileBytes(hoursOfWeek)
    const buffer = new ArrayBuffer(startBytes + profileBytes(cells))
    const week = { cells: hoursOfWeek, visitSamples: dayMs / 24 / cadenceMs }
    const day = { cells, visitSamples: dayMs / cadenceMs / cells }
    this.#week = new CycleProfile(week, { buffer, startBytes: 0 })
    this.#day = new CycleProfile(day, { buffer, startBytes })
  }

  /** Values learned so far. */
  get count(): number {
    return this.#count
  }

  /** Fills `values` for a moment. */
  fill(timestampMs: number): void {
    const f = this.values
    const dayPlace = shareOver(timestampMs, dayMs) * this.#day.cells
    const weekPlace = shareOver(timestampMs, 7 * dayMs) * hoursOfWeek
    f[1] = this.#last
    f[2] = this.#second
    f[3] = this.#third
    f[4] = this.#fast
    f[5] = this.#slow
    f[6] = this.#day.between(dayPlace, this.#slow)
    f[7] = this.#lastUsual
    f[8] = this.#week.at(weekPlace, this.#slow)
  }

  /** Learns the value of the moment that was filled; profiles learn up to `reach` off the usual. */
  learn(timestampMs: number, value: number, reach: number): void {
    const dayPlace = shareOver(timestampMs, dayMs) * this.#day.cells
    this.#day.push(dayPlace, value, reach)
    this.#week.push(shareOver(timestampMs, 7 * dayMs) * hoursOfWeek, value, reach)
    this.#lastUsual = this.values[6]!
    this.#third = this.#second
    this.#second = this.#last
    this.#last = value
    this.#fast += (this.#count === 0 ? 1 : fastShare) * (value - this.#fast)
    this.#slow += Math.max(slowShareMin, 1 / (this.#count + 1)) * (value - this.#slow)
    this.#count++
  }

  snapshot(writer: SnapshotWriter): void {
    this.#day.snapshot(writer)
    this.#week.snapshot(writer)
    writer.float64(this.#count)
    writer.float64(this.#last)
    writer.float64(this.#second)
    writer.float64(this.#third)
    writer.float64(this.#fast)
    writer.float64(this.#slow)
    writer.float64(this.#lastUsual)
  }

  restore(reader: SnapshotReader): void {
    this.#day.restore(reader)
    this.#week.restore(reader)
    this.#count = reader.float64()
    this.#last = reader.float64()
    this.#second = reader.float64()
    this.#third = reader.float64()
    this.#fast = reader.float64()
    this.#slow = reader.float64()
    this.#lastUsual = reader.float64()
  }
}
