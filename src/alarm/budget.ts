/**
 * False-alarm budget of one series: so many alarms in so long, if nothing is wrong.
 *
 * A threshold says how unusual a sample must be; how many alarms that makes depends on how often
 * the series is judged and on how well its scores are calibrated. A budget says how many alarms
 * there may be, and the threshold follows from the series' own past:
 *
 *   time   │ block │ block │ block │ …    32 of them for each alarm of the budget
 *   peaks     M_1     M_2     M_3          the most unusual sample of each, in decades
 *
 *   a share q of the blocks may alarm; of n peaks and the next one, each is as likely to be the
 *   largest, so that one in n + 1 passes the largest, k in n + 1 the k-th largest:
 *
 *   r = q (n + 1)      r ≥ 1: the r-th largest peak, between two of them on a line
 *                      r < 1: the largest + σ ln(1/r)
 *   q = e^(2 b) / 32   b: alarms that were due so far, less those that were raised; within ± 2
 *
 * With b = 0 the first case holds whatever the distribution of scores is, and whatever hangs
 * together within a block, as long as it does not change. The second one, where σ is the mean
 * excess of the upper half over the median peak, foretells a tail that was not seen yet, as
 * exponential in decades. Scores do change: a detector knows more of its series each day, and is
 * less surprised. So the balance b closes the loop: who has raised too few is let alarm more
 * easily, who has raised too many has to be more unusual, until the numbers agree. What is due is
 * counted in time that was judged.
 *
 * A block alarms at most once; what is left of its alarm counts to it. Equal peaks are told apart
 * by a hash of key and block, so that a score of few values keeps to its budget too. Under a score
 * of .9 nothing alarms: what comes once in ten samples is no anomaly, however long nothing was.
 *
 * The last 128 peaks count: four intervals. Real trouble is among them and raises the threshold
 * until it is forgotten, but no further than to the next larger peak. It is in the balance too, as
 * long as nobody says that the alarm was a true one: then it is taken out.
 *
 * The budget is that of each series of the rule. One for all of them together would need to know
 * how many there are, which is not the same on one thread and on eight; N series with one alarm a
 * month each make N alarms a month.
 *
 * Source: ranks of exchangeable values, as in conformal prediction (Vovk, Gammerman, Shafer 2005,
 * "Algorithmic Learning in a Random World", section 2.2); block maxima (Coles 2001, "An
 * Introduction to Statistical Modeling of Extreme Values", section 3.1); a rate that follows what
 * was realised, as in adaptive conformal inference (Gibbs, Candès 2021, equation 2), here in
 * logarithms. Numbers by measurement (docs/guides/budget.md).
 * Cost: O(1) a sample, a sort of 128 numbers a block; 1.1 KB for a series with a budget.
 */

import { hash32 } from '../core/hash.ts'
import type { AlarmVerdict } from '../core/report.ts'
import type { Owner, SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { decadesOf, scoreOf } from '../stats/decades.ts'
import type { BudgetRate } from './budget-rate.ts'

/** Blocks for each alarm. More make peaks of less independent moments, fewer are known later. */
const blocksPerAlarm = 32
const peaksMax = 128
/** Until a block is known: once in a million samples. */
const firstThreshold = 6
/** σ before any peak, in decades, and how many peaks that presumption is worth. */
const presumedExcess = 0.7
const presumedCount = 1
/** What hashes add to a peak at most, in decades: less than any difference that means anything. */
const tieDecades = 1e-6
/** An alarm too few or too many makes alarms so many times as likely or unlikely, as ln. */
const balanceGain = 2
/** A balance beyond this is not remembered: no debt of months. */
const balanceMax = 2
/** Before anything is due; makes up for what the first weeks, still surprising, raise too many. */
const balanceStart = -0.25
/** More than this share of the blocks never alarms. */
const shareMax = 0.5
/** Under a score of .9 nothing alarms, in decades. */
const thresholdMin = 1

/** See the head of the file. */
export class Budget implements Owner {
  readonly #rate: BudgetRate
  readonly #seriesKey: string
  readonly #blockMs: number
  /** Peaks of blocks; the oldest is overwritten. */
  readonly #peaks = new Float64Array(peaksMax)
  #count = 0
  /** Which block, counted from 1970; NaN before the first. */
  #block = NaN
  #peak = 0
  #tie = 0
  #threshold = firstThreshold
  #spent = false
  /** Alarms that were due so far, less those that were raised. */
  #balance = balanceStart
  #lastMs = NaN

  constructor(rate: BudgetRate, seriesKey: string) {
    this.#rate = rate
    this.#seriesKey = seriesKey
    this.#blockMs = rate.intervalMs / rate.alarms / blocksPerAlarm
  }

  /** One that only reads over the state of a rule that had a budget and has none any more. */
  static unused(): Budget {
    return new Budget({ alarms: 1, intervalMs: 1 }, '')
  }

  /** The score over which a sample alarms at present. */
  get threshold(): number {
    return scoreOf(this.#threshold)
  }

  /**
   * Whether a sample with this score may alarm, by what was known before its block. `active` says
   * that an alarm is up already; it may go on.
   */
  passes(timestampMs: number, score: number, active: boolean): boolean {
    this.#accrue(timestampMs)
    const block = Math.floor(timestampMs / this.#blockMs)
    if (block !== this.#block) this.#begin(block)
    const decades = decadesOf(score) + this.#tie
    this.#peak = Math.max(this.#peak, decades)
    if (decades <= this.#threshold || (this.#spent && !active)) return false
    this.#spent = true
    return true
  }

  /** An alarm that it let through began to fire. */
  raised(): void {
    this.#balance = Math.max(this.#balance - 1, -balanceMax)
  }

  /** Somebody says what one of these was: a true alarm is none of the budget. */
  labelled(verdict: AlarmVerdict, before: AlarmVerdict | undefined): void {
    const given = Number(verdict === 'true alarm') - Number(before === 'true alarm')
    this.#balance = Math.max(-balanceMax, Math.min(this.#balance + given, balanceMax))
  }

  /** What is due grows with the time that is judged; a gap counts as one block at most. */
  #accrue(timestampMs: number): void {
    const passedMs = Number.isNaN(this.#lastMs) ? 0 : timestampMs - this.#lastMs
    this.#lastMs = timestampMs
    const judgedMs = Math.max(0, Math.min(passedMs, this.#blockMs))
    const due = judgedMs / (this.#blockMs * blocksPerAlarm)
    this.#balance = Math.min(this.#balance + due, balanceMax)
  }

  #begin(block: number): void {
    if (!Number.isNaN(this.#block)) this.#peaks[this.#count++ % peaksMax] = this.#peak
    this.#block = block
    this.#tie = (tieDecades * hash32(`${this.#seriesKey} ${block}`)) / 2 ** 32
    this.#peak = this.#tie
    this.#spent = false
    const threshold = this.#known === 0 ? firstThreshold : this.#thresholdOf()
    this.#threshold = Math.max(thresholdMin, threshold)
  }

  get #known(): number {
    return Math.min(this.#count, peaksMax)
  }

  #thresholdOf(): number {
    const known = this.#known
    const peaks = this.#peaks.slice(0, known).sort()
    const largest = (rank: number): number => peaks[known - rank] as number
    const share = Math.exp(balanceGain * this.#balance) / blocksPerAlarm
    const rank = (known + 1) * Math.min(share, shareMax)
    if (rank < 1) return largest(1) + meanExcess(peaks) * Math.log(1 / rank)
    const whole = Math.floor(rank)
    if (whole === known) return largest(whole)
    const between = Math.log(rank / whole) / Math.log((whole + 1) / whole)
    return largest(whole) + between * (largest(whole + 1) - largest(whole))
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.#rate.alarms)
    writer.float64(this.#rate.intervalMs)
    writer.typedArray(this.#peaks)
    writer.float64(this.#count)
    writer.float64(this.#block)
    writer.float64(this.#peak)
    writer.float64(this.#tie)
    writer.float64(this.#threshold)
    writer.boolean(this.#spent)
    writer.float64(this.#balance)
    writer.float64(this.#lastMs)
  }

  restore(reader: SnapshotReader): void {
    this.#restoreOwn(reader).#restoreBalance(reader)
  }

  /** The same from a state that knew no balance. */
  restoreUnbalanced(reader: SnapshotReader): void {
    this.#restoreOwn(reader)
  }

  /** Peaks of another budget are of other blocks: they are read over, into one that is dropped. */
  #restoreOwn(reader: SnapshotReader): Budget {
    const alarms = reader.float64()
    const intervalMs = reader.float64()
    const same = alarms === this.#rate.alarms && intervalMs === this.#rate.intervalMs
    const into = same ? this : new Budget({ alarms, intervalMs }, this.#seriesKey)
    into.#restorePeaks(reader)
    return into
  }

  #restorePeaks(reader: SnapshotReader): void {
    reader.typedArray(this.#peaks)
    this.#count = reader.float64()
    this.#block = reader.float64()
    this.#peak = reader.float64()
    this.#tie = reader.float64()
    this.#threshold = reader.float64()
    this.#spent = reader.boolean()
  }

  #restoreBalance(reader: SnapshotReader): void {
    this.#balance = reader.float64()
    this.#lastMs = reader.float64()
  }
}

/** How far the peaks over the median one lie from it, on average. Ascending. */
function meanExcess(peaks: Float64Array): number {
  const middle = peaks[(peaks.length - 1) >> 1] as number
  let sum = 0
  for (let i = peaks.length >> 1; i < peaks.length; i++) sum += (peaks[i] as number) - middle
  const over = peaks.length - (peaks.length >> 1)
  return (sum + presumedCount * presumedExcess) / (over + presumedCount)
}
