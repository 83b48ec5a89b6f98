/**
 * What feeds its own predictions on: where the metrics go if what was learned of their order holds.
 * What learns it is handed in, since it stands further down (detectors/htm/futures.ts).
 */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'

/** Takes the metrics of every sample, those of a breach too. Read after `update`. */
export interface Futures {
  /**
   * `share` is the objective's metric by `futuresShare`; `values` are all metrics within 0 and 1,
   * the usual level of each at a half.
   */
  update(share: number, values: Float64Array, learning: 'on' | 'masked'): void
  /** P(over the limit at some step ahead); 0 where nothing is foreseen yet. */
  readonly probability: number
  /** Samples until the step at which the objective's metric is over the limit; Infinity: none. */
  readonly samplesLeft: number
  /** How unforeseen the steps ahead would be if they came true, on average, 0 to 1. */
  readonly surprise: number
  snapshot(writer: SnapshotWriter): void
  restore(reader: SnapshotReader): void
}

/** What it depends on. */
export interface FuturesPlan {
  readonly metrics: number
  readonly horizonSamples: number
  readonly seed: number
}

export type FuturesMaker = (plan: FuturesPlan) => Futures

/** Where the limit is among shares. */
export const futuresLimit = 0.5
const decades = 2

/** The objective's metric as a share of its limit: a tenth of it at 0, ten times as much at 1. */
export function futuresShare(value: number, limit: number): number {
  const share = Math.max(1e-9, value / limit)
  return Math.max(0, Math.min(1, futuresLimit + Math.log10(share) / decades))
}
