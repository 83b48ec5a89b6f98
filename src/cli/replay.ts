/**
 * `forewarn replay`: judges recorded samples as the running program would have, row by row.
 */

import { existsSync, realpathSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { alarmChoice, detectorFactory } from '../config/detector-choice.ts'
import { tables } from '../config/tables.ts'
import { ForewarnError } from '../core/errors.ts'
import { optionsWithDefaults } from '../core/options.ts'
import type { DetectorFactory } from '../evaluation/run.ts'
import { catalogOptions } from '../series/catalog.ts'
import { usageError } from './arguments.ts'
import type { FlagValues } from './arguments.ts'
import { choiceOf } from './choice.ts'
import { command, exitCodes } from './command.ts'
import type { Command, CommandIo } from './command.ts'
import { inputFile, stdinPath } from './replay/input.ts'
import type { ReadingParts } from './replay/opened-rows.ts'
import { ReplayReport } from './replay/report.ts'
import { drawnLimits, reportPage } from './replay/report-page.ts'
import { runReplay } from './replay/replay-run.ts'
import type { NamedInput, ReplayPlan, ReplayResult } from './replay/replay-run.ts'
import type { OutputFormat } from './replay/row-writer.ts'
import { inputFormats } from './replay/sniff.ts'

/** Flags by which files are judged; those of `explain` too. */
export const fileFlags = {
  detector: {
    value: 'NAME',
    about: `Default: ${tables.defaultDetector}. See forewarn detectors.`,
  },
  set: {
    value: 'OPTION=VALUE',
    many: true,
    about:
      'An option of the detector, as in the configuration file; alarm.OPTION for the alarm, ' +
      'FILTER.OPTION for a score filter.',
  },
  format: { value: 'NAME', about: `One of ${inputFormats.join(', ')}. Default: found out.` },
  time: { value: 'COLUMN', about: 'Column of timestamps: a name, or a number from 1 on.' },
  value: { value: 'COLUMN,…', about: 'Column of values; several are series of their own.' },
  series: { value: 'COLUMN,…', about: 'Columns that tell the series apart.' },
} as const

const page = {
  name: 'forewarn replay',
  usage: 'FILE… [options]',
  summary: 'Score recorded samples, row by row.',
  about: [
    'Judges every row of the files as the running program would have judged it, and writes one ' +
      'row for each: timestamp, value, score, expected, lower, upper, status, alarm; a column ' +
      'series comes first where there are several. Status is probation, ok, anomalous or ' +
      'rejected; alarm is the state of the series’ alarm, empty while there is none.',
    'Formats are found out: CSV with or without a header, JSON Lines, Influx lines, Carbon ' +
      'lines, Telegraf JSON, each also in gzip; - is stdin. Series that a file does not name are ' +
      'called like it. Rows need no timestamp: without one they count as a second apart.',
  ],
  flags: {
    ...fileFlags,
    output: {
      value: 'FILE',
      short: 'o',
      about: 'Where rows go: .csv, .jsonl, or - for CSV on stdout, the default.',
    },
    report: { value: 'FILE', about: 'Write a page with plots and alarms, complete in itself.' },
  },
  examples: [
    { line: 'forewarn replay cpu.csv > scored.csv', does: 'Score a file.' },
    {
      line: 'forewarn replay cpu.csv --set alarm.hold=5m --report cpu.html',
      does: 'See on a page when it would have alarmed.',
    },
    {
      line: 'zcat metrics.lp.gz | forewarn replay - -o scored.jsonl',
      does: 'Score Influx lines from another program.',
    },
  ],
  operandsMin: 1,
  operandsMax: 1_000_000,
} as const

type Flags = FlagValues<typeof page.flags>

/** Makes detectors by the texts of the command line. */
type DetectorChoice = (name: string, setPairs: readonly string[]) => DetectorFactory

/** The command over the detectors that there are. */
export const replayCommand = replayOver(detectorFactory)

/** The command over any detectors, so that a test can bring one that is worked out by hand. */
export function replayOver(detectors: DetectorChoice): Command {
  return command(page, ({ values, operands }, io) => replay(values, operands, detectors, io))
}

async function replay(
  values: Flags,
  operands: readonly string[],
  detectors: DetectorChoice,
  io: CommandIo,
): Promise<number> {
  const plan = await replayPlan(values, operands, io, detectors)
  const result = await runReplay(plan, io)
  await writeReport(plan, result, values)
  for (const example of result.tally.examples) io.stderr.write(`replay: ${example}\n`)
  io.stderr.write(`replay: ${result.tally.summary(result.seriesCount)}\n`)
  if (io.signal.aborted) {
    return io.signal.reason === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated
  }
  const { rows, refused } = result.tally
  return rows > 0 && refused === rows ? exitCodes.failure : exitCodes.ok
}

/** Everything that can be wrong with the command line is found here, before a row is read. */
export async function replayPlan(
  values: Flags,
  operands: readonly string[],
  io: CommandIo,
  detectors: DetectorChoice = detectorFactory,
): Promise<ReplayPlan> {
  const detectorName = values.detector ?? tables.defaultDetector
  const { alarm, detectorPairs } = alarmChoice(values.set, detectorName)
  const detector = detectors(detectorName, detectorPairs)
  const wholeRange = detectorPairs.findLast((pair) => pair.startsWith('range=')) === 'range=file'
  const stdins = operands.filter((path) => path === stdinPath).length
  if (stdins > 1) throw usageError('stdin (-) can be read once')
  if (wholeRange && stdins > 0) {
    throw usageError('range=file needs files: stdin (-) cannot be read twice')
  }
  const output = outputOf(values, io)
  for (const path of [output?.path, values.report]) refuseInput(path, operands)
  return {
    inputs: await namedInputs(operands),
    reading: readingParts(values, io),
    detectorName,
    detector,
    wholeRange,
    alarm,
    seriesMax: catalogOptions.limit.default,
    output,
    report: values.report === undefined ? undefined : new ReplayReport(),
  }
}

function readingParts(values: Flags, io: CommandIo): ReadingParts {
  const formats = Object.fromEntries(inputFormats.map((name) => [name, name]))
  const list = (text: string | undefined): string[] => text?.split(',').filter(Boolean) ?? []
  return {
    format: values.format === undefined ? undefined : choiceOf('format', values.format, formats),
    columns: { time: values.time, value: list(values.value), series: list(values.series) },
    decoder: (codec) => {
      const row = tables.decoders[codec]
      if (row === undefined) throw new RangeError(`no codec called "${codec}"`)
      return row.create(optionsWithDefaults(row.options))
    },
    stdin: io.stdin,
  }
}

/** Rows go to stdout, unless that is a terminal and the report is what was asked for. */
function outputOf(values: Flags, io: CommandIo): ReplayPlan['output'] {
  const { output: path, report } = values
  if (path === undefined) {
    const onlyReport = report !== undefined && io.stdout.isTTY === true
    return onlyReport ? undefined : { path: '-', format: 'csv' }
  }
  if (path === '-') return { path, format: 'csv' }
  const format: OutputFormat | undefined = /\.(jsonl|ndjson)$/i.test(path)
    ? 'jsonl'
    : /\.csv$/i.test(path)
      ? 'csv'
      : undefined
  if (format === undefined) throw usageError(`--output ends in .csv or .jsonl, not "${path}"`)
  return { path, format }
}

/** An output over its own input would be an empty file. */
function refuseInput(path: string | undefined, operands: readonly string[]): void {
  if (path === undefined || path === stdinPath || !existsSync(path)) return
  const real = realpathSync(path)
  const input = operands.find((each) => existsSync(each) && realpathSync(each) === real)
  if (input !== undefined) throw usageError(`"${path}" is read and cannot be written as well`)
}

/** The files, each with the name of its series: the file's, or its path where two are alike. */
async function namedInputs(paths: readonly string[]): Promise<NamedInput[]> {
  const stems = paths.map((path) => (path === stdinPath ? 'stdin' : stemOf(path)))
  const inputs: NamedInput[] = []
  for (const [i, path] of paths.entries()) {
    const stem = stems[i] as string
    const alone = paths.length === 1
    const unique = stems.indexOf(stem) === stems.lastIndexOf(stem)
    inputs.push({ input: await inputFile(path), source: { name: unique ? stem : path, alone } })
  }
  return inputs
}

function stemOf(path: string): string {
  const name = basename(path).replace(/\.gz$/i, '')
  return name.replace(/(?<=.)\.\w+$/, '')
}

async function writeReport(
  plan: ReplayPlan,
  { tally, seriesCount }: ReplayResult,
  values: Flags,
): Promise<void> {
  const { report, inputs, detectorName } = plan
  if (report === undefined || values.report === undefined) return
  const names = inputs.map(({ input }) => (input.path === stdinPath ? 'stdin' : input.path))
  const shown = names.length > 3 ? [...names.slice(0, 3), `and ${names.length - 3} more`] : names
  const text = reportPage({
    title: `Replay of ${shown.map((name) => basename(name)).join(', ')}`,
    facts: [
      ['input', shown.join(', ')],
      ['detector', [detectorName, ...values.set].join(' ')],
      ['rows', tally.summary(seriesCount)],
    ],
    series: report.series(drawnLimits),
    seriesCount,
    alarms: report.alarms,
    alarmCount: report.alarmCount,
  })
  await writeFile(values.report, text).catch((cause: Error) => {
    const message = `cannot write the report: ${cause.message}`
    throw new ForewarnError('ERR_SINK_WRITE', message, { cause })
  })
}
