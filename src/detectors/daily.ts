/**
 * Daily: an ordinary value at a time of day when it is not.
 *
 * Detectors that follow a sequence or a level do not see that a peak did not come: each value of a
 * flat line inside a daily curve is an ordinary one, and follows from the one before. Here levels
 * are counted by the time of day,
 *
 *   levels in steps of 1/10 of the range × eight times of three hours
 *   levels in steps of 1/15 of the range × 24 hours
 *
 * and of each count, the novelty 1 / (1 + count) is held against what it used to be, averaged over
 * ten samples (stats/novelty-likelihood.ts). The decades so found are nominal, far too rare, as
 * those of the likelihood: 5.19 of them are three real ones, and under three they say nothing. They
 * are fused with the evidence that came in (stats/decades.ts).
 *
 * The range is that of probation. Samples of probation wait until it is known, at most 1000.
 *
 * Unlike in `auto`, the likelihood is fitted to whatever there is at a hundred rows, and looks at
 * both sides: fitted to fifty means and one side, `htm` behind it loses .8 on NAB (`forewarn bench
 * nab --detector htm`), and an ordinary morning alarms where judging begins at night.
 *
 * Source: counts and likelihood as in DASRS; levels by the time of day, and their steps, by
 * measurement (docs/algorithms/auto.md, docs/algorithms/daily.md).
 * Good at: a daily peak that does not come. Says nothing where time has no days in it.
 * Cost: O(1) a sample, two look-ups; 2 KB, in probation 16 bytes a sample.
 */

import type { Assessment } from '../core/assessment.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { decadesOf, fused, scoreOf } from '../stats/decades.ts'
import { LevelCounts } from '../stats/level-counts.ts'
import { NoveltyLikelihood } from '../stats/novelty-likelihood.ts'
import type { Learning, ScoreFilter } from './detector.ts'

/** Options of the filter. */
export const dailyOptions = {
  nominalDecades: {
    kind: 'number',
    min: 3.1,
    max: 10,
    default: 5.19,
    about:
      'How many nominal decades make a score of .999: fewer find more, and more of it falsely. ' +
      'Three of them count for nothing.',
  },
} as const satisfies OptionSpecs

export type DailyOptions = OptionsOf<typeof dailyOptions>

const dayMs = 86_400_000

/** Steps and times of the two tables. Source: docs/algorithms/auto.md. */
const coarse = { steps: 10, slots: 8 }
const fine = { steps: 15, slots: 24 }

/**
 * A series whose places vary less has not moved, and nothing in it is unusual. NAB's detectors say
 * 1.5e-5 for values; a range is some five deviations wide.
 */
const varianceMin = 6e-7
/** The variance fades as the likelihood does. */
const memorySamples = 8640

/**
 * Up to here the evidence counts for nothing; from here on it grows to the three decades of the
 * default threshold. By measurement: without it the continuous score of cloud loses .08 of VUS-PR
 * and KPI .02 of F1, for .8 points of NAB.
 */
const quietDecades = 3
const alarmDecades = 3

/** Samples of probation that are kept to find the range. */
const waitingMax = 1000

/** One table and what is usual in it. */
class DailyLevels {
  readonly #counts: LevelCounts
  readonly #likelihood = new NoveltyLikelihood({ fittedSamplesMin: 1, sides: 'both' })
  readonly #steps: number
  readonly #slots: number

  constructor({ steps, slots }: { steps: number; slots: number }) {
    this.#steps = steps
    this.#slots = slots
    this.#counts = new LevelCounts({ levels: steps + 1, slots })
  }

  /** `place` is where in the range the value lies: 0 at its least, 1 at its greatest. */
  #novelty(timestampMs: number, place: number): number {
    return 1 / (1 + this.#counts.count(Math.trunc(place * this.#steps), this.#slot(timestampMs)))
  }

  #slot(timestampMs: number): number {
    const ofDayMs = timestampMs - dayMs * Math.floor(timestampMs / dayMs)
    return Math.floor((ofDayMs * this.#slots) / dayMs)
  }

  learn(row: number, timestampMs: number, place: number): void {
    this.#likelihood.push(row, this.#novelty(timestampMs, place))
    this.#counts.add(Math.trunc(place * this.#steps), this.#slot(timestampMs))
  }

  judge(row: number, timestampMs: number, place: number, still: boolean): number {
    const decades = this.#likelihood.judge(row, this.#novelty(timestampMs, place), still)
    this.#counts.add(Math.trunc(place * this.#steps), this.#slot(timestampMs))
    return decades
  }

  judgeMasked(row: number, timestampMs: number, place: number): number {
    return this.#likelihood.decades(row, this.#novelty(timestampMs, place))
  }

  snapshot(writer: SnapshotWriter): void {
    this.#counts.snapshot(writer)
    this.#likelihood.snapshot(writer)
  }

  restore(reader: SnapshotReader): void {
    this.#counts.restore(reader)
    this.#likelihood.restore(reader)
  }
}

/** See the head of the file. */
export class Daily implements ScoreFilter {
  readonly #options: DailyOptions
  readonly #coarse = new DailyLevels(coarse)
  readonly #fine = new DailyLevels(fine)
  /** Times and values by turns, until the range is known. */
  #waiting: number[] = []
  #laid = false
  #lowest = 0
  #range = 0
  #row = 0
  /** Of the places in the range. */
  #mean = 0
  #variance = 0

  constructor(options: DailyOptions) {
    this.#options = options
  }

  /** A sample that the detector could not score. */
  pass(timestampMs: number, value: number): void {
    if (this.#laid) this.#learn(timestampMs, value)
    else this.#wait(timestampMs, value)
  }

  #wait(timestampMs: number, value: number): void {
    this.#waiting.push(timestampMs, value)
    if (this.#waiting.length === 2 * waitingMax) this.#lay()
  }

  apply(value: number, learning: Learning, assessment: Assessment, timestampMs: number): void {
    if (assessment.inProbation) {
      this.pass(timestampMs, value)
      return
    }
    if (!this.#laid) this.#lay()
    const nominal = this.#judge(learning, timestampMs, this.#place(value))
    const { nominalDecades } = this.#options
    const loud = Math.max(0, nominal - quietDecades) / (nominalDecades - quietDecades)
    const decades = alarmDecades * loud
    assessment.score = scoreOf(fused(decades, decadesOf(assessment.score)))
  }

  #judge(learning: Learning, timestampMs: number, place: number): number {
    const row = this.#row
    if (learning === 'masked') {
      const decades = this.#coarse.judgeMasked(row, timestampMs, place)
      return fused(decades, this.#fine.judgeMasked(row, timestampMs, place))
    }
    const still = this.#variance < varianceMin
    this.#learnPlace(place)
    const decades = this.#coarse.judge(row, timestampMs, place, still)
    return fused(decades, this.#fine.judge(row, timestampMs, place, still))
  }

  #learnPlace(place: number): void {
    const share = Math.max(1 / ++this.#row, 1 / memorySamples)
    const distance = place - this.#mean
    this.#mean += share * distance
    this.#variance = (1 - share) * (this.#variance + share * distance * distance)
  }

  #place(value: number): number {
    return this.#range > 0 ? (value - this.#lowest) / this.#range : value - this.#lowest
  }

  /** Takes the range of the waiting samples, and learns them. */
  #lay(): void {
    this.#laid = true
    const waiting = this.#waiting
    this.#waiting = []
    let lowest = Infinity
    let highest = -Infinity
    for (let i = 1; i < waiting.length; i += 2) {
      lowest = Math.min(lowest, waiting[i] as number)
      highest = Math.max(highest, waiting[i] as number)
    }
    this.#lowest = waiting.length > 0 ? lowest : 0
    this.#range = waiting.length > 0 ? highest - lowest : 0
    for (let i = 0; i < waiting.length; i += 2) {
      this.#learn(waiting[i] as number, waiting[i + 1] as number)
    }
  }

  #learn(timestampMs: number, value: number): void {
    const place = this.#place(value)
    this.#coarse.learn(this.#row, timestampMs, place)
    this.#fine.learn(this.#row, timestampMs, place)
    this.#learnPlace(place)
  }

  snapshot(writer: SnapshotWriter): void {
    writer.boolean(this.#laid)
    writer.float64(this.#lowest)
    writer.float64(this.#range)
    writer.float64(this.#row)
    writer.float64(this.#mean)
    writer.float64(this.#variance)
    writer.typedArray(Float64Array.from(this.#waiting))
    this.#coarse.snapshot(writer)
    this.#fine.snapshot(writer)
  }

  restore(reader: SnapshotReader): void {
    this.#laid = reader.boolean()
    this.#lowest = reader.float64()
    this.#range = reader.float64()
    this.#row = reader.float64()
    this.#mean = reader.float64()
    this.#variance = reader.float64()
    const bytes = reader.bytes()
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#waiting = Array.from({ length: bytes.length / 8 }, (_, i) => view.getFloat64(8 * i, true))
    this.#coarse.restore(reader)
    this.#fine.restore(reader)
  }
}
