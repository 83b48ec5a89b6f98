/**
 * What warnings were worth by what was done to the system, and by how much early warning is better
 * than extending the line of the metric.
 *
 *   fault      broke the objective where a breach begins in it; the first one is the fault's
 *   found      that breach was not missed; its lead time is the fault's
 *   delay      from the start of a fault to a warning told in it or, where none was told before the
 *              breach, to the moment at which the breach is certain
 *   warning    belongs to the fault in which the breach began that it foretold. A false one belongs
 *              to the fault under way when it was told, and to none where there was none
 *   precision  of a kind: true warnings of all that belong to its faults
 *   recall     of a kind: faults that were found of those that broke the objective
 *   gradual    faults that grow, together; their precision takes in false warnings that belong to
 *              no fault. Sudden faults cannot be foreseen: theirs is the delay
 *   margin     early warning minus the line, both of the same drawn stretches of time
 *
 * Intervals are 95 %, by drawing the stretches of the whole report (warning-report.ts).
 */

import type { WarningRule } from '../warning/warning-watch.ts'
import { ascending, bootstrapEstimates, ranked } from './bootstrap.ts'
import type { Estimate } from './bootstrap.ts'
import { warningOutcome } from './warning-outcomes.ts'
import type { WarningOutcome } from './warning-outcomes.ts'
import type { KnownFault, WarnedRun, WarningMethod } from './warning-run.ts'

/** What became of the faults of one kind, or of all gradual or sudden ones. Times in seconds. */
export interface FaultRow {
  /** A kind, `gradual` or `sudden`. */
  readonly name: string
  readonly gradual: boolean
  readonly faults: number
  readonly broke: number
  readonly found: number
  readonly warnings: number
  readonly trueWarnings: number
  readonly precision: Estimate
  readonly recall: Estimate
  readonly leadMedian: Estimate
  readonly leadP10: Estimate
  readonly delayMedian: Estimate
  readonly delayP90: Estimate
}

/** Early warning minus the line: what is better is positive, but for false warnings. */
export interface MarginRow {
  /** `all` breaches, or first ones of `gradual` faults. */
  readonly of: 'all' | 'gradual'
  readonly precision: Estimate
  readonly recall: Estimate
  readonly leadMedian: Estimate
  readonly falseAnHour: Estimate
}

export interface FaultReport {
  /** All gradual faults, then each of their kinds; none where nothing was injected. */
  readonly gradual: readonly FaultRow[]
  readonly sudden: readonly FaultRow[]
  readonly margins: readonly MarginRow[]
}

/** How a record is judged. */
export interface Judging {
  readonly ruleOf: (method: WarningMethod) => WarningRule
  readonly holdSamples: number
  /** Length of what is drawn. */
  readonly stretchSeconds: number
  readonly seed: number
}

/** Counts of one stretch. */
interface Tally {
  faults: number
  broke: number
  warnings: number
  trueWarnings: number
  readonly leads: number[]
  readonly delays: number[]
}

const emptyTally = (): Tally => ({
  faults: 0,
  broke: 0,
  warnings: 0,
  trueWarnings: 0,
  leads: [],
  delays: [],
})

/** A stretch of a record: all its warnings and breaches, and those that belong to each kind. */
interface Stretch {
  readonly seconds: number
  readonly all: Tally
  /** What belongs to no fault has the kind ''. */
  readonly byKind: Map<string, Tally>
}

/** See the head of the file. */
export function faultReport(runs: readonly WarnedRun[], judging: Judging): FaultReport {
  const own = stretchesOf(runs, 'forewarn', judging)
  const line = stretchesOf(runs, 'linear', judging)
  const kinds = (gradual: boolean): string[] => {
    const faults = runs.flatMap(({ faults }) => faults).filter((each) => each.gradual === gradual)
    return [...new Set(faults.map(({ kind }) => kind))].toSorted()
  }
  const [grown, sudden] = [kinds(true), kinds(false)]
  const rows = (gradual: boolean): FaultRow[] => {
    const names = gradual ? grown : sudden
    if (names.length === 0) return []
    const together = gradual ? [...names, ''] : names
    const row = (name: string, of: readonly string[]): FaultRow =>
      faultRow({ name, gradual }, talliesOf(own, of), judging.seed)
    return [
      row(gradual ? 'gradual' : 'sudden', together),
      ...names.map((kind) => row(kind, [kind])),
    ]
  }
  const seconds = own.map((stretch) => stretch.seconds)
  const all = (stretches: readonly Stretch[]): Tally[] => stretches.map((stretch) => stretch.all)
  const margins = [marginRow('all', [all(own), all(line)], seconds, judging.seed)]
  if (grown.length > 0) {
    const pair = [talliesOf(own, [...grown, '']), talliesOf(line, [...grown, ''])] as const
    margins.push(marginRow('gradual', pair, seconds, judging.seed))
  }
  return { gradual: rows(true), sudden: rows(false), margins }
}

function stretchesOf(
  runs: readonly WarnedRun[],
  method: WarningMethod,
  { ruleOf, holdSamples, stretchSeconds }: Judging,
): Stretch[] {
  return runs.flatMap((run) => {
    const outcome = warningOutcome(run.records[method], ruleOf(method))
    const count = Math.max(1, Math.ceil(run.samples / stretchSeconds))
    const stretches = Array.from({ length: count }, (_, i): Stretch => {
      const seconds = Math.min(stretchSeconds, run.samples - i * stretchSeconds)
      return { seconds, all: emptyTally(), byKind: new Map() }
    })
    const at = (second: number): Stretch => stretches[Math.floor(second / stretchSeconds)]!
    for (const fault of run.faults) countFault(at(fault.start), fault, outcome, holdSamples)
    countWarnings(at, run.faults, outcome)
    for (const { onset, lead } of outcome.breaches) {
      at(onset).all.broke++
      if (!Number.isNaN(lead)) at(onset).all.leads.push(lead)
    }
    return stretches
  })
}

function tallyOf({ byKind }: Stretch, kind: string): Tally {
  const known = byKind.get(kind)
  if (known !== undefined) return known
  const made = emptyTally()
  byKind.set(kind, made)
  return made
}

function countFault(
  stretch: Stretch,
  { kind, start, end }: KnownFault,
  { told, breaches }: WarningOutcome,
  holdSamples: number,
): void {
  const tally = tallyOf(stretch, kind)
  tally.faults++
  const breach = breaches.find(({ onset }) => onset >= start && onset < end)
  const first = told.find(({ at }) => at >= start && at < (breach?.onset ?? end))
  if (first !== undefined) tally.delays.push(first.at - start)
  else if (breach !== undefined) tally.delays.push(breach.onset + holdSamples - 1 - start)
  if (breach === undefined) return
  tally.broke++
  if (!Number.isNaN(breach.lead)) tally.leads.push(breach.lead)
}

function countWarnings(
  at: (second: number) => Stretch,
  faults: readonly KnownFault[],
  { told, breaches }: WarningOutcome,
): void {
  for (const warning of told) {
    const moment = warning.isTrue
      ? breaches.find(({ onset }) => onset > warning.at)?.onset
      : warning.at
    const under = faults.findLast(({ start, end }) => {
      return moment !== undefined && start <= moment && moment < end
    })
    const stretch = at(warning.at)
    for (const tally of [stretch.all, tallyOf(stretch, under?.kind ?? '')]) {
      // What foretold a breach of no fault says nothing of faults.
      if (warning.isTrue && under === undefined && tally !== stretch.all) continue
      tally.warnings++
      if (warning.isTrue) tally.trueWarnings++
    }
  }
}

/** Of each stretch what belongs to these kinds. */
function talliesOf(stretches: readonly Stretch[], kinds: readonly string[]): Tally[] {
  return stretches.map(({ byKind }) => {
    const sum = emptyTally()
    for (const kind of kinds) add(sum, byKind.get(kind) ?? emptyTally(), 1)
    return sum
  })
}

function add(sum: Tally, tally: Tally, times: number): void {
  sum.faults += times * tally.faults
  sum.broke += times * tally.broke
  sum.warnings += times * tally.warnings
  sum.trueWarnings += times * tally.trueWarnings
  for (let time = 0; time < times; time++) {
    sum.leads.push(...tally.leads)
    sum.delays.push(...tally.delays)
  }
}

function drawnTally(tallies: readonly Tally[], drawn: Uint32Array): Tally {
  const sum = emptyTally()
  tallies.forEach((tally, i) => add(sum, tally, drawn[i]!))
  return sum
}

const precisionOf = ({ trueWarnings, warnings }: Tally): number => trueWarnings / warnings
const recallOf = ({ leads, broke }: Tally): number => leads.length / broke

function faultRow(
  { name, gradual }: Pick<FaultRow, 'name' | 'gradual'>,
  tallies: readonly Tally[],
  seed: number,
): FaultRow {
  const estimates = bootstrapEstimates(
    tallies.length,
    (drawn) => {
      const tally = drawnTally(tallies, drawn)
      const [leads, delays] = [ascending(tally.leads), ascending(tally.delays)]
      const times = [ranked(leads, 0.5), ranked(leads, 0.1), ranked(delays, 0.5)]
      return [precisionOf(tally), recallOf(tally), ...times, ranked(delays, 0.9)]
    },
    seed,
  )
  const { faults, broke, warnings, trueWarnings, leads } = drawnTally(
    tallies,
    new Uint32Array(tallies.length).fill(1),
  )
  return {
    name,
    gradual,
    faults,
    broke,
    found: leads.length,
    warnings,
    trueWarnings,
    precision: estimates[0]!,
    recall: estimates[1]!,
    leadMedian: estimates[2]!,
    leadP10: estimates[3]!,
    delayMedian: estimates[4]!,
    delayP90: estimates[5]!,
  }
}

function marginRow(
  of: MarginRow['of'],
  [own, line]: readonly [readonly Tally[], readonly Tally[]],
  seconds: readonly number[],
  seed: number,
): MarginRow {
  const statistics = (tallies: readonly Tally[], drawn: Uint32Array): number[] => {
    const tally = drawnTally(tallies, drawn)
    const hours = seconds.reduce((sum, each, i) => sum + each * drawn[i]!, 0) / 3600
    const falseAnHour = (tally.warnings - tally.trueWarnings) / hours
    const leadMedian = ranked(ascending(tally.leads), 0.5)
    return [precisionOf(tally), recallOf(tally), leadMedian, falseAnHour]
  }
  const [precision, recall, leadMedian, falseAnHour] = bootstrapEstimates(
    own.length,
    (drawn) => {
      const other = statistics(line, drawn)
      return statistics(own, drawn).map((value, i) => value - other[i]!)
    },
    seed,
  ) as [Estimate, Estimate, Estimate, Estimate]
  return { of, precision, recall, leadMedian, falseAnHour }
}
