/**
 * Seen-range detector: whatever lies outside of everything seen so far.
 *
 * The oldest rule of monitoring, and half of what catches trouble on benchmarks: a value above the
 * largest or below the smallest one seen, by more than a margin of their distance.
 *
 * Score and raw score: 1 outside, 0 inside. Expected: the middle of the seen range; the band is the
 * range with its margin.
 *
 * Source: the "spatial" rule of the NAB detectors (Ahmad et al. 2017, section 4.1).
 * Good at: the first record. Bad at: anything inside, and everything after the record.
 * Cost: O(1) a sample; three numbers of state.
 */

import type { Assessment } from '../core/assessment.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { SeenRange } from '../stats/seen-range.ts'
import type { Detector, Learning } from './detector.ts'

/** Options of the detector. */
export const rangeOptions = {
  marginShare: {
    kind: 'number',
    min: 0,
    max: 1e6,
    default: 0.05,
    about: 'How far outside of the seen range a value must lie, as a share of that range.',
  },
  probationSamples: {
    kind: 'integer',
    min: 1,
    max: 1e9,
    default: 300,
    about: 'The first samples, learned but not judged.',
  },
} as const satisfies OptionSpecs

export type RangeOptions = OptionsOf<typeof rangeOptions>

/** See the head of the file. */
export class Range implements Detector {
  readonly #options: RangeOptions
  readonly #seen = new SeenRange()
  #count = 0

  constructor(options: RangeOptions) {
    this.#options = options
  }

  update(_timestampMs: number, value: number, learning: Learning, assessment: Assessment): void {
    const { marginShare, probationSamples } = this.#options
    const seen = this.#seen
    const inProbation = this.#count < probationSamples
    assessment.inProbation = inProbation
    assessment.probationSamples = probationSamples
    assessment.learnedSamples = this.#count
    if (seen.known) {
      const span = seen.highest - seen.lowest
      assessment.rawScore = seen.excludes(value, marginShare) ? 1 : 0
      assessment.expected = seen.lowest + span / 2
      assessment.lower = seen.lowest - marginShare * span
      assessment.upper = seen.highest + marginShare * span
    }
    if (!inProbation) assessment.score = assessment.rawScore
    else this.#count++
    if (inProbation || learning === 'on') seen.push(value)
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.#count)
    this.#seen.snapshot(writer)
  }

  restore(reader: SnapshotReader): void {
    this.#count = reader.float64()
    this.#seen.restore(reader)
  }
}
