/**
 * Samples of groups as JSON objects, a member a field: what the SLO prediction's aggregator wrote
 * on its topic and into its file, with the blanks of Python's json.dumps and its order of members.
 *
 *   {"count": 75, "mem": 17, "max": 906, "timestamp": 1524619695, "summation": 27894,
 *    "violations": 36, "cpu": 56, "mean": 371}
 *
 * One line each. The time is in whole seconds. A sample that is none of a group, or whose group
 * lacks one of the members, has no place in it.
 *
 * Source: docs/formats/aggregate.md.
 */

import type { Labels } from '../core/labels.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { ScoreReport } from '../core/report.ts'
import { eachReport } from '../core/score-run.ts'
import type { Reports } from '../core/score-run.ts'
import type { Encoder } from './codec.ts'

/** The member that has the time. */
const timeMember = 'timestamp'

/** Options of the encoder of aggregates. */
export const aggregateOptions = {
  members: {
    kind: 'text-list',
    default: ['count', 'mem', 'max', timeMember, 'summation', 'violations', 'cpu', 'mean'],
    about: 'The fields, in their order; `timestamp` is the time in seconds.',
  },
  end: {
    kind: 'choice',
    words: ['line', 'none'],
    default: 'line',
    about: 'Whether the last object of a batch ends with a line break too.',
  },
} as const satisfies OptionSpecs

export type AggregateOptions = OptionsOf<typeof aggregateOptions>

/** Where a member's value is: a place among the group's values, or the time. */
type Place = number | typeof timeMember

/** See the head of the file. */
export class AggregateEncoder implements Encoder {
  readonly contentType = 'application/x-ndjson'
  readonly #options: AggregateOptions
  readonly #names: readonly string[]
  /** Null: labels of no group that has all members. */
  readonly #places = new WeakMap<Labels, readonly Place[] | null>()

  constructor(options: AggregateOptions) {
    this.#options = options
    this.#names = options.members.map((name) => JSON.stringify(name))
  }

  encode(reports: Reports): Uint8Array {
    const lines: string[] = []
    for (const report of eachReport(reports)) {
      if (report.kind !== 'score' || report.values === undefined) continue
      const line = this.#line(report, report.values)
      if (line !== undefined) lines.push(line)
    }
    const end = this.#options.end === 'line' && lines.length > 0 ? '\n' : ''
    return new TextEncoder().encode(lines.join('\n') + end)
  }

  #line({ labels, timestampMs }: ScoreReport, values: readonly number[]): string | undefined {
    const places = this.#placesOf(labels)
    if (places === null) return undefined
    const members = places.map((place, i) => {
      const value = place === timeMember ? Math.floor(timestampMs / 1000) : values[place]
      return `${this.#names[i]}: ${String(value)}`
    })
    return `{${members.join(', ')}}`
  }

  #placesOf(labels: Labels): readonly Place[] | null {
    let places = this.#places.get(labels)
    if (places === undefined) {
      const { fields } = labels
      const found = this.#options.members.map((name): Place => {
        return name === timeMember ? timeMember : fields.indexOf(name)
      })
      places = found.includes(-1) ? null : found
      this.#places.set(labels, places)
    }
    return places
  }
}
