/**
 * Self-organising map over the fields of a record: places where the system is often lie close
 * together on it, and what finds none of them is unusual.
 *
 *   z_i = (x_i - m_i) / s_i          u_i = ½ + atan(z_i / 3) / π         0 < u_i < 1
 *   k = argmin |u - w_k|             d = |u - w_k| + area(k)
 *   raw score = d / (d + 3 r)        r: mean of d
 *
 * m and s are mean and deviation of what was learned, later samples with a rate of 1/2000. The area
 * of a node is its mean distance to its neighbours on the grid: large where the system seldom is. A
 * sample far from the others is far from its node; one between two usual places is near to a node
 * with a large area.
 *
 * The field that leads is the one that is furthest from the five nearest nodes in usual places:
 * those whose area is not among the largest 15 %.
 *
 * Source: Dean, Nguyen and Gu 2012, "UBL: unsupervised behavior learning for predicting performance
 * anomalies in virtualized cloud systems", §3: areas, the 85th percentile, the five nearest nodes.
 * Differs: online; the score goes on where UBL says yes or no; metrics are scaled by their spread,
 * not by a range that must be known; the distance to the node counts besides its area.
 * Masked samples are scored and not learned.
 * Good at: combinations of fields that never were. Bad at: order in time, which it does not see.
 * Cost: two passes over nodes × fields a sample; 8 bytes a node and field.
 */

import type { Assessment } from '../core/assessment.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import { Random } from '../core/random.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { SelfOrganisingMap } from '../stats/self-organising-map.ts'
import type { Detector, GroupDetector, Learning } from './detector.ts'
import { Probation } from './probation.ts'

/** Options of the detector. */
export const somOptions = {
  side: {
    kind: 'integer',
    min: 4,
    max: 40,
    default: 12,
    shapesState: true,
    about:
      'Nodes along each side of the map; the rule of thumb is 5 √N nodes for N samples: 12 for a ' +
      'quarter of an hour of seconds.',
  },
  probationSamples: {
    kind: 'integer',
    min: 1,
    max: 1e9,
    default: 900,
    about: 'The first samples, learned but not judged.',
  },
} as const satisfies OptionSpecs

export type SomOptions = OptionsOf<typeof somOptions>

/** Least weight of a new sample in means and deviations: half forgotten in 1,400. A guess. */
const slowest = 1 / 2000
/** Distances in units of their mean at which the raw score is a half. */
const halfDistances = 3
/** Share of the nodes that are usual places, and how many of them say which field leads. */
const usualShare = 0.85
const nearestNodes = 5
/** Samples between two looks at all areas. */
const areasEverySamples = 300
/** No distance is known better than this: u is within 0 and 1. */
const distanceLeast = 1e-3

/** See the head of the file. */
export class Som implements GroupDetector {
  readonly #probation: Probation
  readonly #map: SelfOrganisingMap
  readonly #means: Float64Array
  readonly #variances: Float64Array
  readonly #scaled: Float64Array
  /** Nearest usual nodes of the last sample, and their distances, nearest first. */
  readonly #nearest = new Int32Array(nearestNodes)
  readonly #distances = new Float64Array(nearestNodes)
  #usualArea = Infinity
  #meanDistance = 0
  #learned = 0
  #lead = 0

  constructor(options: SomOptions, seed: number, fieldCount: number) {
    this.#probation = new Probation(options.probationSamples)
    const shape = { side: options.side, metrics: fieldCount }
    this.#map = new SelfOrganisingMap(shape, new Random(seed))
    this.#means = new Float64Array(fieldCount)
    this.#variances = new Float64Array(fieldCount)
    this.#scaled = new Float64Array(fieldCount)
  }

  get lead(): number {
    return this.#lead
  }

  update(
    _timestampMs: number,
    values: Float64Array,
    learning: Learning,
    assessment: Assessment,
  ): void {
    this.#probation.say(assessment)
    const learns = this.#probation.learns(learning)
    this.#scale(values)
    const node = this.#map.best(this.#scaled)
    const distance = this.#map.distance(node, this.#scaled) + this.#map.area(node)
    const usual = Math.max(distanceLeast, this.#meanDistance)
    const rawScore = distance / (distance + halfDistances * usual)
    assessment.rawScore = rawScore
    if (!assessment.inProbation) assessment.score = rawScore
    this.#findLead()
    if (learns) this.#learn(node, values, distance)
  }

  #scale(values: Float64Array): void {
    for (let i = 0; i < values.length; i++) {
      const mean = this.#means[i]!
      const spread = Math.sqrt(this.#variances[i]!) + 1e-3 * Math.abs(mean) + 1e-9
      const distance = this.#learned === 0 ? 0 : values[i]! - mean
      this.#scaled[i] = 0.5 + Math.atan(distance / spread / 3) / Math.PI
    }
  }

  #learn(node: number, values: Float64Array, distance: number): void {
    const share = Math.max(slowest, 1 / (this.#learned + 1))
    for (let i = 0; i < values.length; i++) {
      const difference = values[i]! - this.#means[i]!
      this.#means[i]! += share * difference
      this.#variances[i]! += share * (difference * difference * (1 - share) - this.#variances[i]!)
    }
    this.#meanDistance += share * (distance - this.#meanDistance)
    this.#map.learn(node, this.#scaled)
    if (this.#learned++ % areasEverySamples === areasEverySamples - 1) this.#measureAreas()
  }

  #measureAreas(): void {
    const areas = Float64Array.from({ length: this.#map.nodes }, (_, node) => this.#map.area(node))
    areas.sort()
    this.#usualArea = areas[Math.floor(usualShare * areas.length)]!
  }

  /** The field that is furthest from the nearest nodes in usual places. */
  #findLead(): void {
    const found = this.#findNearest()
    let furthest = -1
    this.#scaled.forEach((value, field) => {
      let sum = 0
      for (let i = 0; i < found; i++) {
        sum += Math.abs(value - this.#map.weight(this.#nearest[i]!, field))
      }
      if (sum <= furthest) return
      furthest = sum
      this.#lead = field
    })
  }

  /** How many were found. */
  #findNearest(): number {
    const [nearest, distances] = [this.#nearest, this.#distances]
    let found = 0
    for (let node = 0; node < this.#map.nodes; node++) {
      const distance = this.#map.distance(node, this.#scaled)
      if (found === nearestNodes && distance >= distances[found - 1]!) continue
      if (this.#map.area(node) > this.#usualArea) continue
      if (found < nearestNodes) found++
      let at = found - 1
      for (; at > 0 && distances[at - 1]! > distance; at--) {
        distances[at] = distances[at - 1]!
        nearest[at] = nearest[at - 1]!
      }
      distances[at] = distance
      nearest[at] = node
    }
    return found
  }

  snapshot(writer: SnapshotWriter): void {
    this.#map.snapshot(writer)
    writer.typedArray(this.#means)
    writer.typedArray(this.#variances)
    for (const value of [this.#usualArea, this.#meanDistance]) writer.float64(value)
    this.#probation.snapshot(writer)
    writer.float64(this.#learned)
  }

  restore(reader: SnapshotReader): void {
    this.#map.restore(reader)
    reader.typedArray(this.#means)
    reader.typedArray(this.#variances)
    this.#usualArea = reader.float64()
    this.#meanDistance = reader.float64()
    this.#probation.restore(reader)
    this.#learned = reader.float64()
  }
}

/** The map of a series that is no group. */
export function somOfOne(options: SomOptions, seed: number): Detector {
  const som = new Som(options, seed, 1)
  const values = new Float64Array(1)
  return {
    update(timestampMs, value, learning, assessment) {
      values[0] = value
      som.update(timestampMs, values, learning, assessment)
    },
    snapshot: (writer) => som.snapshot(writer),
    restore: (reader) => som.restore(reader),
  }
}
