/** `forewarn bench budget`: whether a budget of false alarms is kept, by the kind of noise. */

import type { AlarmRule } from '../alarm/rule.ts'
import { detectorFactory } from '../config/detector-choice.ts'
import type { FamilyAlarms } from '../evaluation/budget-run.ts'
import { budgetRun } from '../evaluation/budget-run.ts'
import { noiseFamilies } from '../evaluation/noise-families.ts'
import { usageError } from './arguments.ts'
import type { ScoresFlags } from './bench-scores.ts'
import type { CommandIo } from './command.ts'
import { Progress } from './progress.ts'
import { textTable } from './text-table.ts'

const days = 30
const seriesDefault = 800
const seriesMax = 1_000_000
/** The cheapest detector, so that many series are judged in a minute. */
const detectorDefault = 'ema'

/** What the bench says of each family and of all. */
export interface BudgetReport {
  readonly detector: string
  readonly budget: string
  readonly days: number
  readonly families: readonly FamilyAlarms[]
  readonly share: number
}

/** Measures the detector that is asked for on as many series as asked for. */
export function budgetBench(
  flags: ScoresFlags & { readonly series: string | undefined },
  rule: AlarmRule,
  io: CommandIo,
): { readonly report: BudgetReport; readonly text: string } {
  if (flags.results !== undefined) throw usageError('--results has no meaning for budget')
  const detector = flags.detector ?? detectorDefault
  const factory = detectorFactory(detector, flags.set)
  const seriesEach = Math.ceil(seriesCount(flags.series) / noiseFamilies.length)
  const progress = new Progress(`bench budget ${detector}`, io.stderr, io.clock)
  try {
    const families = budgetRun(factory, { seriesEach, days, rule }, (done, all) =>
      progress.update(done / all, `${done} of ${all} series`),
    )
    const sum = (of: (each: FamilyAlarms) => number): number =>
      families.reduce((so, each) => so + of(each), 0)
    const share = sum(({ realised }) => realised) / sum(({ due }) => due)
    const report = { detector, budget: '1 per week', days, families, share }
    return { report, text: budgetText(report) }
  } finally {
    progress.end()
  }
}

function seriesCount(text: string | undefined): number {
  if (text === undefined) return seriesDefault
  const count = Number(text)
  if (Number.isInteger(count) && count > 0 && count <= seriesMax) return count
  throw usageError(`--series wants a whole number from 1 to ${seriesMax}, not "${text}"`)
}

function budgetText({ detector, budget, families, share }: BudgetReport): string {
  const rows = families.map((each) => [
    each.family,
    String(each.series),
    each.due.toFixed(0),
    String(each.realised),
    each.share.toFixed(3),
    String(each.without_budget),
  ])
  const title = `${detector}, budget ${budget} a series: alarms of ${days} days without trouble\n\n`
  const head = ['family', 'series', 'due', 'realised', 'share', 'without budget']
  return `${title}${textTable(head, rows)}\nall: ${share.toFixed(3)} of what is due\n`
}
