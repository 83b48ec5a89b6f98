/**
 * Probation of detectors that learn all of it: the first samples are learned and not judged, masked
 * or not; afterwards masked ones are left out, and not counted.
 */

import type { Assessment } from '../core/assessment.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import type { Learning } from './detector.ts'

/** See the head of the file. */
export class Probation {
  readonly #samples: number
  /** Learned ones. */
  #count = 0

  constructor(probationSamples: number) {
    this.#samples = probationSamples
  }

  /** Says where the sample that is next stands. */
  say(assessment: Assessment): void {
    assessment.inProbation = this.#count < this.#samples
    assessment.learnedSamples = Math.min(this.#count, this.#samples)
    assessment.probationSamples = this.#samples
  }

  /** Whether that sample is to be learned; then it counts. */
  learns(learning: Learning): boolean {
    const learns = learning === 'on' || this.#count < this.#samples
    if (learns) this.#count++
    return learns
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.#count)
  }

  restore(reader: SnapshotReader): void {
    this.#count = reader.float64()
  }
}
