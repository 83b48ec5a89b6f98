/**
 * DASRS: detection of anomalies by sequence rarity.
 *
 * Cuts the range of a series into θ steps, writes the series as a sequence of step numbers, and
 * counts how often it has seen the last w of them in a row. A sequence never seen before is as
 * unusual as can be, one seen a thousand times is not, whatever its values are: an idle hour in a
 * busy series is rare without being extreme.
 *
 *   step = (high - low) / θ        cell = trunc((x - low) / step)
 *   count[last w cells] += 1       raw = 1 / count, rounded to two decimals
 *
 *   x      10  12  11  90  12          cells of 0..100 with θ 7:  0 0 0 6 0
 *   raw     –   1  .5   1   1          sequences of two:   00  00  06  60
 *
 * Score: 1 - count / (samples + 1), the share of the past that was another sequence.
 *
 * The range is learned in probation, whose samples are kept and counted once it is known. It is
 * learned anew when the series leaves it for good (stats/range-watch.ts); outside of it the cells
 * go on for forty steps on either side (stats/sequence-counts.ts). Counts fade, so that an incident
 * learned long ago does not excuse the next one for ever.
 *
 * Source: DASRS (Dias 2020), from its published description; the key is the sequence itself, not a
 * hash of it, so two sequences never share a count.
 * Differs: learned range, fading counts; with `range: fixed` and `memory: 0` the raw score is as
 * published. Measured in docs/algorithms/dasrs.md.
 * Cost: O(1) a sample; (θ + 1)^w counts of 4 bytes, a sparse table of at most 2 KB for sequences
 * outside of the range, and 8 bytes for each sample of probation until it is over.
 */

import type { Assessment } from '../core/assessment.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { RangeWatch } from '../stats/range-watch.ts'
import { SeenRange } from '../stats/seen-range.ts'
import { outerLevels, SequenceCounts } from '../stats/sequence-counts.ts'
import type { Detector, Learning } from './detector.ts'

/** Options of the detector. Chosen on NAB, KPI and cloud at once. */
export const dasrsOptions = {
  theta: {
    kind: 'integer',
    min: 2,
    max: 100,
    default: 10,
    shapesState: true,
    about: 'Steps that the range is cut into. Fewer find large changes, more find small ones.',
  },
  windowSamples: {
    kind: 'integer',
    min: 1,
    max: 6,
    default: 2,
    shapesState: true,
    about: 'Length of the sequences that are counted.',
  },
  range: {
    kind: 'choice',
    words: ['learned', 'fixed', 'file'],
    default: 'learned',
    shapesState: true,
    about:
      'learned: by the first samples, and again when the series leaves it for good. fixed: the ' +
      'one between range_min and range_max. file: that of the whole file, in bench and replay.',
  },
  rangeMin: {
    kind: 'number',
    min: -1e150,
    max: 1e150,
    default: 0,
    shapesState: true,
    about: 'Lower end of a fixed range.',
  },
  rangeMax: {
    kind: 'number',
    min: -1e150,
    max: 1e150,
    default: 100,
    shapesState: true,
    about: 'Upper end of a fixed range.',
  },
  paddingShare: {
    kind: 'number',
    min: 0,
    max: 10,
    default: 0,
    shapesState: true,
    about: 'Room on either side of a learned range, as a share of it.',
  },
  memorySamples: {
    kind: 'integer',
    min: 0,
    max: 1e9,
    default: 20_000,
    about: 'Samples after which a sequence counts for a third. 0: counts never fade.',
  },
  probationSamples: {
    kind: 'integer',
    min: 1,
    max: 1e9,
    default: 200,
    shapesState: true,
    about: 'The first samples, learned but not judged; the range is learned from them.',
  },
} as const satisfies OptionSpecs

export type DasrsOptions = OptionsOf<typeof dasrsOptions>

/** Samples that a range is learned from, at most: they are kept meanwhile, 8 bytes each. */
const rangeSamplesMax = 2000

/** See the head of the file. */
export class Dasrs implements Detector {
  readonly #options: DasrsOptions
  /** Samples that wait for their range, while it is learned. */
  #waiting: Float64Array | undefined
  #waitingCount = 0
  #watch: RangeWatch | undefined
  #low = 0
  #step = 1
  #counts: SequenceCounts | undefined
  /** Faded number of sequences counted. */
  #total = 0
  #seen = 0

  constructor(options: DasrsOptions) {
    this.#options = options
    if (options.range !== 'learned') this.#setRange(options.rangeMin, options.rangeMax)
  }

  update(_timestampMs: number, value: number, learning: Learning, assessment: Assessment): void {
    const { probationSamples, range } = this.#options
    const inProbation = this.#seen < probationSamples
    assessment.inProbation = inProbation
    assessment.probationSamples = probationSamples
    assessment.learnedSamples = this.#seen
    if (inProbation) this.#seen++
    const learns = inProbation || learning === 'on'
    const counts = this.#counts
    const cell = this.#cell(value)
    if (counts !== undefined) {
      counts.advance(cell)
      assessment.scored = counts.full
      if (counts.full) this.#judge(counts, learns, assessment)
    }
    if (range === 'learned' && learns) this.#learnRange(value, cell)
  }

  #judge(counts: SequenceCounts, learns: boolean, assessment: Assessment): void {
    const count = counts.count() + 1
    assessment.rawScore = Math.floor(100 / count + 0.5) / 100
    if (!assessment.inProbation) assessment.score = 1 - count / (this.#total + 2)
    if (learns) this.#learn(counts)
  }

  #learn(counts: SequenceCounts): void {
    const { memorySamples } = this.#options
    counts.add(memorySamples)
    this.#total = (this.#total + 1) * (memorySamples === 0 ? 1 : 1 - 1 / memorySamples)
  }

  #cell(value: number): number {
    return Math.trunc((value - this.#low) / this.#step)
  }

  #setRange(low: number, high: number): void {
    const { theta, windowSamples } = this.#options
    this.#low = low
    // A range of nothing is one of θ around its only value.
    this.#step = (high - low) / theta || 1
    this.#counts = new SequenceCounts({ levels: theta + 1, windowSamples })
    this.#total = 0
  }

  #learnRange(value: number, cell: number): void {
    const blockSamples = Math.min(this.#options.probationSamples, rangeSamplesMax)
    if (this.#counts === undefined) this.#waiting ??= new Float64Array(blockSamples)
    if (this.#waiting !== undefined) {
      this.#waiting[this.#waitingCount++] = value
      if (this.#waitingCount === blockSamples) this.#rangeFrom(this.#waiting)
      return
    }
    const watch = (this.#watch ??= new RangeWatch())
    if (cell < -outerLevels || cell > this.#options.theta + outerLevels) watch.countBeyond()
    if (watch.push(value, this.#step, blockSamples)) this.#waiting = new Float64Array(blockSamples)
  }

  /** Sets the range by the samples that waited for it, and counts them. */
  #rangeFrom(samples: Float64Array): void {
    const seen = new SeenRange()
    samples.forEach((value) => seen.push(value))
    const padding = (seen.highest - seen.lowest) * this.#options.paddingShare
    this.#setRange(seen.lowest - padding, seen.highest + padding)
    for (const value of samples) {
      this.#counts!.advance(this.#cell(value))
      if (this.#counts!.full) this.#learn(this.#counts!)
    }
    this.#waiting = undefined
    this.#waitingCount = 0
    this.#watch = undefined
  }

  snapshot(writer: SnapshotWriter): void {
    writer.boolean(this.#waiting !== undefined)
    if (this.#waiting !== undefined) writer.typedArray(this.#waiting)
    writer.uint32(this.#waitingCount)
    writer.boolean(this.#watch !== undefined)
    this.#watch?.snapshot(writer)
    writer.float64(this.#low)
    writer.float64(this.#step)
    writer.boolean(this.#counts !== undefined)
    this.#counts?.snapshot(writer)
    writer.float64(this.#total)
    writer.float64(this.#seen)
  }

  restore(reader: SnapshotReader): void {
    if (reader.boolean()) {
      const blockSamples = Math.min(this.#options.probationSamples, rangeSamplesMax)
      this.#waiting = new Float64Array(blockSamples)
      reader.typedArray(this.#waiting)
    }
    this.#waitingCount = reader.uint32()
    if (reader.boolean()) {
      this.#watch = new RangeWatch()
      this.#watch.restore(reader)
    }
    this.#low = reader.float64()
    this.#step = reader.float64()
    if (reader.boolean()) {
      const { theta, windowSamples } = this.#options
      this.#counts = new SequenceCounts({ levels: theta + 1, windowSamples })
      this.#counts.restore(reader)
    }
    this.#total = reader.float64()
    this.#seen = reader.float64()
  }
}
