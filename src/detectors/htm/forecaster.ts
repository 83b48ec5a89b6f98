/**
 * Forecaster: from what is active now to a distribution over the values some records ahead.
 *
 * For each horizon a softmax regression on sparse features: the winner cells, which know the
 * context; the active columns, which know the present value and always have been seen before; and
 * the moment in the day and in the week, which are few against some forty others and so count `x`
 * times as much (x = 1 for all others):
 *
 *   z_b = Σ x w[feature, b]     p_b = e^{z_b} / Σ e^{z}
 *   w[feature, b] += x rate ([b is true] - p_b)
 *
 * A feature keeps weights for the buckets that have followed it, at most `entriesMax`; the weakest
 * gives way. Only buckets that some active feature knows take part. Each bucket keeps a running
 * mean of its actual values, rate 0.3, so that a forecast is a value and not a bucket's middle.
 *
 * The forecast is the median of the distribution, its band the 5 % and 95 % quantiles, its
 * probability that of the most probable bucket.
 *
 * Source: Numenta's SDR classifier (softmax, delayed by the horizon; actual value rate 0.3).
 * Differs: sparse rows (a dense matrix of 65,536 cells × 130 buckets is 34 MB a horizon); winners
 * in place of all cells of a bursting column; columns and moments as features; the median, which
 * errs less.
 * Cost: some 80 features × up to 8 entries, twice a horizon; docs/algorithms/htm.md.
 */

import { CompactReader, CompactWriter } from './compact-bytes.ts'
import type { SnapshotReader, SnapshotWriter } from '../../core/snapshot.ts'
import type { Forecast } from '../detector.ts'
import { entriesMax, insertEntry, readWeights, writeWeights } from './forecast-weights.ts'
import type { Weights } from './forecast-weights.ts'
import { bucketCount } from './value-encoders.ts'

export interface ForecasterShape {
  /** Feature numbers are below this. */
  readonly featureCount: number
  /** Records ahead, ascending. */
  readonly horizons: readonly number[]
  readonly rate: number
  /** How many features at the end of each list are moments. */
  readonly momentCount: number
  /** Features with weights; the one that came first gives way. At most 65,535. */
  readonly rowsMax: number
}

/** How much a moment counts; chosen on realAWSCloudwatch and nyc_taxi of NAB. */
const momentStrength = 10

/** Weight of the newest value in a bucket's mean: NuPIC's actValueAlpha. */
const valueRate = 0.3

const noRow = 0xffff

/** Quantiles of the band. */
const bandShares = { lower: 0.05, upper: 0.95 }

/** The forecaster of one series. */
export class Forecaster {
  readonly #shape: ForecasterShape
  readonly #weights: Weights[]
  readonly #rowOf: Uint16Array
  #featureOf = new Uint32Array(0)
  #rowCount = 0
  #nextRow = 0
  readonly #means = new Float64Array(bucketCount).fill(NaN)
  /** Features of the last records, the newest last. */
  readonly #past: Uint32Array[] = []
  readonly #sums = new Float64Array(bucketCount)
  /** Buckets that take part in the last distribution; their probabilities stand in `#sums`. */
  readonly #candidates = new Uint16Array(bucketCount)
  #candidateCount = 0
  readonly #isCandidate = new Uint8Array(bucketCount)
  /** What the last distribution is of, while its weights are as they were. */
  #distributed: Weights | undefined
  #distributedFeatures: Uint32Array | undefined

  constructor(shape: ForecasterShape) {
    this.#shape = shape
    this.#rowOf = new Uint16Array(shape.featureCount).fill(noRow)
    this.#weights = shape.horizons.map((horizon) => ({
      horizon,
      buckets: new Uint16Array(0),
      values: new Float32Array(0),
      counts: new Uint8Array(0),
    }))
  }

  /** Bytes held. */
  get sizeBytes(): number {
    const rows = this.#weights.reduce(
      (sum, w) => sum + w.buckets.byteLength + w.values.byteLength + w.counts.byteLength,
      0,
    )
    return rows + this.#rowOf.byteLength + this.#featureOf.byteLength + 3 * this.#sums.byteLength
  }

  /**
   * Takes the features and the value of the present record. Learns the present value as what
   * follows the features of each horizon's past, unless masked.
   */
  update(features: Uint32Array, seen: { bucket: number; value: number }, learning: boolean): void {
    if (learning) {
      const mean = this.#means[seen.bucket]!
      this.#means[seen.bucket] = Number.isNaN(mean)
        ? seen.value
        : mean + valueRate * (seen.value - mean)
      for (const weights of this.#weights) {
        const past = this.#past[this.#past.length - weights.horizon]
        if (past !== undefined) this.#learn(weights, past, seen.bucket)
      }
    }
    this.#past.push(features.slice())
    const horizonMax = this.#shape.horizons.at(-1) ?? 0
    if (this.#past.length > horizonMax) this.#past.shift()
  }

  /** What is known of the record `horizon` ahead; undefined for a horizon that is not learned. */
  forecast(horizon: number, features = this.#past.at(-1)): Forecast | undefined {
    const weights = this.#weights.find((candidate) => candidate.horizon === horizon)
    if (weights === undefined || features === undefined) return undefined
    this.#distribute(weights, features)
    if (this.#candidateCount === 0) return undefined
    this.#sortCandidates()
    let probability = 0
    for (let k = 0; k < this.#candidateCount; k++) {
      probability = Math.max(probability, this.#sums[this.#candidates[k]!]!)
    }
    return {
      value: this.#quantile(0.5),
      lower: this.#quantile(bandShares.lower),
      upper: this.#quantile(bandShares.upper),
      probability: Math.min(1, probability),
    }
  }

  /** Of what was forecast last: the probability of the buckets whose mean is at least `value`. */
  probabilityFrom(value: number): number {
    let probability = 0
    for (let k = 0; k < this.#candidateCount; k++) {
      const bucket = this.#candidates[k]!
      if (this.#means[bucket]! >= value) probability += this.#sums[bucket]!
    }
    return Math.min(1, probability)
  }

  /** By value, since buckets need not ascend with it: the range may have been laid anew. */
  #sortCandidates(): void {
    const candidates = this.#candidates
    const means = this.#means
    for (let k = 1; k < this.#candidateCount; k++) {
      const bucket = candidates[k]!
      const mean = means[bucket]!
      let to = k
      for (; to > 0; to--) {
        const other = candidates[to - 1]!
        if (means[other]! < mean || (means[other] === mean && other < bucket)) break
        candidates[to] = other
      }
      candidates[to] = bucket
    }
  }

  /** The mean value of the first bucket, by ascending value, at which the mass reaches a share. */
  #quantile(share: number): number {
    let mass = 0
    for (let k = 0; k < this.#candidateCount; k++) {
      const bucket = this.#candidates[k]!
      mass += this.#sums[bucket]!
      if (mass >= share) return this.#means[bucket]!
    }
    return this.#means[this.#candidates[this.#candidateCount - 1]!]!
  }

  /** Writes the probabilities of all buckets that the features know into `#sums`. */
  #distribute(weights: Weights, features: Uint32Array): void {
    if (this.#distributed === weights && this.#distributedFeatures === features) return
    this.#distributed = weights
    this.#distributedFeatures = features
    const { buckets, values, counts } = weights
    const sums = this.#sums
    const candidates = this.#candidates
    const isCandidate = this.#isCandidate
    const rowOf = this.#rowOf
    for (let k = 0; k < this.#candidateCount; k++) isCandidate[candidates[k]!] = 0
    let count = 0
    const ordinary = features.length - this.#shape.momentCount
    for (let f = 0; f < features.length; f++) {
      const row = rowOf[features[f]!]!
      if (row === noRow) continue
      const strength = f < ordinary ? 1 : momentStrength
      const start = row * entriesMax
      const end = start + counts[row]!
      for (let at = start; at < end; at++) {
        const bucket = buckets[at]!
        const evidence = strength * values[at]!
        if (isCandidate[bucket] !== 0) {
          sums[bucket] = sums[bucket]! + evidence
          continue
        }
        isCandidate[bucket] = 1
        candidates[count++] = bucket
        sums[bucket] = evidence
      }
    }
    this.#candidateCount = count
    this.#normalize()
  }

  /** From sums of weights to probabilities. */
  #normalize(): void {
    const sums = this.#sums
    const candidates = this.#candidates
    let largest = -Infinity
    for (let k = 0; k < this.#candidateCount; k++) {
      largest = Math.max(largest, sums[candidates[k]!]!)
    }
    let total = 0
    for (let k = 0; k < this.#candidateCount; k++) {
      const bucket = candidates[k]!
      const weight = Math.exp(sums[bucket]! - largest)
      sums[bucket] = weight
      total += weight
    }
    const share = 1 / total
    for (let k = 0; k < this.#candidateCount; k++) {
      const bucket = candidates[k]!
      sums[bucket] = sums[bucket]! * share
    }
  }

  #learn(weights: Weights, features: Uint32Array, bucket: number): void {
    this.#distribute(weights, features)
    this.#distributed = undefined
    const sums = this.#sums
    const miss = 1 - (this.#isCandidate[bucket] === 1 ? sums[bucket]! : 0)
    const ordinary = features.length - this.#shape.momentCount
    for (let f = 0; f < features.length; f++) {
      const rate = this.#shape.rate * (f < ordinary ? 1 : momentStrength)
      const row = this.#rowFor(features[f]!)
      const { buckets, values, counts } = weights
      const start = row * entriesMax
      const end = start + counts[row]!
      let known = false
      for (let at = start; at < end; at++) {
        const other = buckets[at]!
        if (other === bucket) {
          known = true
          values[at] = values[at]! + rate * miss
        } else values[at] = values[at]! - rate * sums[other]!
      }
      if (!known) insertEntry(weights, row, { bucket, value: rate * miss })
    }
  }

  /** The row of a feature; a new one where it has none, the oldest's when all are taken. */
  #rowFor(feature: number): number {
    const known = this.#rowOf[feature]!
    if (known !== noRow) return known
    const row = this.#nextRow
    this.#nextRow = (row + 1) % this.#shape.rowsMax
    if (row === this.#rowCount) this.#openRow()
    else this.#rowOf[this.#featureOf[row]!] = noRow
    for (const { counts } of this.#weights) counts[row] = 0
    this.#rowOf[feature] = row
    this.#featureOf[row] = feature
    return row
  }

  #openRow(): void {
    this.#rowCount++
    if (this.#rowCount > this.#featureOf.length) {
      this.#reserve(Math.min(this.#shape.rowsMax, Math.ceil(this.#rowCount * 1.25) + 64))
    }
  }

  #reserve(rows: number): void {
    const features = new Uint32Array(rows)
    features.set(this.#featureOf)
    this.#featureOf = features
    for (const weights of this.#weights) {
      const buckets = new Uint16Array(rows * entriesMax)
      const values = new Float32Array(rows * entriesMax)
      const counts = new Uint8Array(rows)
      buckets.set(weights.buckets)
      values.set(weights.values)
      counts.set(weights.counts)
      weights.buckets = buckets
      weights.values = values
      weights.counts = counts
    }
  }

  snapshot(writer: SnapshotWriter): void {
    const compact = new CompactWriter()
    compact.number(this.#rowCount)
    compact.number(this.#nextRow)
    for (let r = 0; r < this.#rowCount; r++) compact.number(this.#featureOf[r]!)
    compact.number(this.#past.length)
    for (const features of this.#past) {
      compact.number(features.length)
      for (const feature of features) compact.number(feature)
    }
    writer.bytes(compact.written())
    writer.typedArray(this.#means)
    for (const weights of this.#weights) writeWeights(weights, this.#rowCount, writer)
  }

  restore(reader: SnapshotReader): void {
    const { rowsMax, featureCount } = this.#shape
    const compact = new CompactReader(reader.bytes())
    this.#rowCount = compact.below(rowsMax + 1)
    this.#nextRow = compact.below(rowsMax)
    this.#reserve(this.#rowCount)
    for (let r = 0; r < this.#rowCount; r++) {
      const feature = compact.below(featureCount)
      this.#featureOf[r] = feature
      if (feature < featureCount) this.#rowOf[feature] = r
    }
    const past = compact.number()
    for (let k = 0; k < past; k++) {
      const length = compact.below(featureCount + 1)
      this.#past.push(Uint32Array.from({ length }, () => compact.below(featureCount)))
    }
    reader.typedArray(this.#means)
    for (const weights of this.#weights) readWeights(weights, this.#rowCount, reader)
  }
}
