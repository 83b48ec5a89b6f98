/**
 * All parts that watch one series, from the moment its scale is known.
 *
 *              ┌─ forecast, slow deviation ─▶ rank ─▶ off forecast
 *              │          └─ mean of errors ─▶ rank ─▶ sustained
 *   x ─▶ y ────┼─ forecast, fast deviation ─▶ rank ─▶ off forecast lately
 *              ├─ moving average ───────────▶ rank ─▶ off level
 *              ├─ slower one ───────────────────────▶ far off level
 *              └─ movement left by the forecast ────▶ trust
 *   x ─┬─ cells, pairs, cells at an hour ───────────▶ five novelties
 *      ├─ range ────────────────────────────────────▶ beyond all
 *      └─ repeats ──────────────────────────────────▶ standstill
 *
 * Cost: see the parts.
 */

import type { Fact, Learning } from '../detector.ts'
import type { Owner, SnapshotReader, SnapshotWriter } from '../../core/snapshot.ts'
import { magnitudeBinCount, MagnitudeTail } from '../../stats/magnitude-tail.ts'
import { SeenRange } from '../../stats/seen-range.ts'
import type { AutoDesign } from './design.ts'
import type { Evidence } from './evidence.ts'
import { fastRate, ForecastResidual, slowRate } from './forecast-residual.ts'
import { LevelJump } from './level-jump.ts'
import { Novelty } from './novelty.ts'
import { Standstill } from './standstill.ts'
import { Trust } from './trust.ts'
import type { SeriesScale } from './warm-up.ts'

const dayMs = 86_400_000
const sustainedShare = 0.1
/** One spike must not look like a departure. */
const sustainedDeviations = 8
/** Outside by so much of the range. Source: NAB's detectors, as the range rule. */
const rangeMarginShare = 0.05
/** Scaled values are cut here, far from where squares lose their digits. */
const scaledMax = 1e9

const levelRate = { rate: 0.03, cutDeviations: 5 }
/** Cut early, so that trouble that comes again and again does not become usual. */
const slowLevelRate = { rate: 0.01, cutDeviations: 3 }
const farDeviations = 2
const farOctavesMax = 6

const errorBins = { binsPerOctave: 4, octaveMax: 16, decadesPerOctaveBeyond: 1 }

/** See the head of the file. */
export class Witnesses {
  readonly #scale: SeriesScale
  readonly #forecast: ForecastResidual
  readonly #jump = new LevelJump(levelRate)
  readonly #slowJump = new LevelJump(slowLevelRate)
  readonly #trust: Trust
  readonly #timeKnownDays: number
  readonly #novelty: Novelty
  readonly #range = new SeenRange()
  readonly #standstill: Standstill
  readonly #offForecast: MagnitudeTail
  readonly #offLately: MagnitudeTail
  readonly #sustained: MagnitudeTail
  readonly #offLevel: MagnitudeTail
  #meanError = 0

  constructor(scale: SeriesScale, design: AutoDesign) {
    this.#scale = scale
    this.#forecast = new ForecastResidual(scale.cadenceMs)
    this.#trust = new Trust(design)
    this.#timeKnownDays = design.timeKnownDays
    this.#novelty = new Novelty(scale, design)
    this.#standstill = new Standstill(design.standstillDecades)
    // One buffer for all: each costs some 400 bytes, whatever is in it.
    const bins = magnitudeBinCount(errorBins)
    const counts = new Float32Array(4 * bins)
    const tail = (nth: number): MagnitudeTail =>
      new MagnitudeTail(errorBins, counts.subarray(nth * bins, (nth + 1) * bins))
    this.#offForecast = tail(0)
    this.#offLately = tail(1)
    this.#sustained = tail(2)
    this.#offLevel = tail(3)
  }

  /** The expected value at a moment, in the unit of the series. */
  expected(timestampMs: number): number {
    this.#forecast.at(timestampMs)
    return this.#scale.centre + this.#scale.spread * this.#forecast.forecast(slowRate)
  }

  /** How many samples a day has, at least one. */
  get daySamples(): number {
    return Math.max(1, Math.round(dayMs / this.#scale.cadenceMs))
  }

  /** The usual error of the forecast, in the unit of the series. */
  get deviation(): number {
    return this.#scale.spread * this.#forecast.deviation(slowRate)
  }

  #scaled(value: number): number {
    const scaled = (value - this.#scale.centre) / this.#scale.spread
    return Math.max(-scaledMax, Math.min(scaledMax, scaled))
  }

  /** Learns a sample of probation. */
  learn(timestampMs: number, value: number, said: Evidence): void {
    this.#judgeDistances(timestampMs, value, 'on', said)
    this.#novelty.learn(timestampMs, value)
  }

  /** Says what there is to say of a sample after probation, then learns it unless masked. */
  judge(timestampMs: number, value: number, learning: Learning, said: Evidence): void {
    said.beyondRange = this.#range.excludes(value, rangeMarginShare)
    said.dayKnown = this.#forecast.count >= this.daySamples
    said.standstill = this.#standstill.told(value)
    const scaled = this.#judgeDistances(timestampMs, value, learning, said)
    if (learning === 'on') this.#novelty.judge(timestampMs, value, scaled, said)
    else this.#novelty.judgeMasked(timestampMs, value, said)
    said.newAtThisTime *= this.#timeKnown
    said.newAtThisHour *= this.#timeKnown
  }

  /** How far the time of the day is known, in [0, 1]. */
  get #timeKnown(): number {
    return Math.min(1, this.#forecast.count / (this.daySamples * this.#timeKnownDays))
  }

  #judgeDistances(timestampMs: number, value: number, learning: Learning, said: Evidence): number {
    const scaled = this.#scaled(value)
    this.#forecast.at(timestampMs)
    const slow = this.#forecast.residual(scaled, slowRate)
    const fast = Math.abs(this.#forecast.residual(scaled, fastRate))
    const jump = this.#jump.deviations(scaled)
    const cut = Math.max(-sustainedDeviations, Math.min(sustainedDeviations, slow))
    const meanError = this.#meanError + sustainedShare * (cut - this.#meanError)
    said.deviations = slow
    said.offForecast = this.#offForecast.decades(Math.abs(slow))
    said.offForecastLately = this.#offLately.decades(fast)
    said.sustained = this.#sustained.decades(Math.abs(meanError))
    said.offLevel = this.#offLevel.decades(jump)
    said.farOffLevel = farOctaves(this.#slowJump.deviations(scaled))
    said.trust = this.#trust.value
    if (learning === 'masked') return scaled
    this.#offForecast.push(Math.abs(slow))
    this.#offLately.push(fast)
    this.#sustained.push(Math.abs(meanError))
    this.#offLevel.push(jump)
    this.#meanError = meanError
    this.#trust.learn(scaled, this.#forecast.forecast(slowRate))
    this.#forecast.learn(timestampMs, scaled)
    this.#jump.learn(scaled)
    this.#slowJump.learn(scaled)
    this.#range.push(value)
    this.#standstill.learn(value)
    return scaled
  }

  /** What the parts have found out; weights are by regressor, those of auto/regressors.ts. */
  describe(): readonly Fact[] {
    const { cadenceMs, centre, spread } = this.#scale
    return [
      { name: 'cadence', value: cadenceMs, unit: 'ms' },
      { name: 'centre of the warm-up', value: centre },
      { name: 'spread of the warm-up', value: spread },
      { name: 'usual error of the forecast', value: this.deviation },
      { name: 'trust in single samples', value: this.#trust.value, unit: 'share' },
      ...this.#forecast.describe(),
    ]
  }

  snapshot(writer: SnapshotWriter): void {
    for (const number of numbersOf(this.#scale)) writer.float64(number)
    for (const part of this.#parts()) part.snapshot(writer)
    writer.float64(this.#meanError)
  }

  /** Reads what `snapshot` wrote. */
  static restored(reader: SnapshotReader, design: AutoDesign): Witnesses {
    const centre = reader.float64()
    const spread = reader.float64()
    const lowest = reader.float64()
    const highest = reader.float64()
    const cadenceMs = reader.float64()
    const countsMean = reader.float64()
    const scale = { centre, spread, lowest, highest, cadenceMs, countsMean }
    const restored = new Witnesses(scale, design)
    for (const part of restored.#parts()) part.restore(reader)
    restored.#meanError = reader.float64()
    return restored
  }

  #parts(): readonly Owner[] {
    const tails = [this.#offForecast, this.#offLately, this.#sustained, this.#offLevel]
    const levels = [this.#jump, this.#slowJump, this.#trust]
    return [this.#forecast, ...levels, this.#novelty, this.#range, this.#standstill, ...tails]
  }
}

function farOctaves(deviations: number): number {
  return Math.max(0, Math.min(farOctavesMax, Math.log2(deviations / farDeviations)))
}

function numbersOf(scale: SeriesScale): number[] {
  const { centre, spread, lowest, highest, cadenceMs, countsMean } = scale
  return [centre, spread, lowest, highest, cadenceMs, countsMean]
}
