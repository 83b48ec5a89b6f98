/**
 * Objective: the probability that a stated limit will be broken, as a series of its own.
 *
 *   aggregate:cpu  ─┐
 *   aggregate:mem  ─┼─▶ one row a time ─▶ early warning ─▶ aggregate:breach_probability
 *   aggregate:mean ─┘                                      aggregate:breach_expected
 *        └────────────────────────────────────────────────▶ all go through untouched
 *
 * The fields of one measurement (`match`) with equal labels are a group; once all `fields` have
 * come with one timestamp, the row is judged by what was known before it, then learned
 * (warning/early-warning.ts). What comes out has the position and time of the sample that completed
 * the row.
 *
 *   breach_probability   P(a breach begins within `horizon` rows); 1 while one is under way
 *   breach_expected      rows until it is expected, 0 while it is under way
 *   row not newer        ignored: its samples went through, and it was learned already
 *   row lacks a field    ignored: the next row begins anew
 *
 * Cost: about 30 µs a row of ten fields; about 25 KB a group, of which there are at most `limit`.
 */

import { ForewarnError } from '../core/errors.ts'
import { hash32 } from '../core/hash.ts'
import { LabelsCache } from '../core/labels-cache.ts'
import { Labels, fieldLabel, readLabels, writeLabels } from '../core/labels.ts'
import type { KeyedOwner, Ledger, Mark, SavedOwner } from '../core/ledger.ts'
import type { Observation } from '../core/observation.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import { rejection } from '../core/rejection.ts'
import type { Report } from '../core/report.ts'
import { SeriesPattern } from '../core/series-pattern.ts'
import { openedSnapshot, sealedSnapshot } from '../core/snapshot.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { EarlyWarning } from '../warning/early-warning.ts'
import type { EarlyWarningOptions } from '../warning/early-warning.ts'
import type { Transform } from './transform.ts'

export const objectiveOptions = {
  match: {
    kind: 'pattern',
    default: '*',
    about: 'The measurement whose fields are judged together; for instance what a rollup tells.',
  },
  fields: {
    kind: 'text-list',
    default: ['mean'],
    shapesState: true,
    about: 'The fields that are judged together. A row is judged once all of them have come.',
  },
  metric: {
    kind: 'text',
    default: 'mean',
    shapesState: true,
    about: 'The field that the objective is about; one of `fields`.',
  },
  bound: {
    kind: 'number',
    min: -1e150,
    max: 1e150,
    default: 100,
    shapesState: true,
    about: 'The limit that is promised; at or over it is over.',
  },
  hold: {
    kind: 'integer',
    min: 1,
    max: 10_000,
    default: 3,
    shapesState: true,
    about: 'Rows in a row over the bound that are a breach.',
  },
  horizon: {
    kind: 'integer',
    min: 2,
    max: 10_000,
    default: 50,
    shapesState: true,
    about: 'How many rows ahead a breach is warned of.',
  },
  limit: {
    kind: 'integer',
    min: 1,
    max: 100_000,
    default: 1000,
    about: 'At most this many groups; the rows of further ones are refused and counted.',
  },
} as const satisfies OptionSpecs

export type ObjectiveOptions = OptionsOf<typeof objectiveOptions>

/** Kind of a group's snapshot. */
const groupKind = 'objective'

/** Beyond this squares overflow: the bound of the gate. Source: core/rejection.ts. */
const valueMax = 1e150

/** The rows of one measurement with equal labels. */
class ObjectiveGroup implements KeyedOwner {
  readonly ownerKey: string
  mark: Mark = 'clean'
  /** Without the field. */
  readonly labels: Labels
  readonly probability: Labels
  readonly expected: Labels
  readonly warning: EarlyWarning
  readonly #digest: number
  readonly row: Float64Array
  /** Time of the row that is being filled, and which of its fields have come. */
  rowMs = -Infinity
  readonly #filled: Uint8Array
  #missing = 0
  /** The last row that was judged. */
  lastMs = -Infinity

  constructor(labels: Labels, options: EarlyWarningOptions, prefix: string) {
    this.ownerKey = prefix + labels.key
    this.labels = labels
    this.probability = labels.with([[fieldLabel, 'breach_probability']])
    this.expected = labels.with([[fieldLabel, 'breach_expected']])
    this.warning = new EarlyWarning(options)
    this.#digest = digestOf(options)
    this.row = new Float64Array(options.metrics.length)
    this.#filled = new Uint8Array(options.metrics.length)
  }

  /** Puts a value into its row; true once that is complete. */
  fill(field: number, { timestampMs, value }: Observation): boolean {
    if (timestampMs > this.rowMs) {
      this.rowMs = timestampMs
      this.#filled.fill(0)
      this.#missing = this.#filled.length
    }
    if (timestampMs < this.rowMs || timestampMs <= this.lastMs) return false
    if (this.#filled[field] === 0) this.#missing--
    this.#filled[field] = 1
    this.row[field] = value
    if (this.#missing > 0) return false
    this.lastMs = timestampMs
    return true
  }

  sealed(): Uint8Array {
    const head = { kind: groupKind, version: 1, digest: this.#digest, lastTimestampMs: this.lastMs }
    return sealedSnapshot(head, (writer) => {
      writeLabels(this.labels, writer)
      this.snapshot(writer)
    })
  }

  snapshot(writer: SnapshotWriter): void {
    this.warning.snapshot(writer)
    writer.typedArray(this.row)
    writer.bytes(this.#filled)
    writer.uint32(this.#missing)
    writer.float64(this.rowMs)
    writer.float64(this.lastMs)
  }

  restore(reader: SnapshotReader): void {
    this.warning.restore(reader)
    reader.typedArray(this.row)
    this.#filled.set(reader.bytes())
    this.#missing = reader.uint32()
    this.rowMs = reader.float64()
    this.lastMs = reader.float64()
  }
}

function digestOf({ metrics, objective, horizonSamples }: EarlyWarningOptions): number {
  return hash32(JSON.stringify([metrics, objective, horizonSamples]))
}

interface Place {
  readonly group: ObjectiveGroup
  readonly field: number
}

/** See the head of the file. */
export class Objective implements Transform {
  readonly #options: ObjectiveOptions
  readonly #match: SeriesPattern
  readonly #warning: EarlyWarningOptions
  readonly #groups = new Map<string, ObjectiveGroup>()
  /** Null: not judged. */
  readonly #found = new LabelsCache<Place | null>()
  #ledger: Ledger | undefined
  #prefix = ''

  constructor(options: ObjectiveOptions) {
    const { fields, metric, bound, hold, horizon } = options
    if (!fields.includes(metric)) {
      const message = `the metric "${metric}" is none of the fields: ${fields.join(', ')}`
      throw new ForewarnError('ERR_CONFIG_INVALID', message)
    }
    this.#options = options
    this.#match = new SeriesPattern(options.match)
    const objective = { metric, limit: bound, holdSamples: hold }
    this.#warning = { metrics: fields, objective, horizonSamples: horizon, seed: 1 }
  }

  /** Groups held. */
  get size(): number {
    return this.#groups.size
  }

  apply(input: readonly Observation[], output: Observation[], refused?: Report[]): void {
    for (const observation of input) {
      output.push(observation)
      const place = this.#place(observation.labels)
      if (place === null) continue
      if (place === undefined) refused?.push(refusal(observation))
      else if (Math.abs(observation.value) <= valueMax) this.#judge(place, observation, output)
    }
  }

  #judge({ group, field }: Place, observation: Observation, output: Observation[]): void {
    this.#ledger?.touch(group)
    if (!group.fill(field, observation)) return
    const { probability, expectedSamples } = group.warning.update(group.row)
    const { timestampMs, remainderNs, origin, index } = observation
    const place = { timestampMs, remainderNs, origin, index }
    const broken = Number.isNaN(probability)
    output.push({ ...place, labels: group.probability, value: broken ? 1 : probability })
    output.push({ ...place, labels: group.expected, value: broken ? 0 : expectedSamples })
  }

  /** Group and field of these labels, null where there is none, undefined without room. */
  #place(labels: Labels): Place | null | undefined {
    const found = this.#found.get(labels)
    if (found !== undefined) return found
    const field = this.#options.fields.indexOf(labels.field)
    const group = field < 0 || !this.#match.matches(labels) ? null : this.#group(labels)
    if (group === undefined) return undefined
    const place = group === null ? null : { group, field }
    this.#found.set(labels, place)
    return place
  }

  #group(labels: Labels): ObjectiveGroup | undefined {
    const own = labels.with([[fieldLabel, '']])
    const group = this.#groups.get(own.key)
    if (group !== undefined) return group
    return this.#groups.size >= this.#options.limit ? undefined : this.#newGroup(own)
  }

  #newGroup(labels: Labels): ObjectiveGroup {
    const group = new ObjectiveGroup(labels, this.#warning, this.#prefix)
    this.#groups.set(labels.key, group)
    return group
  }

  snapshot(writer: SnapshotWriter): void {
    writer.uint32(this.#groups.size)
    for (const group of this.#groups.values()) {
      writeLabels(group.labels, writer)
      group.snapshot(writer)
    }
  }

  restore(reader: SnapshotReader): void {
    const groups = reader.uint32()
    for (let i = 0; i < groups; i++) this.#newGroup(readLabels(reader)).restore(reader)
  }

  attach(ledger: Ledger, prefix: string): void {
    this.#ledger = ledger
    this.#prefix = prefix
  }

  recover({ ownerKey, sealed }: SavedOwner): boolean {
    if (!ownerKey.startsWith(this.#prefix)) return false
    const { head, body } = openedSnapshot(sealed)
    if (head.kind !== groupKind) return false
    if (head.digest !== digestOf(this.#warning)) {
      const message = 'cannot take the state of an objective: it has other fields or another bound'
      throw new ForewarnError('ERR_SNAPSHOT_UNKNOWN', message)
    }
    this.#newGroup(readLabels(body)).restore(body)
    return true
  }

  owners(): Iterable<KeyedOwner> {
    return this.#groups.values()
  }

  owner(ownerKey: string): KeyedOwner | undefined {
    if (!ownerKey.startsWith(this.#prefix)) return undefined
    return this.#groups.get(ownerKey.slice(this.#prefix.length))
  }
}

function refusal({ labels, timestampMs, value, origin }: Observation): Report {
  const detail = 'objective: a new group over the limit on groups'
  const refused = rejection('series_limit', detail, `${labels.key} ${value}`)
  return { kind: 'rejection', ...refused, labels, timestampMs, origin }
}
