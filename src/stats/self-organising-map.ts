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
    let sum = 0
    for (let i = 0; i < this.#metrics; i++) {
      sum += (values[i]! - this.#weights[node * this.#metrics + i]!) ** 2
    }
    return Math.sqrt(sum)
  }

  /** Index of the node nearest to `values`. */
  best(values: Float64Array): number {
    const weights = this.#weights
    const metrics = this.#metrics
    let best = 0
    let least = Infinity
    for (let node = 0, at = 0; at < weights.length; node++, at += metrics) {
      let distance = 0
      for (let i = 0; i < metrics; i++) {
        const difference = values[i]! - weights[at + i]!
        distance += difference * difference
      }
      if (distance < least) {
        least = distance
        best = node
      }
    }
    return best
  }

  /** Draws the best node and those around it towards `values`. */
  learn(best: number, values: Float64Array): void {
    const cooled = Math.exp(-this.#learned / coolingSamples)
    const rate = rateLeast + (rateFirst - rateLeast) * cooled
    const radius = radiusLeast + (radiusFirst - radiusLeast) * cooled
    const reach = Math.ceil(3 * radius)
    const [row, column] = [Math.floor(best / this.side), best % this.side]
    for (let r = Math.max(0, row - reach); r <= Math.min(this.side - 1, row + reach); r++) {
      for (let c = Math.max(0, column - reach); c <= Math.min(this.side - 1, column + reach); c++) {
        const distance = (r - row) ** 2 + (c - column) ** 2
        this.#draw(r * this.side + c, rate * Math.exp(-distance / (2 * radius * radius)), values)
      }
    }
    this.#learned++
  }

  #draw(node: number, share: number, values: Float64Array): void {
    const start = node * this.#metrics
    for (let i = 0; i < this.#metrics; i++) {
      this.#weights[start + i]! += share * (values[i]! - this.#weights[start + i]!)
    }
  }

  /** Summed distance of a node to its neighbours, as a mean so that borders compare. */
  area(node: number): number {
    const [row, column] = [Math.floor(node / this.side), node % this.side]
    let sum = 0
    let neighbours = 0
    for (const [r, c] of [
      [row - 1, column],
      [row + 1, column],
      [row, column - 1],
      [row, column + 1],
    ] as const) {
      if (r < 0 || c < 0 || r >= this.side || c >= this.side) continue
      sum += this.#between(node, r * this.side + c)
      neighbours++
    }
    return sum / neighbours
  }

  #between(a: number, b: number): number {
    let sum = 0
    for (let i = 0; i < this.#metrics; i++) {
      const [x, y] = [this.#weights[a * this.#metrics + i]!, this.#weights[b * this.#metrics + i]!]
      sum += (x - y) ** 2
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
