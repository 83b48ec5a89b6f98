/**
 * Hierarchical temporal memory over several fields: one model that learns which combinations of
 * values follow which.
 *
 *   value 1, value 2, …, time ─▶ encoder ─▶ spatial pooler ─▶ temporal memory ─▶ raw score
 *
 * The same pooler and memory as of one value (htm.ts); every field has bits of its own over a range
 * of its own, which is learned from the first half of probation in the same way.
 *
 * The field that leads is the one furthest from its own mean, by its own deviations, both of the
 * last hundred samples or so: the score itself is of the combination and has no parts.
 *
 * Source: the third model of the RUBiS study encodes processor and memory side by side.
 * Differs: no second level (htm/presets.ts), no forecasts.
 * Cost: that of one model, whatever the number of fields; a little more in the pooler for each.
 */

import type { Assessment } from '../core/assessment.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { Calendar } from '../stats/calendar.ts'
import type { GroupDetector, Learning } from './detector.ts'
import type { Kernels } from './htm/kernel.ts'
import { newNetwork } from './htm/network.ts'
import type { Network } from './htm/network.ts'
import { settingsOf } from './htm/options.ts'
import type { HtmOptions } from './htm/options.ts'
import type { HtmSettings } from './htm/presets.ts'
import { LearnedRange } from './htm/value-range.ts'
import { WaitingSamples } from './htm/waiting-samples.ts'
import { Probation } from './probation.ts'

/** As in htm.ts. */
const catchUpSamples = 5

/** How fast means and deviations of fields follow: the last hundred samples or so. */
const fieldRate = 0.01

/** What a group's model is made of. */
export interface HtmGroupParts {
  readonly fieldCount: number
  readonly seed: number
  readonly kernels: Kernels
  readonly calendar?: Calendar
}

/** See the head of the file. */
export class HtmGroup implements GroupDetector {
  readonly #probation: Probation
  readonly #settings: HtmSettings
  readonly #network: Network
  readonly #ranges: readonly LearnedRange[]
  /** One for each field, in step. */
  readonly #waiting: readonly WaitingSamples[]
  readonly #sample: Float64Array
  readonly #means: Float64Array
  readonly #variances: Float64Array
  #rawScore = 0
  #lead = 0

  constructor(options: HtmOptions, { fieldCount, seed, kernels, calendar }: HtmGroupParts) {
    const settings = settingsOf(options)
    this.#probation = new Probation(options.probationSamples)
    this.#settings = settings
    const clock = calendar ?? new Calendar(options.timezone)
    this.#network = newNetwork({ settings, fieldCount, seed, calendar: clock, kernels })
    const { paddingShare, buckets } = settings
    const rule = { paddingShare, buckets, blockSamples: options.probationSamples }
    const wanted = settings.encoder === 'random' ? Math.ceil(options.probationSamples / 2) : 0
    this.#ranges = Array.from({ length: fieldCount }, () => new LearnedRange(rule))
    this.#waiting = Array.from({ length: fieldCount }, () => new WaitingSamples(wanted))
    this.#sample = new Float64Array(fieldCount)
    this.#means = new Float64Array(fieldCount).fill(NaN)
    this.#variances = new Float64Array(fieldCount)
  }

  get lead(): number {
    return this.#lead
  }

  update(
    timestampMs: number,
    values: Float64Array,
    learning: Learning,
    assessment: Assessment,
  ): void {
    this.#probation.say(assessment)
    const learns = this.#probation.learns(learning)
    this.#noteFields(values, learns)
    assessment.scored = this.#take(timestampMs, values, learns)
    if (!assessment.scored) return
    assessment.rawScore = this.#rawScore
    if (!assessment.inProbation) assessment.score = this.#rawScore
  }

  /** Finds the field that leads, by what was known before, then learns the values. */
  #noteFields(values: Float64Array, learns: boolean): void {
    let furthest = -1
    values.forEach((value, field) => {
      const mean = this.#means[field]!
      const distance = Number.isNaN(mean) ? 0 : value - mean
      const variance = this.#variances[field]!
      const deviations = distance === 0 ? 0 : Math.abs(distance) / Math.sqrt(variance)
      if (deviations > furthest) {
        furthest = deviations
        this.#lead = field
      }
      if (!learns) return
      this.#means[field] = Number.isNaN(mean) ? value : mean + fieldRate * distance
      this.#variances[field] = (1 - fieldRate) * (variance + fieldRate * distance * distance)
    })
  }

  /** Scores and learns the sample, or lets it wait; true if it was scored. */
  #take(timestampMs: number, values: Float64Array, learns: boolean): boolean {
    const waiting = this.#waiting
    const [first] = waiting as readonly [WaitingSamples]
    if (first.done) {
      this.#process(timestampMs, values, learns)
      return true
    }
    waiting.forEach((each, field) => each.add(timestampMs, values[field]!))
    if (!first.full) return false
    if (!first.opened) waiting.forEach((each, field) => this.#ranges[field]?.lay(each.open()))
    for (let k = 0; k < catchUpSamples && !first.done; k++) {
      const samples = waiting.map((each) => each.next())
      samples.forEach(({ value }, field) => (this.#sample[field] = value))
      this.#process(samples[0]?.timestampMs ?? timestampMs, this.#sample, true)
    }
    return first.done
  }

  #process(timestampMs: number, values: Float64Array, learns: boolean): void {
    const { encoder, kernel } = this.#network
    encoder.encode(timestampMs, values, this.#ranges)
    this.#rawScore = kernel.update(encoder.active, learns) / this.#settings.activeColumns
    if (learns) this.#ranges.forEach((range, field) => range.note(values[field]!))
  }

  snapshot(writer: SnapshotWriter): void {
    this.#probation.snapshot(writer)
    writer.float64(this.#rawScore)
    writer.uint32(this.#lead)
    writer.typedArray(this.#means)
    writer.typedArray(this.#variances)
    for (const each of this.#waiting) each.snapshot(writer)
    for (const range of this.#ranges) range.snapshot(writer)
    this.#network.kernel.snapshot(writer)
  }

  restore(reader: SnapshotReader): void {
    this.#probation.restore(reader)
    this.#rawScore = reader.float64()
    this.#lead = reader.uint32()
    reader.typedArray(this.#means)
    reader.typedArray(this.#variances)
    for (const each of this.#waiting) each.restore(reader)
    for (const range of this.#ranges) range.restore(reader)
    this.#network.kernel.restore(reader)
  }
}
