/**
 * Rank: what a detector calls rare is compared with how often it did so before.
 *
 * A score claims "once in a thousand". On a lively series the same detector may claim it once in
 * fifty samples. The filter takes the claim as evidence, in decades, keeps a fading histogram of it
 * and answers with the share of the series' own past that had at least as much:
 *
 *   e = -log10(1 - score in)      score out = 1 - (c + 1) / (T + 2)
 *
 * with T faded samples seen and c of them at or over e (stats/rank-tail.ts). So the answer is never
 * rarer than once in T: it takes a thousand samples to say "once in a thousand".
 *
 * Where the detector does not judge yet (probation), nothing is learned: its claims are empty.
 *
 * Source: empirical tail probabilities as in the calibration of conformal detectors (Laxhammar and
 * Falkman 2014, section 3), with forgetting.
 * Cost: O(1), some fifty additions; 51 numbers of state.
 */

import type { Assessment } from '../core/assessment.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { decadesOf } from '../stats/decades.ts'
import { RankTail } from '../stats/rank-tail.ts'
import type { Learning, ScoreFilter } from './detector.ts'

/** Options of the filter. */
export const rankOptions = {
  memorySamples: {
    kind: 'integer',
    min: 20,
    max: 1e9,
    default: 3000,
    about: 'Samples after which the past counts for a third. The score never says rarer than this.',
  },
} as const satisfies OptionSpecs

export type RankOptions = OptionsOf<typeof rankOptions>

/** See the head of the file. */
export class Rank implements ScoreFilter {
  readonly #options: RankOptions
  readonly #past = new RankTail()

  constructor(options: RankOptions) {
    this.#options = options
  }

  apply(_value: number, learning: Learning, assessment: Assessment): void {
    if (assessment.inProbation) return
    const decades = decadesOf(assessment.score)
    assessment.score = 1 - this.#past.tail(decades)
    if (learning === 'on') this.#past.push(decades, this.#options.memorySamples)
  }

  snapshot(writer: SnapshotWriter): void {
    this.#past.snapshot(writer)
  }

  restore(reader: SnapshotReader): void {
    this.#past.restore(reader)
  }
}
