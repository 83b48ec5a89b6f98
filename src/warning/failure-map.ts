/**
 * Where on a self-organising map the system is before it fails.
 *
 * Each node remembers how often a sample that found it was followed by a breach within the horizon,
 * beside how often it was found at all; both fade. So a node's share of breaches is a probability,
 * also for nodes in an area that is seldom visited: those begin with the prior of the area.
 *
 * A node whose area is over the 85th percentile of all nodes counts as pre-failure before anything
 * is known of it. Source: Dean, Nguyen and Gu 2012 (stats/self-organising-map.ts).
 * Cost: two searches of the map a sample, one learning.
 */

import { Random } from '../core/random.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { SelfOrganisingMap } from '../stats/self-organising-map.ts'

/** 144 nodes: about 5 √N for the N = 900 samples of a quarter of an hour. */
const side = 12
/** Share of the nodes that lie in normal areas. Source: Dean and others, §3.2. */
const normalShare = 0.85
/** Samples between two looks at all areas. */
const areasEverySamples = 300
/** What a node knows at first weighs as much as this many outcomes. */
const priorOutcomes = 20
/** P(breach) of a node in a normal and in a pre-failure area, before any outcome. */
const normalPrior = 0.02
const preFailurePrior = 0.3
/** A node's outcomes fade at each new one: the last 500 or so count. */
const fading = 0.998

/** See the head of the file. */
export class FailureMap {
  readonly #map: SelfOrganisingMap
  readonly #found = new Float64Array(side * side)
  readonly #broke = new Float64Array(side * side)
  #areaLimit = Infinity
  #samples = 0

  constructor(metrics: number, seed: number) {
    this.#map = new SelfOrganisingMap({ side, metrics }, new Random(seed))
  }

  /** The node that this sample finds. */
  node(values: Float64Array): number {
    return this.#map.best(values)
  }

  /** Whether a node lies where samples are seldom. */
  isPreFailure(node: number): boolean {
    return this.#map.area(node) > this.#areaLimit
  }

  /** P(breach within the horizon) of samples that find this node. */
  probability(node: number): number {
    const prior = this.isPreFailure(node) ? preFailurePrior : normalPrior
    const broke = this.#broke[node] as number
    const found = this.#found[node] as number
    return (broke + prior * priorOutcomes) / (found + priorOutcomes)
  }

  learn(node: number, values: Float64Array): void {
    this.#map.learn(node, values)
    if (this.#samples++ % areasEverySamples === areasEverySamples - 1) this.#measure()
  }

  #measure(): void {
    const areas = Float64Array.from({ length: side * side }, (_, node) => this.#map.area(node))
    areas.sort()
    this.#areaLimit = areas[Math.floor(normalShare * areas.length)] as number
  }

  /** Learns what came of a sample that found this node. */
  outcome(node: number, broke: number): void {
    this.#found[node] = (this.#found[node] as number) * fading + 1
    this.#broke[node] = (this.#broke[node] as number) * fading + broke
  }

  snapshot(writer: SnapshotWriter): void {
    this.#map.snapshot(writer)
    writer.typedArray(this.#found)
    writer.typedArray(this.#broke)
    writer.float64(this.#areaLimit)
    writer.float64(this.#samples)
  }

  restore(reader: SnapshotReader): void {
    this.#map.restore(reader)
    reader.typedArray(this.#found)
    reader.typedArray(this.#broke)
    this.#areaLimit = reader.float64()
    this.#samples = reader.float64()
  }
}
