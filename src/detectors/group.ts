/**
 * Detectors of groups: several fields judged together, and how such a detector stands where one of
 * a single value does.
 *
 *   fields of a sample ──takeFields──▶ │ group detector │ ──▶ one score, and the field that leads
 *                                      └─ update ───────┘
 *
 * For detectors that know nothing of groups there is `EachField`: one for each field, and the most
 * unusual of them speaks for the group.
 *
 * Cost: that of its parts, and a copy of the fields a sample.
 */

import { Assessment } from '../core/assessment.ts'
import type { WarningFacts } from '../core/report.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import type { Detector, Fact, GroupDetector, Learning } from './detector.ts'

/** Significant digits that a person reads. */
const digits = 4

/** See the head of the file. */
export class EachField implements GroupDetector {
  readonly #detectors: readonly Detector[]
  readonly #each = new Assessment()
  #lead = 0

  /** One detector for each field, in their order. */
  constructor(detectors: readonly Detector[]) {
    this.#detectors = detectors
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
    const each = this.#each
    this.#detectors.forEach((detector, field) => {
      each.clear()
      detector.update(timestampMs, values[field]!, learning, each)
      if (field > 0 && !leads(each, assessment)) return
      this.#lead = field
      Object.assign(assessment, each)
    })
  }

  snapshot(writer: SnapshotWriter): void {
    for (const detector of this.#detectors) detector.snapshot(writer)
  }

  restore(reader: SnapshotReader): void {
    for (const detector of this.#detectors) detector.restore(reader)
  }
}

/** Whether a field is more unusual than the one that led before it. */
function leads(each: Assessment, before: Assessment): boolean {
  if (each.score !== before.score) return each.score > before.score
  return each.rawScore > before.rawScore
}

/** A group detector in the place of one of a single value, which is that of the first field. */
class Grouped implements Detector {
  readonly #group: GroupDetector
  readonly #fields: readonly string[]
  readonly #values: Float64Array
  /** Whether the fields of the sample that is next are here. */
  #handed = false

  constructor(group: GroupDetector, fields: readonly string[]) {
    this.#group = group
    this.#fields = fields
    this.#values = new Float64Array(fields.length)
  }

  takeFields(values: readonly number[]): void {
    this.#values.set(values.slice(0, this.#values.length))
    this.#handed = values.length === this.#values.length
  }

  update(timestampMs: number, _value: number, learning: Learning, assessment: Assessment): void {
    // A sample without its fields, as a transform may leave it, cannot be judged.
    if (!this.#handed) assessment.scored = false
    if (!this.#handed) return
    this.#handed = false
    this.#group.update(timestampMs, this.#values, learning, assessment)
    const { lead } = this.#group
    const value = Number(this.#values[lead]!.toPrecision(digits))
    const own = assessment.evidence === '' ? '' : `: ${assessment.evidence}`
    assessment.evidence = `${this.#fields[lead] ?? ''} leads with ${value}${own}`
  }

  warnings(): readonly WarningFacts[] {
    return this.#group.warnings?.() ?? []
  }

  describe(): readonly Fact[] {
    return this.#group.describe?.() ?? []
  }

  snapshot(writer: SnapshotWriter): void {
    this.#group.snapshot(writer)
  }

  restore(reader: SnapshotReader): void {
    this.#group.restore(reader)
  }
}

/** The detector of a group whose fields have these names. */
export function grouped(group: GroupDetector, fields: readonly string[]): Detector {
  return new Grouped(group, fields)
}
