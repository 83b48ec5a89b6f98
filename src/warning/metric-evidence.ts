/**
 * What one metric says of a breach to come: its level against what is usual, whether it grows, and
 * when it will be where it was when the objective broke before.
 *
 *   usual level and spread   mean and mean square of healthy samples, half forgotten in 30 min
 *   trend                    a line through the last 12 samples, with its error
 *   long trend               one through the last 25: what grows in spurts, as writes to a disk do,
 *                            shows its slope only there; it says nothing until it has them all
 *   critical level           mean of where it stood before breaches at which it led or was far from
 *                            what is usual; until there was one, ten spreads over the usual level
 *
 * P(reaches the critical level within the horizon) = Φ((x̂_{t+h} - critical) / error), where the
 * error is that of the extrapolation and a tenth of the way to go, because nothing grows straight.
 */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { upperTail } from '../stats/gaussian.ts'
import { WindowedTrend } from '../stats/windowed-trend.ts'

/**
 * Samples in the trend: shorter ones mistake noise for growth, longer ones come late. Chosen on
 * simulator seeds 1 to 9 among 12, 20 and 30.
 */
const trendSamples = 12
/**
 * Samples in the long trend. Chosen on the first part of the recorded shops among 20, 25, 30 and
 * 35, which differ little (docs/guides/early-warning.md).
 */
const longTrendSamples = 25
/** Weight of a new healthy sample: half forgotten in 30 minutes of seconds. */
const forgetting = 1 - 2 ** (-1 / 1800)
/** The first samples count more, so that the mean does not start at zero. */
const firstSamples = 120
/** Spreads over the usual level that are critical before any breach was seen; 6 did as well. */
const criticalSpreads = 10
/** Share of a new breach in the critical level. */
const criticalShare = 0.3
const wayError = 0.1
/** Spreads beyond which a healthy sample counts as if it were there; 3 did no better. */
const farSpreads = 4
/**
 * A metric that stood higher than this before a breach has its critical level there. Chosen on the
 * first part of the recorded shops among 2.5, 3 and 4.
 */
const brokenHeight = 2.5

/** See the head of the file. Reused; read after `update`. */
export class MetricEvidence {
  readonly trend = new WindowedTrend(trendSamples)
  readonly #longTrend = new WindowedTrend(longTrendSamples)
  #mean = 0
  #variance = 0
  #healthy = 0
  #critical = NaN
  /** Level and height of the last sample before the objective was over. */
  #standing = NaN
  #standingHeight = 0
  /** Level in spreads over the usual one. */
  height = 0
  /** The slope in its standard errors. */
  growth = 0
  /** P(at its critical level within the horizon). */
  probability = 0
  /** Samples until it is there; Infinity where it does not grow. */
  samplesLeft = Infinity
  /** By the long trend what `height`, `growth` and `probability` are by the other; 0 without it. */
  longHeight = 0
  longGrowth = 0
  longProbability = 0

  get spread(): number {
    return Math.sqrt(this.#variance) + 1e-3 * Math.abs(this.#mean) + 1e-9
  }

  /** True once a breach has shown where its critical level is. */
  get known(): boolean {
    return !Number.isNaN(this.#critical)
  }

  get mean(): number {
    return this.#mean
  }

  /** Forgets the last samples: those of a breach are no part of what comes after it. */
  restart(): void {
    this.trend.restart()
    this.#longTrend.restart()
    this.longHeight = this.longGrowth = this.longProbability = 0
    this.height = this.growth = this.probability = 0
    this.samplesLeft = Infinity
  }

  update(value: number, horizonSamples: number): void {
    const trend = this.trend
    trend.update(value)
    this.#longTrend.update(value)
    if (Number.isNaN(trend.slope) || this.#healthy < 3) return
    const { spread } = this
    this.height = this.#heightOf(trend, spread)
    this.growth = growthOf(trend, spread)
    const usual = this.#mean + criticalSpreads * spread
    const critical = Number.isNaN(this.#critical) ? usual : this.#critical
    const left = critical - trend.level
    this.probability = reaches(trend, critical, horizonSamples, spread)
    this.samplesLeft = left <= 0 ? 0 : trend.slope > 0 ? left / trend.slope : Infinity
    if (!this.#longTrend.full) return
    this.longHeight = this.#heightOf(this.#longTrend, spread)
    this.longGrowth = growthOf(this.#longTrend, spread)
    this.longProbability = reaches(this.#longTrend, critical, horizonSamples, spread)
  }

  #heightOf({ level }: WindowedTrend, spread: number): number {
    return (level - this.#mean) / spread
  }

  /** Notes where it is while the objective holds: what it was before a breach. */
  stand(): void {
    this.#standing = this.trend.level
    this.#standingHeight = this.height
  }

  /** Learns that this is usual; far from it no more than far, so that a leak is not soon usual. */
  learn(value: number): void {
    this.#healthy++
    const share = Math.max(forgetting, 1 / Math.min(this.#healthy, firstSamples * 10))
    const far = this.#healthy > firstSamples ? farSpreads * this.spread : Infinity
    const difference = Math.max(-far, Math.min(far, value - this.#mean))
    this.#mean += share * difference
    this.#variance += share * (difference * difference * (1 - share) - this.#variance)
  }

  /** Learns that the objective broke where it stood, if it led or was far from what is usual. */
  broke(led: boolean): void {
    const level = this.#standing
    if (!Number.isFinite(level) || !(led || this.#standingHeight > brokenHeight)) return
    this.#critical = Number.isNaN(this.#critical)
      ? level
      : this.#critical + criticalShare * (level - this.#critical)
  }

  snapshot(writer: SnapshotWriter): void {
    this.trend.snapshot(writer)
    this.#longTrend.snapshot(writer)
    for (const value of [this.#mean, this.#variance, this.#healthy, this.#critical]) {
      writer.float64(value)
    }
    for (const value of [this.height, this.growth, this.probability, this.samplesLeft]) {
      writer.float64(value)
    }
    for (const value of [this.longHeight, this.longGrowth, this.longProbability]) {
      writer.float64(value)
    }
    writer.float64(this.#standing)
    writer.float64(this.#standingHeight)
  }

  restore(reader: SnapshotReader): void {
    this.trend.restore(reader)
    this.#longTrend.restore(reader)
    this.#mean = reader.float64()
    this.#variance = reader.float64()
    this.#healthy = reader.float64()
    this.#critical = reader.float64()
    this.height = reader.float64()
    this.growth = reader.float64()
    this.probability = reader.float64()
    this.samplesLeft = reader.float64()
    this.longHeight = reader.float64()
    this.longGrowth = reader.float64()
    this.longProbability = reader.float64()
    this.#standing = reader.float64()
    this.#standingHeight = reader.float64()
  }
}

function growthOf({ slope, slopeError }: WindowedTrend, spread: number): number {
  return slope / Math.max(slopeError, 1e-3 * spread)
}

/** P(a line is at the critical level within the horizon): see the head of the file. */
function reaches(
  trend: WindowedTrend,
  critical: number,
  horizonSamples: number,
  spread: number,
): number {
  const way = Math.abs(critical - trend.level)
  const error = trend.errorAhead(horizonSamples) + wayError * way + 0.1 * spread
  return upperTail((critical - trend.ahead(horizonSamples)) / error)
}
