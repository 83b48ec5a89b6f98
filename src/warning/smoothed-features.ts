/**
 * Features of one sample after the other, each smoothed exponentially.
 *
 *   s ← s + α (x - s)
 *
 * A cause that shows in spurts, as a disk whose commits stall now and then, lasts in what is
 * smoothed; noise of a single sample does not. Smoothing what is weighed, not the probability that
 * comes of it, leaves the probability calibrated. Cost: O(features) a sample.
 */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'

/**
 * Share of a new sample. Chosen by the first part of the recorded shops, each judged by what the
 * other two taught, among 0.2, 0.35, 0.5, 0.7 and 1 (docs/guides/early-warning.md).
 */
const newShare = 0.35

/** See the head of the file. */
export class SmoothedFeatures {
  readonly #smooth: Float64Array
  #begun = false

  constructor(count: number) {
    this.#smooth = new Float64Array(count)
  }

  /** Forgets what was: the next sample is taken as it is. */
  restart(): void {
    this.#begun = false
  }

  /** Takes the features of a sample and puts the smoothed ones in their place. */
  update(features: Float64Array): void {
    const smooth = this.#smooth
    const share = this.#begun ? newShare : 1
    this.#begun = true
    for (let i = 0; i < smooth.length; i++) {
      smooth[i]! += share * (features[i]! - smooth[i]!)
      features[i] = smooth[i]!
    }
  }

  snapshot(writer: SnapshotWriter): void {
    writer.typedArray(this.#smooth)
    writer.boolean(this.#begun)
  }

  restore(reader: SnapshotReader): void {
    reader.typedArray(this.#smooth)
    this.#begun = reader.boolean()
  }
}
