/**
 * A detector that can be worked out in the head: it expects the value that came last, ±10.
 *
 *   |x - last| > 10  ─▶  score .9999         else  ─▶  score .5          3 samples of probation
 *
 * `learned` is `last`, unless the sample is masked.
 */

import type { Assessment } from '../src/core/assessment.ts'
import type { SnapshotReader, SnapshotWriter } from '../src/core/snapshot.ts'
import type { Detector, Learning } from '../src/detectors/detector.ts'

const probationSamples = 3

/** See the head of the file. */
export class LastValueDetector implements Detector {
  #last = NaN
  #learned = 0

  update(_timestampMs: number, value: number, learning: Learning, assessment: Assessment): void {
    assessment.inProbation = this.#learned < probationSamples
    assessment.learnedSamples = Math.min(this.#learned, probationSamples)
    assessment.probationSamples = probationSamples
    if (this.#learned > 0) {
      assessment.expected = this.#last
      assessment.lower = this.#last - 10
      assessment.upper = this.#last + 10
    }
    const far = Math.abs(value - this.#last) > 10
    if (!assessment.inProbation) assessment.score = far ? 0.9999 : 0.5
    if (learning === 'masked') return
    this.#last = value
    this.#learned++
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.#last)
    writer.uint32(this.#learned)
  }

  restore(reader: SnapshotReader): void {
    this.#last = reader.float64()
    this.#learned = reader.uint32()
  }
}
