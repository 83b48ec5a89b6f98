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
 * Two kinds of trouble alarm: what is strange for this series, after which it rests for long; and
 * in a series that is known well, what is sharply off, after which it hardly rests.
 *
 * A head of 1 is the default threshold; the score is 1 - 10^(-3 head), so that .999 is a head of 1.
 * The option `head` says which of the two the score is; the raw score is the score head always,
 * and `head: sample` makes it the score too.
 *
 * Expected value and band are those of the forecast: ± 6 of its usual errors.
 *
 * Source: docs/algorithms/auto.md, with all equations and the measurements behind them.
 * Cost: O(1) a sample; at most 12 KB a series.
 */

import type { Assessment } from '../core/assessment.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { scoreOf } from '../stats/decades.ts'
import { AlarmStage } from './auto/alarm-stage.ts'
import type { AutoDesign } from './auto/design.ts'
import { autoDesign } from './auto/design.ts'
import { Evidence, evidenceText } from './auto/evidence.ts'
import { alarmHead, scoreHead, sharpHead } from './auto/heads.ts'
import type { AutoOptions } from './auto/options.ts'
import { ScoreStage } from './auto/score-stage.ts'
import { WarmUp } from './auto/warm-up.ts'
import { Witnesses } from './auto/witnesses.ts'
import type { Detector, Fact, Learning } from './detector.ts'

/** Samples of warm-up: as many as probation, but no fewer and no more. */
const warmUpSamplesMin = 20
const warmUpSamplesMax = 1000
/** Decades of the score that a head of 1 stands for: the default threshold. */
const headDecades = 3
const bandDeviations = 6
/** Samples that a stage rests after a sample that was told. By measurement. */
const scoreRestSamples = 2
const sharpRestSamples = 30

/** See the head of the file. */
export class Auto implements Detector {
  readonly #options: AutoOptions
  readonly #design: AutoDesign
  readonly #alarmStage: AlarmStage
  readonly #sharpStage: ScoreStage
  readonly #scoreStage: ScoreStage
  readonly #said = new Evidence()
  #warmUp: WarmUp | undefined
  #witnesses: Witnesses | undefined
  /** Samples of probation so far. */
  #seen = 0

  constructor(options: AutoOptions, design = autoDesign) {
    this.#options = options
    this.#design = design
    const { probationSamples } = options
    this.#alarmStage = new AlarmStage(probationSamples, design.restShare)
    this.#sharpStage = new ScoreStage({ probationSamples, restSamples: sharpRestSamples })
    this.#scoreStage = new ScoreStage({ probationSamples, restSamples: scoreRestSamples })
    this.#warmUp = this.#newWarmUp()
  }

  #newWarmUp(): WarmUp {
    const { probationSamples } = this.#options
    return new WarmUp(Math.max(warmUpSamplesMin, Math.min(warmUpSamplesMax, probationSamples)))
  }

  update(timestampMs: number, value: number, learning: Learning, assessment: Assessment): void {
    const { probationSamples } = this.#options
    const inProbation = this.#seen < probationSamples
    assessment.inProbation = inProbation
    assessment.probationSamples = probationSamples
    assessment.learnedSamples = this.#seen
    if (inProbation) this.#seen++
    const witnesses = this.#witnesses
    if (witnesses === undefined) {
      assessment.scored = false
      this.#warm(timestampMs, value)
      return
    }
    const halfBand = bandDeviations * witnesses.deviation
    assessment.expected = witnesses.expected(timestampMs)
    assessment.lower = assessment.expected - halfBand
    assessment.upper = assessment.expected + halfBand
    if (inProbation) {
      witnesses.learn(timestampMs, value, this.#said)
      return
    }
    witnesses.judge(timestampMs, value, learning, this.#said)
    this.#answer(assessment, witnesses.daySamples)
  }

  #answer(assessment: Assessment, daySamples: number): void {
    const unusual = scoreHead(this.#said)
    const head = this.#told(unusual, daySamples)
    assessment.rawScore = unusual
    assessment.score = scoreOf(headDecades * head)
    if (head >= 1) assessment.evidence = evidenceText(this.#said)
  }

  #told(unusual: number, daySamples: number): number {
    if (this.#options.head === 'sample') return unusual
    if (this.#options.head === 'score') return this.#scoreStage.told(unusual)
    const strange = this.#alarmStage.told(alarmHead(this.#said), daySamples)
    const sharp = this.#sharpStage.told(sharpHead(this.#said, this.#design.sharpThreshold))
    return Math.max(strange, sharp)
  }

  #warm(timestampMs: number, value: number): void {
    const warmUp = this.#warmUp ?? this.#newWarmUp()
    warmUp.push(timestampMs, value)
    if (!warmUp.complete) return
    const witnesses = new Witnesses(warmUp.scale(), this.#design)
    warmUp.each((at, kept) => witnesses.learn(at, kept, this.#said))
    this.#witnesses = witnesses
    this.#warmUp = undefined
  }

  describe(): readonly Fact[] {
    const answers = { name: 'answers', value: this.#options.head }
    return [answers, ...(this.#witnesses?.describe() ?? [])]
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.#seen)
    this.#alarmStage.snapshot(writer)
    this.#sharpStage.snapshot(writer)
    this.#scoreStage.snapshot(writer)
    writer.boolean(this.#witnesses !== undefined)
    if (this.#witnesses !== undefined) this.#witnesses.snapshot(writer)
    else this.#warmUp?.snapshot(writer)
  }

  restore(reader: SnapshotReader): void {
    this.#seen = reader.float64()
    this.#alarmStage.restore(reader)
    this.#sharpStage.restore(reader)
    this.#scoreStage.restore(reader)
    if (reader.boolean()) {
      this.#witnesses = Witnesses.restored(reader, this.#design)
      this.#warmUp = undefined
    } else this.#warmUp?.restore(reader)
  }
}
