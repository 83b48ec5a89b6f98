/**
 * A self-organising map, learned online: a square grid of nodes, each with a weight for each
 * metric. Samples alike find nodes near to each other.
 *
 *   best node: argmin_k |x - w_k|²      w_k += α exp(-d_k² / 2σ²) (x - w_k)
 *
 * d_k is the distance on the grid to the best node. A node's area is its summed distance to its
 * four neighbours: small where samples are frequent, large in between, where a system is seldom.
 *
 * Learning begins with α = 0.7 and σ = 4 and both fall towards a floor, so the map never freezes.
 *
 * Sources: Kohonen 1990, "The self-organizing map"; areas and the numbers 0.7 and 4 from Dean,
 * Nguyen and Gu 2012, "UBL: unsupervised behavior learning for predicting performance anomalies in
 * virtualized cloud systems", §3.
 * Cost: nodes × metrics for the best node, and the square of 6σ + 1 nodes for learning.
 */

import type { Random } from '../core/random.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'

const rateFirst = 0.7
const radiusFirst = 4
/** Floors, so that the map follows a system that changes. Guesses, not measured. */
const rateLeast = 0.02
const radiusLeast = 0.7
/** Samples in which rate and radius fall to a third of what they are over the floor. A guess. */
const coolingSamples = 600

/** See the head of the file. */
export class SelfOrganisingMap {
  readonly side: number
  readonly #metrics: number
  /** Float64Array, side² × metrics, row by row. */
  readonly #weights: Float64Array
  #learned = 0
  /** Where the search begins to bound; it changes nothing of what is found. */
  #lastBest = 0

  constructor(shape: { readonly side: number; readonly metrics: number }, random: Random) {
    this.side = shape.side
    this.#metrics = shape.metrics
    this.#weights = new Float64Array(shape.side * shape.side * shape.metrics)
    for (let i = 0; i < this.#weights.length; i++) this.#weights[i] = random.uniform()
  }

  /** How many there are. */
  get nodes(): number {
    return this.side * this.side
  }

  /** Where a node is, of one metric. */
  weight(node: number, metric: number): number {
    return this.#weights[node * this.#metrics + metric]!
  }

  /** How far `values` are from a node. */
  distance(node: number, values: Float64Array): number {
    return Math.sqrt(this.#squared(node, values))
  }

  /**
   * Index of the node nearest to `values`, of equally near ones the first. A node is left as soon
   * as it is further than the one that was nearest last time.
   */
  best(values: Float64Array): number {
    const weights = this.#weights
    const metrics = this.#metrics
    let bound = this.#squared(this.#lastBest, values)
    let best = 0
    let least = Infinity
    for (let node = 0, at = 0; at < weights.length; node++, at += metrics) {
      let distance = 0
      for (let i = 0; i < metrics; i++) {
        const difference = values[i]! - weights[at + i]!
        distance += difference * difference
        if (distance > bound) break
      }
      if (distance < least && !(distance > bound)) {
        bound = least = distance
        best = node
      }
    }
    this.#lastBest = best
    return best
  }

  #squared(node: number, values: Float64Array): number {
    const weights = this.#weights
    const metrics = this.#metrics
    let distance = 0
    for (let i = 0; i < metrics; i++) {
      const difference = values[i]! - weights[node * metrics + i]!
      distance += difference * difference
    }
    return distance
  }

  /** Draws the best node and those around it towards `values`. */
  learn(best: number, values: Float64Array): void {
    const cooled = Math.exp(-this.#learned / coolingSamples)
    const rate = rateLeast + (rateFirst - rateLeast) * cooled
    const radius = radiusLeast + (radiusFirst - radiusLeast) * cooled
    const reach = Math.ceil(3 * radius)
    const side = this.side
    const row = Math.floor(best / side)
    const column = best % side
    for (let r = Math.max(0, row - reach); r <= Math.min(side - 1, row + reach); r++) {
      for (let c = Math.max(0, column - reach); c <= Math.min(side - 1, column + reach); c++) {
        const distance = (r - row) * (r - row) + (c - column) * (c - column)
        this.#draw(r * side + c, rate * Math.exp(-distance / (2 * radius * radius)), values)
      }
    }
    this.#learned++
  }

  #draw(node: number, share: number, values: Float64Array): void {
    const weights = this.#weights
    const metrics = this.#metrics
    const start = node * metrics
    for (let i = 0; i < metrics; i++) {
      weights[start + i]! += share * (values[i]! - weights[start + i]!)
    }
  }

  /** Summed distance of a node to its neighbours, as a mean so that borders compare. */
  area(node: number): number {
    const side = this.side
    const row = Math.floor(node / side)
    const column = node % side
    let sum = 0
    if (row > 0) sum += this.#between(node, node - side)
    if (row < side - 1) sum += this.#between(node, node + side)
    if (column > 0) sum += this.#between(node, node - 1)
    if (column < side - 1) sum += this.#between(node, node + 1)
    const vertical = row === 0 || row === side - 1 ? 1 : 2
    const horizontal = column === 0 || column === side - 1 ? 1 : 2
    return sum / (vertical + horizontal)
  }

  #between(a: number, b: number): number {
    const weights = this.#weights
    const metrics = this.#metrics
    let sum = 0
    for (let i = 0; i < metrics; i++) {
      const difference = weights[a * metrics + i]! - weights[b * metrics + i]!
      sum += difference * difference
    }
    return Math.sqrt(sum)
  }

  snapshot(writer: SnapshotWriter): void {
    writer.typedArray(this.#weights)
    writer.float64(this.#learned)
  }

  restore(reader: SnapshotReader): void {
    reader.typedArray(this.#weights)
    this.#learned = reader.float64()
  }
}
