/**
 * Auto: one detector for every kind of series, without settings.
 *
 * Several cheap parts watch the series at once, each for another kind of trouble, and each is held
 * against the series' own past, so that what all of them say is in one unit: decades of rarity. Two
 * heads make one number of it.
 *
 *   sample ─▶ warm-up ─▶ witnesses ─▶ evidence ─┬─▶ alarm head ─▶ alarm stage ─┬─▶ score
 *             (scale,    (forecast,             ├─▶ sharp head ─▶ sharp stage ─┘   (head: alarm)
 *              range,     novelty,              └─▶ score head ─┬─▶ score stage ─▶ score
 *              cadence)   range)                                │                  (head: score)
 *                                                               └────────────────▶ raw score
 *
 * Until the series is known (probation), a judge that knows less alarms at gross changes alone.
 *
 * Two kinds of trouble alarm: what is strange for this series, after which it rests for long; and
 * in a series that is known well, what is sharply off, after which it hardly rests.
 *
 * A head of 1 is the default threshold; the score is 1 - 10^(-3 head), so that .999 is a head of 1.
 * The option `head` says which of the two the score is; the raw score is the score head always,
 * and `head: sample` makes it the score too.
 *
 * Expected value and band are those of the forecast: ± 6 of its usual errors. What is told further
 * ahead, where that is asked for, is by the season that the series has (seasonal/outlook.ts).
 *
 * Source: docs/algorithms/auto.md, with all equations and the measurements behind them.
 * Cost: O(1) a sample; at most 12 KB a series.
 */

import type { Assessment } from '../core/assessment.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { Calendar } from '../stats/calendar.ts'
import { scoreOf } from '../stats/decades.ts'
import { AlarmStage } from './auto/alarm-stage.ts'
import type { AutoDesign } from './auto/design.ts'
import { autoDesign } from './auto/design.ts'
import { EarlyJudge } from './auto/early-judge.ts'
import { Evidence, evidenceText } from './auto/evidence.ts'
import { alarmHead, headDecades, scoreHead, sharpHead } from './auto/heads.ts'
import type { AutoOptions } from './auto/options.ts'
import { ScoreStage } from './auto/score-stage.ts'
import { WarmUp } from './auto/warm-up.ts'
import { Witnesses } from './auto/witnesses.ts'
import type { Fact, Forecast, ForecastingDetector, HorizonForecast, Learning } from './detector.ts'
import { Outlook } from './seasonal/outlook.ts'

/** Samples of warm-up: as many as probation, which is never shorter, but no more. */
const warmUpSamplesMin = 20
const warmUpSamplesMax = 1000
const bandDeviations = 6
/** Cells of the cadence that are remembered to tell ahead. */
const outlookCells = 4096
/** Samples that a stage rests after a sample that was told. By measurement. */
const scoreRestSamples = 2
const sharpRestSamples = 30

/** Of the sample at hand: one for all series, which take it in turns and keep nothing in it. */
const said = new Evidence()

/** See the head of the file. */
export class Auto implements ForecastingDetector {
  readonly #options: AutoOptions
  readonly #calendar: Calendar
  readonly #design: AutoDesign
  readonly #probationSamples: number
  readonly #alarmStage: AlarmStage
  readonly #sharpStage: ScoreStage
  readonly #scoreStage: ScoreStage
  #warmUp: WarmUp | undefined
  #witnesses: Witnesses | undefined
  /** Undefined where nothing is told ahead. */
  readonly #outlook: Outlook | undefined
  #early: EarlyJudge | undefined
  /** Samples of probation so far. */
  #learned = 0

  constructor(
    options: AutoOptions,
    design = autoDesign,
    calendar = new Calendar(options.timezone),
  ) {
    const probationSamples = Math.max(warmUpSamplesMin, options.probationSamples)
    this.#options = options
    this.#calendar = calendar
    this.#design = design
    this.#probationSamples = probationSamples
    this.#alarmStage = new AlarmStage(probationSamples, design.restShare)
    this.#sharpStage = new ScoreStage({ probationSamples, restSamples: sharpRestSamples })
    this.#scoreStage = new ScoreStage({ probationSamples, restSamples: scoreRestSamples })
    this.#warmUp = this.#newWarmUp()
    if (options.horizonSamples > 0) {
      this.#outlook = new Outlook({ cellMs: 0, cells: outlookCells, calendar })
    }
  }

  #newWarmUp(): WarmUp {
    return new WarmUp(Math.min(warmUpSamplesMax, this.#probationSamples))
  }

  update(timestampMs: number, value: number, learning: Learning, assessment: Assessment): void {
    // All that depends on the time depends on that of the local clock.
    const localMs = this.#calendar.localMs(timestampMs)
    const known = this.#learned >= this.#probationSamples
    assessment.inProbation = !known && this.#learned < this.#options.earlySamples
    assessment.probationSamples = this.#probationSamples
    assessment.learnedSamples = this.#learned
    const witnesses = this.#witnesses
    if (!known || witnesses === undefined) {
      this.#learnEarly(localMs, value, learning, assessment)
      if (assessment.inProbation || learning === 'on') this.#outlook?.learn(timestampMs, value)
      return
    }
    this.#expect(localMs, witnesses, assessment)
    witnesses.judge(localMs, value, learning, said)
    if (learning === 'on') this.#outlook?.learn(timestampMs, value)
    this.#answer(assessment, witnesses.daySamples)
  }

  #expect(localMs: number, witnesses: Witnesses, assessment: Assessment): void {
    const halfBand = bandDeviations * witnesses.deviation
    assessment.expected = witnesses.expected(localMs)
    assessment.lower = assessment.expected - halfBand
    assessment.upper = assessment.expected + halfBand
  }

  /** A sample of the time until the series is known. */
  #learnEarly(localMs: number, value: number, learning: Learning, assessment: Assessment): void {
    const early = (this.#early ??= new EarlyJudge())
    const { inProbation } = assessment
    const witnesses = this.#witnesses
    if (inProbation) assessment.scored = false
    else early.judge(value, assessment)
    if (witnesses !== undefined) this.#expect(localMs, witnesses, assessment)
    if (learning === 'masked' && !inProbation) return
    if (witnesses === undefined) this.#warm(localMs, value)
    else witnesses.learn(localMs, value, said)
    early.learn(value)
    if (++this.#learned === this.#probationSamples) this.#early = undefined
  }

  #answer(assessment: Assessment, daySamples: number): void {
    const unusual = scoreHead(said)
    const head = this.#told(unusual, daySamples)
    assessment.rawScore = unusual
    assessment.score = scoreOf(headDecades * head)
    if (head >= 1) assessment.evidence = evidenceText(said)
  }

  #told(unusual: number, daySamples: number): number {
    if (this.#options.head === 'sample') return unusual
    if (this.#options.head === 'score') return this.#scoreStage.told(unusual)
    const strange = this.#alarmStage.told(alarmHead(said), daySamples)
    const sharp = this.#sharpStage.told(sharpHead(said, this.#design.sharpThreshold))
    return Math.max(strange, sharp)
  }

  #warm(localMs: number, value: number): void {
    const warmUp = this.#warmUp ?? this.#newWarmUp()
    warmUp.push(localMs, value)
    if (!warmUp.complete) return
    const witnesses = new Witnesses(warmUp.scale(), this.#design)
    warmUp.each((at, kept) => witnesses.learn(at, kept, said))
    this.#witnesses = witnesses
    this.#warmUp = undefined
  }

  forecast(horizonSamples: number): Forecast | undefined {
    return this.#outlook?.forecast(horizonSamples)
  }

  forecasts(): readonly HorizonForecast[] {
    if (this.#outlook === undefined || this.#learned < this.#probationSamples) return []
    return this.#outlook.forecasts(this.#options.horizonSamples)
  }

  describe(): readonly Fact[] {
    const answers = { name: 'answers', value: this.#options.head }
    const period: readonly Fact[] = this.#outlook
      ? [{ name: 'period', value: this.#outlook.periodMs, unit: 'ms' }]
      : []
    return [answers, ...period, ...(this.#witnesses?.describe() ?? [])]
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.#learned)
    this.#alarmStage.snapshot(writer)
    this.#sharpStage.snapshot(writer)
    this.#scoreStage.snapshot(writer)
    writer.boolean(this.#early !== undefined)
    this.#early?.snapshot(writer)
    writer.boolean(this.#witnesses !== undefined)
    if (this.#witnesses !== undefined) this.#witnesses.snapshot(writer)
    else this.#warmUp?.snapshot(writer)
    this.#outlook?.snapshot(writer)
  }

  restore(reader: SnapshotReader): void {
    this.#learned = reader.float64()
    this.#alarmStage.restore(reader)
    this.#sharpStage.restore(reader)
    this.#scoreStage.restore(reader)
    if (reader.boolean()) (this.#early = new EarlyJudge()).restore(reader)
    if (reader.boolean()) {
      this.#witnesses = Witnesses.restored(reader, this.#design)
      this.#warmUp = undefined
    } else this.#warmUp?.restore(reader)
    this.#outlook?.restore(reader)
  }
}
