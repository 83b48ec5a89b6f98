/**
 * Group: fields of one record that are judged together.
 *
 *   aggregate:cpu  ──┐  same record, labels, time
 *   aggregate:mem  ──┴─────────────────────────▶  aggregate:load{__fields__="cpu,mem"}
 *
 * The observation that comes out carries the values of all fields, in the order of `fields`; its
 * own value is that of the first. It stands behind the last of them, at the position of the first.
 * Only what came in one record is put together, so nothing is kept from one to the next: senders
 * that write each field by itself need the transform `rollup` before this one.
 *
 *   a field lacks        the group has no sample then; refused as incomplete_window
 *   not finite, ±1e150   refused, as a value alone would be
 *
 * Cost: a look-up a field, and an object a sample of the group.
 */

import { ForewarnError } from '../core/errors.ts'
import { fieldLabel, fieldsLabel } from '../core/labels.ts'
import type { Labels } from '../core/labels.ts'
import { LabelsCache } from '../core/labels-cache.ts'
import type { Observation } from '../core/observation.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import { rejection } from '../core/rejection.ts'
import type { RejectionReason } from '../core/rejection.ts'
import type { Report } from '../core/report.ts'
import { SeriesPattern } from '../core/series-pattern.ts'
import type { Transform } from './transform.ts'

export const groupOptions = {
  match: {
    kind: 'pattern',
    default: '*',
    about: 'Which series are put together, by all but their field.',
  },
  fields: {
    kind: 'text-list',
    default: [],
    about: 'The fields that are judged together: two to sixteen, without commas in their names.',
  },
  name: {
    kind: 'text',
    default: 'group',
    about: 'The field that the group has: `aggregate:group{__fields__="cpu,mem"}`.',
  },
  keep: {
    kind: 'boolean',
    default: true,
    about: 'Whether the fields go on by themselves as well.',
  },
} as const satisfies OptionSpecs

export type GroupOptions = OptionsOf<typeof groupOptions>

const fieldsMax = 16

/** Values beyond it are refused by the gate too: squares overflow. */
const magnitudeMax = 1e150

/** What a field is in its group. */
interface Member {
  readonly group: Labels
  readonly field: number
}

/** Fields of a group that have come in this record. */
interface Pending {
  readonly first: Observation
  readonly group: Labels
  readonly values: (number | undefined)[]
  missing: number
}

/** See the head of the file. */
export class Group implements Transform {
  readonly #options: GroupOptions
  readonly #match: SeriesPattern
  readonly #members = new LabelsCache<Member | 'none'>()
  readonly #pending = new Map<string, Pending>()

  /** Throws ERR_CONFIG_INVALID. */
  constructor(options: GroupOptions) {
    const { fields } = options
    const fit = fields.length >= 2 && fields.length <= fieldsMax
    if (!fit || new Set(fields).size !== fields.length || fields.some((f) => f.includes(','))) {
      const found = fields.join(', ') || 'none'
      const message = `fields: expected two to ${fieldsMax} different names, found ${found}`
      throw new ForewarnError('ERR_CONFIG_INVALID', message)
    }
    this.#options = options
    this.#match = new SeriesPattern(options.match)
  }

  apply(input: readonly Observation[], output: Observation[], refused?: Report[]): void {
    for (const observation of input) {
      const member = this.#member(observation.labels)
      if (member === 'none' || this.#options.keep) output.push(observation)
      if (member !== 'none') this.#take(observation, member, output, refused)
    }
    for (const pending of this.#pending.values()) this.#refuse(pending, refused)
    this.#pending.clear()
  }

  #member(labels: Labels): Member | 'none' {
    let member = this.#members.get(labels)
    if (member === undefined) {
      const { fields, name } = this.#options
      const field = fields.indexOf(labels.field)
      const wanted = field >= 0 && labels.get(fieldsLabel) === undefined
      member = wanted && this.#match.matches(labels) ? { field, group: labels } : 'none'
      if (member !== 'none') {
        const group = labels.with([
          [fieldLabel, name],
          [fieldsLabel, fields.join(',')],
        ])
        member = { field, group }
      }
      this.#members.set(labels, member)
    }
    return member
  }

  #take(
    observation: Observation,
    { group, field }: Member,
    output: Observation[],
    refused?: Report[],
  ): void {
    const { key } = group
    let pending = this.#pending.get(key)
    if (pending !== undefined && !sameMoment(pending.first, observation)) {
      this.#refuse(pending, refused)
      pending = undefined
    }
    if (pending === undefined) {
      const values = this.#options.fields.map((): number | undefined => undefined)
      // Observations are the caller's, and are filled anew.
      pending = { first: { ...observation }, group, values, missing: values.length }
      this.#pending.set(key, pending)
    }
    if (pending.values[field] === undefined) pending.missing--
    pending.values[field] = observation.value
    if (pending.missing > 0) return
    this.#pending.delete(key)
    const values = pending.values as number[]
    const reason = values.map(unfit).find((each) => each !== undefined)
    if (reason !== undefined)
      refuse(pending, reason, `the values are ${values.join(', ')}`, refused)
    else output.push({ ...pending.first, labels: pending.group, value: values[0]!, values })
  }

  #refuse(pending: Pending, refused?: Report[]): void {
    const lacking = this.#options.fields.filter((_, f) => pending.values[f] === undefined)
    refuse(pending, 'incomplete_window', `the record lacks ${lacking.join(', ')}`, refused)
  }

  /** Keeps nothing but speed between records. */
  snapshot(): void {}

  restore(): void {}
}

function sameMoment(a: Observation, b: Observation): boolean {
  return a.timestampMs === b.timestampMs && a.remainderNs === b.remainderNs
}

function unfit(value: number): RejectionReason | undefined {
  if (!Number.isFinite(value)) return 'not_finite'
  return Math.abs(value) > magnitudeMax ? 'out_of_bounds' : undefined
}

function refuse(
  { first, group }: Pending,
  reason: RejectionReason,
  detail: string,
  refused?: Report[],
): void {
  const { timestampMs, origin } = first
  const said = rejection(reason, detail, group.key)
  refused?.push({ kind: 'rejection', ...said, labels: group, timestampMs, origin })
}
