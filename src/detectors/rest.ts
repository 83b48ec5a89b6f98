/**
 * Rest: after one alarm, do not go on about it.
 *
 *   score in     ▁▁▁█▆▇▅▆▁▁▁▁█▁
 *   score out    ▁▁▁█▄▄▄▄▁▁▁▁█▁      hold: not over the ceiling for `period` samples
 *                   └─ rest ─┘
 *
 * `hold` (ours): a score at or over the threshold starts a rest. While it lasts, scores are held
 * under a ceiling just below the threshold: the alarm stream is quiet, and yet the score stays high
 * while the series is unusual, so that whoever uses a lower threshold loses nothing.
 *
 * `divide` (as published): works on the raw score. r = 0 at first; if r > 0 the score is raw / r,
 * and r falls by 1; otherwise it is raw, and raw ≥ 1 sets r to the period. Scores are rounded to
 * two decimals, halves away from zero. So a rest fades out, its last sample is not muted at all,
 * and lower scores are lost in it. It rests in probation too. For the published numbers of DASRS.
 *
 * Source: Rest of DASRS, in the words of its published description; the ceiling by measurement: it
 * keeps the F1 of the continuous score on KPI and cloud as without rest, and the NAB score as with
 * it (docs/algorithms/rest.md).
 * Cost: O(1); one number of state.
 */

import type { Assessment } from '../core/assessment.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import type { Learning, ScoreFilter } from './detector.ts'

/** Options of the filter. */
export const restOptions = {
  periodSamples: {
    kind: 'number-or-word',
    words: ['auto'],
    min: 0,
    max: 1e9,
    default: 'auto',
    about: 'How long a rest lasts. auto: a fifth of the detector’s probation.',
  },
  threshold: {
    kind: 'number',
    min: 0,
    max: 1,
    default: 0.999,
    about: 'A score at or over this starts a rest. Should be the threshold of the alarm rule.',
  },
  style: {
    kind: 'choice',
    words: ['hold', 'divide'],
    default: 'hold',
    shapesState: true,
    about:
      'hold: scores stay under a ceiling just below the threshold. divide: the raw score is ' +
      'divided by the samples that the rest has left, as DASRS was published.',
  },
} as const satisfies OptionSpecs

export type RestOptions = OptionsOf<typeof restOptions>

/** Rest as a share of probation. Source: DASRS, published defaults. */
const periodShare = 1 / 5

/** The ceiling in decades, as a share of the threshold's. By measurement: .7 to .95 are alike. */
const ceilingShare = 0.9

/** See the head of the file. */
export class Rest implements ScoreFilter {
  readonly #options: RestOptions
  #left = 0

  constructor(options: RestOptions) {
    this.#options = options
  }

  apply(_value: number, _learning: Learning, assessment: Assessment): void {
    if (this.#options.style === 'divide') this.#divide(assessment)
    else if (!assessment.inProbation) this.#hold(assessment)
  }

  #hold(assessment: Assessment): void {
    const { threshold } = this.#options
    if (this.#left > 0) {
      this.#left--
      // Under the ceiling in any case, and usually far under it: no power is taken then.
      if (assessment.score < threshold / 2) return
      assessment.score = Math.min(assessment.score, 1 - (1 - threshold) ** ceilingShare)
    } else if (assessment.score >= threshold) {
      this.#left = Math.floor(this.#period(assessment))
    }
  }

  #divide(assessment: Assessment): void {
    const raw = assessment.rawScore
    if (this.#left > 0) {
      assessment.score = Math.min(1, twoDecimals(raw / this.#left))
      this.#left--
      return
    }
    assessment.score = Math.min(1, raw)
    if (raw >= 1) this.#left = this.#period(assessment)
  }

  #period({ probationSamples }: Assessment): number {
    const { periodSamples } = this.#options
    return typeof periodSamples === 'number' ? periodSamples : probationSamples * periodShare
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.#left)
  }

  restore(reader: SnapshotReader): void {
    this.#left = reader.float64()
  }
}

/** Rounded to two decimals, halves away from zero; for numbers ≥ 0. */
function twoDecimals(value: number): number {
  return Math.floor(value * 100 + 0.5) / 100
}
