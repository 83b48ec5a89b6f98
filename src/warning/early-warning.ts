/**
 * Early warning: the probability that an objective will break within the horizon.
 *
 *   metrics ─┬─▶ extrapolation of the objective's metric: plain, reciprocal, local trend ──┐
 *            ├─▶ each metric against its usual and its critical level ─────────────────────┤
 *            ├─▶ the one of them that leads ───────────────────────────────────────────────┤
 *            ├─▶ the map, at this sample ──────────────────────────────────────────────────┤
 *            ├─▶ the map, where the trends will be in half the horizon ────────────────────┤
 *            └─▶ futures, where it is asked: predictions fed on ─────────────────────────┤
 *                                                                          smoothed ◀──────┘
 *                                                                              ▼
 *   P(breach within the horizon) ◀──────────────── logistic regression, online
 *
 * The regression begins with a prior under which each source counts a little, so it says something
 * sane on the first day. Once the horizon is over, what was said is learned from by what came. A
 * sample is judged by what was known before it; seconds of a breach are neither judged nor learned,
 * and trends begin anew after it: a line that reaches back into a breach says another is coming.
 *
 * Cost: docs/algorithms/early-warning.md; the square of 14 + 3 × metrics a sample.
 */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { OnlineLogistic, boundedLogit, probabilityOf } from '../stats/online-logistic.ts'
import { evidenceParts, evidenceReason } from './evidence.ts'
import type { EvidencePart, Feature } from './evidence.ts'
import { Extrapolation } from './extrapolation.ts'
import { featuresOf, futuresFeatureCount, ownFeatureCount, sharedFeatureCount } from './features.ts'
import { FailureMap } from './failure-map.ts'
import { futuresShare } from './futures.ts'
import type { Futures, FuturesMaker } from './futures.ts'
import { MetricEvidence } from './metric-evidence.ts'
import { BreachWatch } from './objective.ts'
import type { BreachChange, Objective } from './objective.ts'
import { squashed, squeezed } from './scales.ts'
import { SmoothedFeatures } from './smoothed-features.ts'

/** What is watched. */
export interface EarlyWarningOptions {
  /** Names of the metrics, in the order of the values. */
  readonly metrics: readonly string[]
  readonly objective: Objective
  /** How far ahead a breach is warned of. */
  readonly horizonSamples: number
  readonly seed: number
  /** Makes what feeds its predictions on; absent: it is not asked. */
  readonly futures?: FuturesMaker | undefined
}

/** What is said of a sample. Reused: copy what you keep. */
export interface Warning {
  /** P(a breach begins within the horizon); NaN while one is under way. */
  probability: number
  /** Samples until it is expected, 1 to the horizon; NaN where none is expected. */
  expectedSamples: number
  /** Index of the metric that leads towards it. */
  leading: number
  /** Whether this sample completes the hold of a breach, or ends one. */
  change: BreachChange
}

/** Bound of a source's log odds, in which 1 is the unit of a feature. */
const logitBound = 6
/** Heights and growths are cut here and divided by it. */
const heightMax = 10

/** Neighbouring seconds share their outcome: shares of .03, .1 and .3 did alike on seeds 1 to 9. */
const outcomeShare = 0.1
const drift = 1e-6

/** See the head of the file. */
export class EarlyWarning {
  readonly #options: EarlyWarningOptions
  readonly #objectiveIndex: number
  readonly #watch: BreachWatch
  readonly #metrics: readonly MetricEvidence[]
  readonly #extrapolation: Extrapolation
  readonly #map: FailureMap
  readonly #fusion: OnlineLogistic
  readonly #smoothed: SmoothedFeatures
  readonly #futures: Futures | undefined
  readonly #features: readonly Feature[]
  /** Features of a sample. */
  readonly #width: number
  /** Float64Array, samples × features: what waits for its outcome, a ring. */
  readonly #waiting: Float64Array
  /** The map's node of each that waits; -1: not to be learned. */
  readonly #nodes: Int32Array
  readonly #scaled: Float64Array
  readonly #ahead: Float64Array
  #samples = 0
  /** Whether the sample under way is learned. */
  #learns = true
  readonly #warning: Warning = {
    probability: NaN,
    expectedSamples: NaN,
    leading: 0,
    change: 'none',
  }

  constructor(options: EarlyWarningOptions) {
    const { metrics, objective, horizonSamples, seed } = options
    this.#options = options
    this.#objectiveIndex = metrics.indexOf(objective.metric)
    this.#watch = new BreachWatch(objective)
    this.#metrics = metrics.map(() => new MetricEvidence())
    this.#extrapolation = new Extrapolation(objective.limit)
    this.#map = new FailureMap(metrics.length, seed)
    this.#futures = options.futures?.({ metrics: metrics.length, horizonSamples, seed })
    this.#features = featuresOf(metrics.length, this.#futures !== undefined)
    const weights = this.#features.map(({ prior }) => prior)
    const variances = this.#features.map(({ variance }) => variance)
    this.#fusion = new OnlineLogistic({ weights, variances, share: outcomeShare, drift })
    this.#width = weights.length
    this.#smoothed = new SmoothedFeatures(weights.length)
    const room = horizonSamples + objective.holdSamples
    this.#waiting = new Float64Array(room * this.#width)
    this.#nodes = new Int32Array(room).fill(-1)
    this.#scaled = new Float64Array(metrics.length)
    this.#ahead = new Float64Array(metrics.length)
  }

  /**
   * Judges a sample of all metrics, finite values, by what was known before it; then learns. What
   * is masked is judged and leaves what is known as it is, but for the last samples' trends.
   */
  update(values: Float64Array, learning: 'on' | 'masked' = 'on'): Warning {
    const { horizonSamples } = this.#options
    const value = values[this.#objectiveIndex] as number
    const change = this.#watch.update(value)
    this.#learns = learning === 'on'
    if (change === 'ends') this.#restart()
    if (change === 'begins') this.#learnBreach()
    this.#learnCalm()
    this.#extrapolation.update(value, horizonSamples)
    this.#metrics.forEach((metric, i) => metric.update(values[i] as number, horizonSamples))
    this.#foresee(values)
    const row = this.#samples % this.#nodes.length
    this.#nodes[row] = -1
    const warning = this.#warning
    warning.change = change
    if (this.#watch.over) {
      warning.probability = NaN
      warning.expectedSamples = NaN
    } else this.#judge(row, values)
    this.#samples++
    return warning
  }

  /** A breach is over: its samples say nothing of what comes now. */
  #restart(): void {
    this.#smoothed.restart()
    this.#extrapolation.restart()
    for (const metric of this.#metrics) metric.restart()
  }

  #judge(row: number, values: Float64Array): void {
    const warning = this.#warning
    const features = this.#row(row)
    const leading = this.#lead()
    const node = this.#fill(features, leading, values)
    this.#nodes[row] = this.#learns ? node : -1
    this.#smoothed.update(features)
    const logit = this.#fusion.logit(features)
    warning.probability = probabilityOf(logit)
    warning.leading = leading
    warning.expectedSamples = this.#expected(leading)
    for (const metric of this.#metrics) metric.stand()
    if (!this.#learns) return
    this.#map.learn(node, this.#scaled)
    if (warning.probability < 0.5) this.#learnUsual(values)
  }

  /** The metric that is likeliest to come to its critical level, of equal ones the highest. */
  #lead(): number {
    let leading = 0
    let most = -Infinity
    this.#metrics.forEach(({ probability, height, growth }, i) => {
      if (i === this.#objectiveIndex) return
      const bounded = Math.min(heightMax, height) / heightMax + Math.min(heightMax, growth) / 20
      const weight = 2 * probability + bounded
      if (weight > most) {
        most = weight
        leading = i
      }
    })
    return leading
  }

  #fill(features: Float64Array, leading: number, values: Float64Array): number {
    const { plain, reciprocal, local, height, samplesLeft } = this.#extrapolation
    const lead = this.#metrics[leading] as MetricEvidence
    const node = this.#findNode(values)
    const unit = (probability: number): number => boundedLogit(probability, logitBound) / logitBound
    const bounded = (x: number): number => Math.max(-1, Math.min(1, x / heightMax))
    features[0] = 1
    features[1] = unit(reciprocal)
    features[2] = unit(plain)
    features[3] = unit(local)
    features[4] = unit(lead.probability)
    features[5] = Math.max(-1, height / 3)
    features[6] = bounded(lead.height)
    features[7] = bounded(lead.growth)
    features[8] = unit(this.#map.probability(node))
    features[9] = unit(this.#map.probability(this.#map.node(this.#ahead)))
    features[10] = Math.max(0, bounded(lead.height)) * Math.max(0, bounded(lead.growth))
    features[11] = this.#soon(lead.samplesLeft)
    features[12] = this.#soon(samplesLeft)
    features[13] = Math.max(0, features[11]) * Math.max(0, features[7])
    this.#fillOwn(features)
    this.#fillFutures(features)
    return node
  }

  /** What each metric says by itself; zero where it says nothing. */
  #fillOwn(features: Float64Array): void {
    this.#metrics.forEach((metric, i) => {
      const at = sharedFeatureCount + i * ownFeatureCount
      const { height, longHeight, longGrowth, known, longProbability } = metric
      features[at] = squashed(height)
      features[at + 1] = Math.max(0, squashed(longHeight)) * Math.max(0, squashed(longGrowth))
      features[at + 2] = known ? longProbability : 0
    })
  }

  /** Shows them every sample, those of a breach too: they have to know what one looks like. */
  #foresee(values: Float64Array): void {
    if (this.#futures === undefined) return
    const { limit } = this.#options.objective
    const share = futuresShare(values[this.#objectiveIndex] as number, limit)
    this.#metrics.forEach(({ mean, spread }, i) => {
      this.#scaled[i] = squeezed(((values[i] as number) - mean) / spread)
    })
    this.#futures.update(share, this.#scaled, this.#learns ? 'on' : 'masked')
  }

  #fillFutures(features: Float64Array): void {
    if (this.#futures === undefined) return
    const { probability, samplesLeft, surprise } = this.#futures
    const at = this.#width - futuresFeatureCount
    features[at] = (1 + boundedLogit(probability, logitBound) / logitBound) / 2
    features[at + 1] = Math.max(0, this.#soon(samplesLeft))
    features[at + 2] = surprise
  }

  /** 1: now, 0: at the end of the horizon, towards -1: later or never. */
  #soon(samplesLeft: number): number {
    const { horizonSamples } = this.#options
    return samplesLeft === Infinity
      ? -1
      : (horizonSamples - samplesLeft) / (horizonSamples + samplesLeft)
  }

  /** Scales the metrics, now and in half the horizon, and finds the node of now. */
  #findNode(values: Float64Array): number {
    const half = this.#options.horizonSamples / 2
    this.#metrics.forEach((metric, i) => {
      const { mean, spread, trend } = metric
      const ahead = Number.isNaN(trend.level) ? (values[i] as number) : trend.ahead(half)
      this.#scaled[i] = squeezed(((values[i] as number) - mean) / spread)
      this.#ahead[i] = squeezed((ahead - mean) / spread)
    })
    return this.#map.node(this.#scaled)
  }

  #expected(leading: number): number {
    const { horizonSamples } = this.#options
    const lead = this.#metrics[leading] as MetricEvidence
    const own = this.#extrapolation.samplesLeft
    // Both are rough; where both have one, the middle of the two.
    const leads = Math.min(2 * horizonSamples, lead.samplesLeft)
    const both = Number.isFinite(own) ? (own + leads) / 2 : lead.samplesLeft
    const left = lead.known ? both : own
    return Math.max(1, Math.min(horizonSamples, left))
  }

  #learnUsual(values: Float64Array): void {
    this.#metrics.forEach((metric, i) => metric.learn(values[i] as number))
  }

  /** A breach has begun: whatever waits was right to expect it. */
  #learnBreach(): void {
    const { objective, horizonSamples } = this.#options
    const onset = this.#samples - (objective.holdSamples - 1)
    const first = Math.max(0, onset - horizonSamples)
    for (let sample = first; sample < onset; sample++) this.#learn(sample, 1)
    if (!this.#learns) return
    this.#metrics.forEach((metric, i) => metric.broke(i === this.#warning.leading))
  }

  /** The sample whose horizon is over without a breach. */
  #learnCalm(): void {
    const sample = this.#samples - this.#nodes.length
    if (sample >= 0) this.#learn(sample, 0)
  }

  #learn(sample: number, outcome: number): void {
    const row = sample % this.#nodes.length
    const node = this.#nodes[row] as number
    if (node < 0) return
    this.#nodes[row] = -1
    this.#fusion.learn(this.#row(row), outcome)
    this.#map.outcome(node, outcome)
  }

  /** At or over the limit, in a breach or not. */
  get over(): boolean {
    return this.#watch.over
  }

  /** A breach is under way. */
  get broken(): boolean {
    return this.#watch.broken
  }

  /**
   * How well the weights behind the last probability are known, in (0, 1]; NaN with it. As dear as
   * to learn an outcome, so it is worked out only where it is asked for.
   */
  get confidence(): number {
    if (Number.isNaN(this.#warning.probability)) return NaN
    const row = (this.#samples - 1) % this.#nodes.length
    return 1 / (1 + this.#fusion.variance(this.#row(row)))
  }

  /**
   * The evidences that speak for a breach at the last sample judged, the strongest first; none
   * while the objective is broken. `inWords` says a number of samples as a time.
   */
  evidence(inWords: (samples: number) => string): EvidencePart[] {
    const { probability, leading } = this.#warning
    if (Number.isNaN(probability)) return []
    const { metrics, objective, horizonSamples } = this.#options
    const node = this.#map.node(this.#scaled)
    const facts = {
      ...objective,
      horizonSamples,
      extrapolation: this.#extrapolation,
      leadName: metrics[leading] ?? '',
      lead: this.#metrics[leading] as MetricEvidence,
      map: { probability: this.#map.probability(node), isPreFailure: this.#map.isPreFailure(node) },
      futures: this.#futures,
      inWords,
    }
    const row = this.#row((this.#samples - 1) % this.#nodes.length)
    return evidenceParts(this.#features, this.#fusion.weights, row).map(({ name, odds }) => {
      return { name, odds, reason: evidenceReason(name, facts) }
    })
  }

  /** Features of a row of the ring. */
  #row(row: number): Float64Array {
    return this.#waiting.subarray(row * this.#width, (row + 1) * this.#width)
  }

  /** The weights of the sources, as they are learned by now. */
  get weights(): readonly number[] {
    return this.#fusion.weights
  }

  snapshot(writer: SnapshotWriter): void {
    this.#watch.snapshot(writer)
    for (const metric of this.#metrics) metric.snapshot(writer)
    this.#extrapolation.snapshot(writer)
    this.#map.snapshot(writer)
    this.#fusion.snapshot(writer)
    this.#smoothed.snapshot(writer)
    this.#futures?.snapshot(writer)
    writer.typedArray(this.#waiting)
    writer.typedArray(this.#nodes)
    writer.float64(this.#samples)
    writer.uint32(this.#warning.leading)
  }

  restore(reader: SnapshotReader): void {
    this.#watch.restore(reader)
    for (const metric of this.#metrics) metric.restore(reader)
    this.#extrapolation.restore(reader)
    this.#map.restore(reader)
    this.#fusion.restore(reader)
    this.#smoothed.restore(reader)
    this.#futures?.restore(reader)
    reader.typedArray(this.#waiting)
    reader.typedArray(this.#nodes)
    this.#samples = reader.float64()
    this.#warning.leading = reader.uint32()
  }
}
