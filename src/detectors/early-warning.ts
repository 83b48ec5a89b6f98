/**
 * Early warning: says of the fields of a record how probable it is that a stated limit on one of
 * them will be broken within the horizon (warning/early-warning.ts).
 *
 *   cpu, mem, mean … ─▶ P(breach within horizon) ─▶ told once it lasts ─▶ score 1 while it stands
 *
 * The raw score is P, and 1 while the field is over its limit. The score is P too, but under .99
 * until a warning is told, and 1 from then until its horizon is over or the breach has ended: so an
 * alarm with the usual threshold fires when a warning is told, or when the limit is broken without
 * one, and not before.
 *
 * What became of each warning is told once it is known (warning/warning-watch.ts).
 *
 * Unlike with other detectors, a score is not how rare a sample is: the limit is stated, not
 * learned. Source: docs/algorithms/early-warning.md.
 * Cost: the square of 14 + 3 × fields a record; about 50 KB of state with ten fields.
 */

import type { Assessment } from '../core/assessment.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { WarningFacts } from '../core/report.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { Cadence } from '../stats/cadence.ts'
import { EarlyWarning } from '../warning/early-warning.ts'
import type { Warning } from '../warning/early-warning.ts'
import type { FuturesMaker } from '../warning/futures.ts'
import { WarningWatch } from '../warning/warning-watch.ts'
import type { Said, WarningChange } from '../warning/warning-watch.ts'
import type { Detector, Fact, GroupDetector, Learning } from './detector.ts'
import { grouped } from './group.ts'
import { Probation } from './probation.ts'

/**
 * Threshold and confirm: chosen on seeds 1 to 5 of the simulator and the first part of the recorded
 * shops, of .7 to .92 and 1 to 5 (docs/guides/early-warning.md).
 */
export const earlyWarningOptions = {
  metric: {
    kind: 'text',
    default: '',
    shapesState: true,
    about: 'The field that the objective is about; empty: the first one of the group.',
  },
  limit: {
    kind: 'number',
    min: -1e300,
    max: 1e300,
    default: 100,
    shapesState: true,
    about: 'The limit that is promised; at or over it is over.',
  },
  holdSamples: {
    kind: 'integer',
    min: 1,
    max: 10_000,
    default: 3,
    shapesState: true,
    about: 'Samples in a row over the limit that are a breach.',
  },
  horizonSamples: {
    kind: 'integer',
    min: 2,
    max: 10_000,
    default: 50,
    shapesState: true,
    about: 'How many samples ahead a breach is warned of.',
  },
  futures: {
    kind: 'choice',
    words: ['off', 'htm'],
    default: 'off',
    shapesState: true,
    about:
      'htm: one more evidence, hierarchical temporal memory over all fields, its predictions ' +
      'fed on to the end of the horizon. It costs four times the time and some 3 MB of memory.',
  },
  threshold: {
    kind: 'number',
    min: 0,
    max: 1,
    default: 0.85,
    about: 'A warning is told where P(breach within the horizon) has been this high.',
  },
  confirmSamples: {
    kind: 'integer',
    min: 1,
    max: 10_000,
    default: 3,
    about: 'Samples in a row for which P must be that high.',
  },
  probationSamples: {
    kind: 'integer',
    min: 1,
    max: 1e9,
    default: 60,
    about: 'The first samples, learned but not judged.',
  },
} as const satisfies OptionSpecs

export type EarlyWarningDetectorOptions = OptionsOf<typeof earlyWarningOptions>

/** What a score is at most while no warning stands: under every usual threshold. */
const untoldScoreMax = 0.99

/** How many evidences are said in words, and the least share of all that one of them has. */
const partsSaid = 3
const partLeast = 0.1

const nothing: readonly WarningFacts[] = []

/** See the head of the file. */
export class EarlyWarningDetector implements GroupDetector {
  readonly #options: EarlyWarningDetectorOptions
  readonly #fields: readonly string[]
  readonly #probation: Probation
  readonly #metric: string
  readonly #objectiveIndex: number
  readonly #warning: EarlyWarning
  readonly #watch: WarningWatch
  readonly #cadence = new Cadence()
  readonly #changes: WarningChange[] = []
  /** The first sample at or over the limit of those that the last one ends. */
  #overSinceMs = NaN
  #lead = 0

  /** `futures` makes what the option of that name asks for. */
  constructor(
    options: EarlyWarningDetectorOptions,
    seed: number,
    fields: readonly string[],
    futures: FuturesMaker,
  ) {
    const { limit, holdSamples, horizonSamples, threshold, confirmSamples } = options
    this.#options = options
    this.#probation = new Probation(options.probationSamples)
    this.#fields = fields
    this.#metric = options.metric === '' ? (fields[0] ?? '') : options.metric
    this.#objectiveIndex = fields.indexOf(this.#metric)
    const objective = { metric: this.#metric, limit, holdSamples }
    const asked = options.futures === 'htm' ? futures : undefined
    const watched = { metrics: fields, objective, horizonSamples, seed, futures: asked }
    this.#warning = new EarlyWarning(watched)
    this.#watch = new WarningWatch({ threshold, confirmSamples, horizonSamples }, holdSamples)
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
    this.#changes.length = 0
    // A group without the field has no objective: it is never judged, and `describe` says so.
    if (this.#objectiveIndex < 0) return
    const learns = this.#probation.learns(learning)
    this.#cadence.take(timestampMs)
    const wasOver = this.#warning.over
    const warning = this.#warning.update(values, learns ? 'on' : 'masked')
    if (this.#warning.over && !wasOver) this.#overSinceMs = timestampMs
    this.#lead = this.#warning.over ? this.#objectiveIndex : warning.leading
    if (assessment.inProbation) return
    const { confidence } = this.#warning
    assessment.confidence = confidence
    this.#tell(timestampMs, warning, confidence)
    this.#judge(warning, assessment)
  }

  #tell(timestampMs: number, warning: Warning, confidence: number): void {
    const { probability, expectedSamples, leading, change } = warning
    const expectedMs = timestampMs + Math.round(expectedSamples * this.#cadence.usualMs)
    const said: Said = { toldMs: timestampMs, probability, expectedMs, leading, confidence }
    this.#watch.update(said, change, this.#overSinceMs, this.#changes)
  }

  #judge({ probability, expectedSamples }: Warning, assessment: Assessment): void {
    const { limit } = this.#options
    const { over } = this.#warning
    assessment.foretells = true
    assessment.rawScore = over ? 1 : probability
    const told = this.#watch.stands || this.#warning.broken
    assessment.score = told ? 1 : Math.min(assessment.rawScore, untoldScoreMax)
    if (!told) return
    if (over) assessment.evidence = `the objective is broken: ${this.#metric} under ${limit}`
    else {
      const within = this.#inWords(this.#options.horizonSamples)
      assessment.evidence =
        `${this.#metric} is at or over ${limit} within ${within} with a probability of ` +
        `${probability.toFixed(2)}, expected in ${this.#inWords(expectedSamples)}` +
        this.#because()
    }
  }

  /** The strongest evidences in words. */
  #because(): string {
    const parts = this.#warning.evidence((samples) => this.#inWords(samples))
    const all = parts.reduce((sum, { odds }) => sum + odds, 0)
    const said = parts.slice(0, partsSaid).filter(({ odds }) => odds >= partLeast * all)
    return said.map(({ reason }) => `; ${reason}`).join('')
  }

  /** A number of samples as a time, by the series' own cadence. */
  #inWords(samples: number): string {
    const seconds = (samples * this.#cadence.usualMs) / 1000
    return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`
  }

  warnings(): readonly WarningFacts[] {
    if (this.#changes.length === 0) return nothing
    const { limit, horizonSamples } = this.#options
    const horizonMs = horizonSamples * this.#cadence.usualMs
    const { true: right, false: wrong, missed } = this.#watch
    const totals = { true: right, false: wrong, missed }
    return this.#changes.map(({ state, said, onsetMs, leadMs }) => {
      const { toldMs, probability, expectedMs, confidence } = said ?? unsaid
      const leading = said === undefined ? '' : (this.#fields[said.leading] ?? '')
      const objective = { metric: this.#metric, limit, horizonMs }
      const told = { toldMs, probability, expectedMs, leading, confidence }
      return { state, ...objective, ...told, onsetMs, leadMs, totals }
    })
  }

  describe(): readonly Fact[] {
    if (this.#objectiveIndex < 0) {
      return [{ name: 'not judged', value: `there is no field ${this.#metric}` }]
    }
    const { true: right, false: wrong, missed } = this.#watch
    return [
      { name: 'objective', value: `${this.#metric} under ${this.#options.limit}` },
      { name: 'warnings that came true', value: right },
      { name: 'warnings that did not', value: wrong },
      { name: 'breaches without a warning', value: missed },
    ]
  }

  snapshot(writer: SnapshotWriter): void {
    this.#probation.snapshot(writer)
    writer.float64(this.#overSinceMs)
    writer.uint32(this.#lead)
    this.#cadence.snapshot(writer)
    this.#warning.snapshot(writer)
    this.#watch.snapshot(writer)
  }

  restore(reader: SnapshotReader): void {
    this.#probation.restore(reader)
    this.#overSinceMs = reader.float64()
    this.#lead = reader.uint32()
    this.#cadence.restore(reader)
    this.#warning.restore(reader)
    this.#watch.restore(reader)
  }
}

/** What was said of a breach that no warning was told of. */
const unsaid = { toldMs: NaN, probability: NaN, expectedMs: NaN, confidence: NaN }

/** Early warning of a series that is no group: its objective is about itself. */
export function earlyWarningOfOne(
  options: EarlyWarningDetectorOptions,
  seed: number,
  futures: FuturesMaker,
): Detector {
  const own = { ...options, metric: 'value' }
  const detector = new EarlyWarningDetector(own, seed, ['value'], futures)
  const group = grouped(detector, ['value'])
  return {
    update(timestampMs, value, learning, assessment) {
      group.takeFields?.([value])
      group.update(timestampMs, value, learning, assessment)
    },
    warnings: () => detector.warnings(),
    describe: () => detector.describe(),
    snapshot: (writer) => detector.snapshot(writer),
    restore: (reader) => detector.restore(reader),
  }
}
