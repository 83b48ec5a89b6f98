/** `forewarn explain`: what was chosen for a series and what it has learned, and why it alarmed. */

import { existsSync } from 'node:fs'
import { configFile, loadConfig } from '../config/load.ts'
import { seriesFactory } from '../config/judging.ts'
import { folderState } from '../config/state-file.ts'
import { tables } from '../config/tables.ts'
import { ForewarnError } from '../core/errors.ts'
import { Ledger } from '../core/ledger.ts'
import { Catalog } from '../series/catalog.ts'
import { explanationOf } from '../series/explanation.ts'
import type { Explanation } from '../series/explanation.ts'
import { ownerKeyOf } from '../series/owner-key.ts'
import { ApiClient, apiFlags } from './api-client.ts'
import { usageError } from './arguments.ts'
import { command, exitCodes } from './command.ts'
import type { CommandIo } from './command.ts'
import { configFlags } from './config-flags.ts'
import { explanationText } from './explain-text.ts'
import { fileFlags, replayPlan } from './replay.ts'
import { ReplayReport } from './replay/report.ts'
import { runReplay } from './replay/replay-run.ts'
import { stdinPath } from './replay/input.ts'

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
    'SERIES, a series key: the same as the running program at --address has it now. With -c or ' +
      '--folder, and where nothing runs there: of the state that a program has saved, by the ' +
      'configuration that it ran with; no program may be running on the folder. Of alarms only ' +
      'the last one is told; past ones are in the history.',
  ],
  flags: {
    ...fileFlags,
    config: configFlags.config,
    address: apiFlags.address,
    'token-file': apiFlags['token-file'],
    folder: { value: 'FOLDER', about: 'Where the state is, instead of what the file says.' },
  },
  examples: [
    { line: 'forewarn explain cpu.csv', does: 'What auto makes of a file.' },
    {
      line: 'forewarn explain cpu.csv --detector ema --set alpha=auto',
      does: 'Which rate suits it.',
    },
    {
      line: 'forewarn explain \'load{host="a"}\'',
      does: 'What the running program makes of a series.',
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
    const explanation = await seriesExplanation(operand, values, io)
    io.stdout.write(explanationText(explanation))
    return exitCodes.ok
  }
  const report = new ReplayReport()
  const plan = await replayPlan({ ...values, output: '-', report: undefined }, [operand], io)
  const { tally, series } = await runReplay({ ...plan, output: undefined, report }, io)
  const told = series.slice(0, seriesShown)
  const texts = told.map(({ text, series: each }) =>
    explanationText(
      explanationOf(each),
      report.alarms.filter((alarm) => alarm.series === text),
    ),
  )
  io.stdout.write(texts.join('\n'))
  const left = series.length - told.length
  if (left > 0) io.stderr.write(`explain: ${left} more series in the file\n`)
  io.stderr.write(`explain: ${tally.summary(series.length)}\n`)
  return series.length > 0 ? exitCodes.ok : exitCodes.failure
})

/** Where a series is looked for, as typed. */
interface Place {
  readonly address: string | undefined
  readonly 'token-file': string | undefined
  readonly config: string | undefined
  readonly folder: string | undefined
}

/** Of the program that runs; of the saved state where that is asked for or nothing answers. */
async function seriesExplanation(key: string, place: Place, io: CommandIo): Promise<Explanation> {
  const saved = place.config ?? place.folder
  const asked = place.address ?? place['token-file']
  if (saved !== undefined && asked !== undefined) {
    throw usageError('--address and --token-file have no meaning with -c and --folder')
  }
  if (saved !== undefined) return savedExplanation(key, place, io)
  try {
    const api = new ApiClient({ ...place, who: undefined })
    const path = `/api/v1/series/${encodeURIComponent(key)}/explain`
    return (await api.ask('GET', path)) as Explanation
  } catch (error) {
    const away = error instanceof ForewarnError && error.cause !== undefined
    if (!away || asked !== undefined) throw error
    return savedExplanation(key, place, io)
  }
}

/** Of a series as it was saved, made by the rules of the configuration. */
async function savedExplanation(key: string, place: Place, io: CommandIo): Promise<Explanation> {
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
  if (series !== undefined) return explanationOf(series)
  throw new ForewarnError('ERR_STORE_READ', `no rule of the configuration wants ${key} any more`)
}
