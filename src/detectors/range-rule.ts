/**
 * Range rule: a value outside of everything seen so far is unusual, whatever the detector says.
 *
 * Detectors that work on levels, patterns or averages are slow to notice a record; the plainest of
 * rules is not. A value beyond the seen range by more than a margin of it gets score 1 and raw
 * score 1, "never seen before"; everything else passes unchanged.
 *
 * Source: the spatial rule of the NAB detectors (Ahmad et al. 2017), as DASRS Likelihood has it.
 * Cost: O(1); two numbers of state.
 */

import type { Assessment } from '../core/assessment.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { SeenRange } from '../stats/seen-range.ts'
import type { Learning, ScoreFilter } from './detector.ts'

/** Options of the filter. */
export const rangeRuleOptions = {
  marginShare: {
    kind: 'number',
    min: 0,
    max: 1e6,
    default: 0.05,
    about: 'How far outside of the seen range a value must lie, as a share of that range.',
  },
} as const satisfies OptionSpecs

export type RangeRuleOptions = OptionsOf<typeof rangeRuleOptions>

/** See the head of the file. */
export class RangeRule implements ScoreFilter {
  readonly #options: RangeRuleOptions
  readonly #seen = new SeenRange()

  constructor(options: RangeRuleOptions) {
    this.#options = options
  }

  apply(value: number, learning: Learning, assessment: Assessment): void {
    const seen = this.#seen
    // The second value of all is no record, though it lies outside of the first.
    const early = assessment.inProbation && seen.lowest === seen.highest
    if (!early && seen.excludes(value, this.#options.marginShare)) {
      assessment.score = 1
      assessment.rawScore = Math.max(1, assessment.rawScore)
    }
    if (learning === 'on' || assessment.inProbation) seen.push(value)
  }

  snapshot(writer: SnapshotWriter): void {
    this.#seen.snapshot(writer)
  }

  restore(reader: SnapshotReader): void {
    this.#seen.restore(reader)
  }
}
