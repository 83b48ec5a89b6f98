/** `forewarn bench budget`: whether a budget of false alarms is kept, by the kind of noise. */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { AlarmRule } from '../alarm/rule.ts'
import { detectorFactory } from '../config/detector-choice.ts'
import type { FamilyAlarms, Shard } from '../evaluation/budget-run.ts'
import { addedRuns, budgetRun } from '../evaluation/budget-run.ts'
import { corpusError, fileText } from '../evaluation/corpus-folder.ts'
import { noiseFamilies } from '../evaluation/noise-families.ts'
import { usageError } from './arguments.ts'
import type { ScoresFlags } from './bench-scores.ts'
import type { CommandIo } from './command.ts'
import { Progress } from './progress.ts'
import { textTable } from './text-table.ts'

const days = 30
const seriesDefault = 800
const seriesMax = 1_000_000
const shardsMax = 1000
const budget = '1 per week'
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

/** The flags of the bench. */
interface BudgetFlags extends ScoresFlags {
  readonly series: string | undefined
  readonly shard: string | undefined
}

interface BudgetOutcome {
  readonly report: BudgetReport
  readonly text: string
}

/** Measures the detector that is asked for on as many series as asked for. */
export function budgetBench(flags: BudgetFlags, rule: AlarmRule, io: CommandIo): BudgetOutcome {
  if (flags.results !== undefined) return addedReports(flags, flags.results)
  const detector = flags.detector ?? detectorDefault
  const factory = detectorFactory(detector, flags.set)
  const seriesEach = Math.ceil(seriesCount(flags.series) / noiseFamilies.length)
  const run = { seriesEach, shard: shardOf(flags.shard), days, rule }
  const progress = new Progress(`bench budget ${detector}`, io.stderr, io.clock)
  try {
    const families = budgetRun(factory, run, (done, all) =>
      progress.update(done / all, `${done} of ${all} series`),
    )
    return outcome(detector, families)
  } finally {
    progress.end()
  }
}

/** The reports of shards, added: all files of a folder, as `--json` printed them. */
function addedReports({ detector, series, set, shard }: BudgetFlags, folder: string) {
  if (set.length > 0 || (series ?? shard ?? detector) !== undefined) {
    throw usageError('budget takes --results alone')
  }
  const reports = readdirSync(folder).map((name) => reportIn(join(folder, name)))
  const of = reports[0]?.detector
  if (of === undefined || reports.some((each) => each.detector !== of)) {
    throw usageError(`no reports in ${folder}, or those of several detectors`)
  }
  return outcome(of, addedRuns(reports.map(({ families }) => families)))
}

function reportIn(path: string): BudgetReport {
  try {
    const report = JSON.parse(fileText(path)) as Partial<BudgetReport>
    const { detector, families, budget: measured } = report
    if (typeof detector === 'string' && Array.isArray(families) && measured === budget) {
      return report as BudgetReport
    }
  } catch (cause) {
    throw corpusError(`"${path}"`, 'it is no JSON', cause)
  }
  throw corpusError(`"${path}"`, 'it is no report of bench budget')
}

function outcome(detector: string, families: readonly FamilyAlarms[]): BudgetOutcome {
  const sum = (of: (each: FamilyAlarms) => number): number =>
    families.reduce((so, each) => so + of(each), 0)
  const share = sum(({ realised }) => realised) / sum(({ due }) => due)
  const report = { detector, budget, days, families, share }
  return { report, text: budgetText(report) }
}

function seriesCount(text: string | undefined): number {
  if (text === undefined) return seriesDefault
  const count = Number(text)
  if (Number.isInteger(count) && count > 0 && count <= seriesMax) return count
  throw usageError(`--series wants a whole number from 1 to ${seriesMax}, not "${text}"`)
}

function shardOf(text = '1/1'): Shard {
  const match = /^(\d{1,4})\/(\d{1,4})$/.exec(text)
  const [number, of] = [Number(match?.[1]), Number(match?.[2])]
  if (number >= 1 && number <= of && of <= shardsMax) return { number, of }
  throw usageError(`--shard wants such as 2/8, up to ${shardsMax} parts, not "${text}"`)
}

function budgetText({ detector, families, share }: BudgetReport): string {
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
