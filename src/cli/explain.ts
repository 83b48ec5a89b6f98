/** `forewarn explain`: what was chosen for a series and what it has learned, and why it alarmed. */

import { existsSync } from 'node:fs'
import { configFile, loadConfig } from '../config/load.ts'
import { seriesFactory } from '../config/judging.ts'
import { durationText } from '../config/quantity.ts'
import { folderState } from '../config/state-file.ts'
import { tables } from '../config/tables.ts'
import { ForewarnError } from '../core/errors.ts'
import { Ledger } from '../core/ledger.ts'
import type { Fact } from '../detectors/detector.ts'
import { Catalog } from '../series/catalog.ts'
import { ownerKeyOf } from '../series/owner-key.ts'
import type { Series } from '../series/series.ts'
import { command, exitCodes } from './command.ts'
import type { CommandIo } from './command.ts'
import { configFlags } from './config-flags.ts'
import { fileFlags, replayPlan } from './replay.ts'
import type { FiredAlarm } from './replay/report.ts'
import { ReplayReport } from './replay/report.ts'
import { runReplay } from './replay/replay-run.ts'
import { stdinPath } from './replay/input.ts'

/** Alarms of a series that are told, the last ones. */
const alarmsShown = 10
/** Series of a file that are told. */
const seriesShown = 100

const page = {
  name: 'forewarn explain',
  usage: 'FILE | SERIES [options]',
  summary: 'What was chosen for a series, and why it alarmed.',
  about: [
    'FILE: judges the file as forewarn replay does, and tells of each series what its detector ' +
      'has found out and chosen (cadence, period, window, weights, usual errors), from which ' +
      'score on it alarms, and its last alarms with what spoke for them.',
    'SERIES, a series key: the same of the state that a program has saved, by the configuration ' +
      'that it ran with. No program may be running on the folder. Past alarms are in the ' +
      'history, and not told here.',
  ],
  flags: {
    ...fileFlags,
    config: configFlags.config,
    folder: { value: 'FOLDER', about: 'Where the state is, instead of what the file says.' },
  },
  examples: [
    { line: 'forewarn explain cpu.csv', does: 'What auto makes of a file.' },
    {
      line: 'forewarn explain cpu.csv --detector ema --set alpha=auto',
      does: 'Which rate suits it.',
    },
    {
      line: 'forewarn explain \'load{host="a"}\' -c forewarn.yaml',
      does: 'What a stopped program had learned of a series.',
    },
  ],
  operandsMin: 1,
  operandsMax: 1,
} as const

/** See the head of the file. */
export const explainCommand = command(page, async ({ values, operands: [operand = ''] }, io) => {
  if (operand !== stdinPath && !existsSync(operand)) {
    const folder = { config: values.config, folder: values.folder }
    io.stdout.write(explained(await savedSeries(operand, folder, io), undefined))
    return exitCodes.ok
  }
  const report = new ReplayReport()
  const plan = await replayPlan({ ...values, output: '-', report: undefined }, [operand], io)
  const { tally, series } = await runReplay({ ...plan, output: undefined, report }, io)
  const told = series.slice(0, seriesShown)
  const texts = told.map(({ text, series: each }) =>
    explained(
      each,
      report.alarms.filter((alarm) => alarm.series === text),
    ),
  )
  io.stdout.write(texts.join('\n'))
  const left = series.length - told.length
  if (left > 0) io.stderr.write(`explain: ${left} more series in the file\n`)
  io.stderr.write(`explain: ${tally.summary(series.length)}\n`)
  return series.length > 0 ? exitCodes.ok : exitCodes.failure
})

interface SavedPlace {
  readonly config: string | undefined
  readonly folder: string | undefined
}

/** A series as it was saved, made by the rules of the configuration. */
async function savedSeries(key: string, place: SavedPlace, io: CommandIo): Promise<Series> {
  const file = configFile(place.config, io.env)
  const config = loadConfig({ file, environment: io.env, sets: [] }, tables)
  const folder = place.folder ?? config.store.folder
  const { state } = await folderState(folder)
  const owner = state.owners.find(({ ownerKey }) => ownerKey === ownerKeyOf(key))
  if (owner === undefined) {
    const message = `there is neither a file "${key}" nor a series of this key in ${folder}`
    throw new ForewarnError('ERR_STORE_READ', message)
  }
  const { gate, catalog: quota } = config
  const create = seriesFactory(config.rules, { gate, reportScores: false, quota, tables })
  const catalog = new Catalog(quota, create, new Ledger())
  const series = catalog.restore(owner)
  if (series !== undefined) return series
  throw new ForewarnError('ERR_STORE_READ', `no rule of the configuration wants ${key} any more`)
}

/** The page of one series; alarms are undefined where they are not known. */
function explained(series: Series, alarms: readonly FiredAlarm[] | undefined): string {
  const { key, detector, learnedSamples, probationSamples, status, threshold } = series.summary()
  const { budget } = series.rule.alarm
  const learns = learnedSamples < probationSamples
  const progress = `learning ${learnedSamples}/${probationSamples}`
  const early = learns && status !== 'probation' ? `${progress}, only gross changes alarm` : ''
  const learning = early || (status === 'probation' ? progress : status)
  const known =
    probationSamples === 0 ? learning : `${learning}, probation ${probationSamples} samples`
  const bar = `score ${digits(threshold)}`
  const rows: [string, string][] = [
    ['detector', detector],
    ['status', known],
    ['alarms from', budget === 'none' ? bar : `${bar}, by its budget of ${budget}`],
    ...series.describe().map((fact): [string, string] => [fact.name, factText(fact)]),
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  const lines = rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}\n`).join('')
  return `${key}\n${lines}${alarms === undefined ? '' : alarmsText(alarms)}`
}

function alarmsText(alarms: readonly FiredAlarm[]): string {
  const last = alarms.slice(-alarmsShown).map((alarm) => {
    const { startedMs, value, score, reason } = alarm
    const at = new Date(startedMs).toISOString()
    return `    ${at}  ${digits(value)}  score ${digits(score)}  ${reason}\n`
  })
  const shown = last.length < alarms.length ? `, the last ${last.length}` : ''
  return `  alarms: ${alarms.length}${shown}\n${last.join('')}`
}

function factText({ value, unit }: Fact): string {
  if (typeof value === 'string') return value
  if (unit === 'ms') return value === 0 ? 'none' : durationText(value)
  return unit === 'share' ? `${(100 * value).toFixed(0)} %` : digits(value)
}

/** Six digits that count. */
function digits(value: number): string {
  return String(Number(value.toPrecision(6)))
}
