/**
 * Objectives for people: how probable a breach is, the last warning, what warnings were worth.
 *
 * Cost: O(1) a sample of an objective; some 5 KB each, of which there are at most a hundred.
 */

import type { ObjectiveEntry, WarningEntry } from '../../core/feed.ts'
import type { ScoreReport, WarningReport, WarningTotals } from '../../core/report.ts'

/** Objectives kept; scores of further ones are not shown here. */
const objectivesMax = 100
/** Samples kept of each: five minutes of seconds. */
const samplesMax = 300
/** Lead times kept of each. */
const leadsMax = 100

interface Objective {
  readonly timestampMs: number[]
  readonly probability: number[]
  warning: WarningEntry | null
  totals: WarningTotals
  readonly leadMs: number[]
}

/** See the head of the file. */
export class ObjectiveLedger {
  readonly #objectives = new Map<string, Objective>()
  #lastSequence = 0

  /** Sequence of the last change; 0 before the first. */
  get lastSequence(): number {
    return this.#lastSequence
  }

  /** Takes a score of a detector that foretells. */
  takeScore(report: ScoreReport, sequence: number): void {
    const objective = this.#objective(report.labels.key)
    if (objective === undefined || report.status === 'probation') return
    this.#lastSequence = sequence
    const { timestampMs, probability } = objective
    timestampMs.push(report.timestampMs)
    probability.push(report.rawScore)
    if (timestampMs.length <= samplesMax) return
    timestampMs.shift()
    probability.shift()
  }

  takeWarning(report: WarningReport, sequence: number): void {
    const objective = this.#objective(report.labels.key)
    if (objective === undefined) return
    this.#lastSequence = sequence
    objective.totals = report.totals
    const { state } = report
    if (state === 'true') {
      objective.leadMs.push(report.leadMs)
      if (objective.leadMs.length > leadsMax) objective.leadMs.shift()
    }
    if (state === 'missed') return
    // The outcome of an earlier warning says nothing of one that was told since.
    const isLast = objective.warning?.warningId === report.warningId
    if (state === 'told' || isLast) objective.warning = entryOf(report, state)
  }

  #objective(key: string): Objective | undefined {
    const known = this.#objectives.get(key)
    if (known !== undefined || this.#objectives.size >= objectivesMax) return known
    const totals = { true: 0, false: 0, missed: 0 }
    const made = { timestampMs: [], probability: [], warning: null, totals, leadMs: [] }
    this.#objectives.set(key, made)
    return made
  }

  /** Copies, in the order of the keys. */
  entries(): ObjectiveEntry[] {
    const byKey = [...this.#objectives].toSorted(([a], [b]) => (a < b ? -1 : 1))
    return byKey.map(([key, { timestampMs, probability, warning, totals, leadMs }]) => ({
      key,
      timestampMs: [...timestampMs],
      probability: [...probability],
      warning,
      totals,
      leadMs: [...leadMs],
    }))
  }
}

function entryOf(report: WarningReport, state: WarningEntry['state']): WarningEntry {
  const { warningId, metric, limit, horizonMs, toldMs } = report
  const { probability, expectedMs, leading, confidence } = report
  const said = { probability, expectedMs, leading, confidence }
  return { warningId, metric, limit, horizonMs, toldMs, ...said, state }
}
