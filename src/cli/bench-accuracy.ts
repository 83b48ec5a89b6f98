/**
 * `forewarn bench accuracy`: every detector on every corpus, in one table, and in a file that is
 * kept with a release so that the next one can be held against it.
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { AlarmRule } from '../alarm/rule.ts'
import { detectorNames } from '../config/detector-choice.ts'
import type { AccuracyReport, DetectorAccuracy } from '../evaluation/accuracy-report.ts'
import { accuracyReport, measured } from '../evaluation/accuracy-report.ts'
import { corpusError } from '../evaluation/corpus-folder.ts'
import { generatedSeries } from '../evaluation/generated.ts'
import { readCloudCorpus, readKpiCorpus } from '../evaluation/label-corpora.ts'
import { readNabCorpus } from '../evaluation/nab-corpus.ts'
import { usageError } from './arguments.ts'
import type { DetectorAsked, ScoresFlags } from './bench-scores.ts'
import { corporaFolder, detectorRun } from './bench-scores.ts'
import { accuracyText } from './bench-text.ts'
import type { CommandIo } from './command.ts'
import { version } from './version.ts'

/** Seed of the generated stream; fixed, so that numbers can be made again. */
export const generatorSeed = 1

/**
 * Not measured: made for its forecasts (bench/accuracy/forecast.ts), for several fields together,
 * and for a stated limit (`forewarn evaluate`).
 */
const others = ['seasonal', 'som', 'early-warning']

const judges = detectorNames.filter((name) => !others.includes(name))

/** What is measured, by the name of its column: every detector, and the other answer of `auto`. */
export const accuracyColumns: Readonly<Record<string, DetectorAsked>> = {
  ...Object.fromEntries(judges.map((detector) => [detector, { detector, set: [] }])),
  'auto-score': { detector: 'auto', set: ['head=score'] },
}

/** The columns of one detector as it is set, or all that it has where nothing is set. */
function columnsOf(name: string, set: readonly string[]): Record<string, DetectorAsked> {
  if (set.length > 0) return { [name]: { detector: name, set } }
  const own = Object.entries(accuracyColumns).filter(([, { detector }]) => detector === name)
  return own.length > 0 ? Object.fromEntries(own) : { [name]: { detector: name, set } }
}

/** Measures the detector that is asked for, or all; writes the report to `output` if named. */
export function accuracyBench(
  flags: ScoresFlags & { readonly output: string | undefined },
  rule: AlarmRule,
  io: CommandIo,
): { readonly report: unknown; readonly text: string } {
  if (flags.results !== undefined) throw usageError('--results has no meaning for accuracy')
  const folder = corporaFolder(flags, io)
  const corpora = {
    nab: readNabCorpus(folder),
    kpi: readKpiCorpus(folder),
    cloud: readCloudCorpus(folder),
    generated: generatedSeries(generatorSeed),
  }
  const columns =
    flags.detector === undefined ? accuracyColumns : columnsOf(flags.detector, flags.set)
  const detectors: Record<string, DetectorAccuracy> = {}
  const microseconds: Record<string, number> = {}
  for (const [name, asked] of Object.entries(columns)) {
    const found = measured(corpora, rule, (corpus) => detectorRun(corpus, asked, io))
    detectors[name] = found.accuracy
    microseconds[name] = found.microsecondsPerSample
  }
  const report = accuracyReport(version(), corpora, rule, detectors)
  if (flags.output !== undefined) keep(report, flags.output)
  return {
    report: { ...report, microseconds_per_sample: microseconds },
    text: accuracyText(report, microseconds),
  }
}

/**
 * Writes the report. Where the file holds one of the same version, threshold and corpora, detectors
 * that were not measured now stay as they are, so that one can be measured anew alone.
 */
function keep(report: AccuracyReport, path: string): void {
  const before = keptReport(path)
  const { detectors, ...facts } = report
  const same = before !== undefined && JSON.stringify(facts) === JSON.stringify(factsOf(before))
  const all = same ? { ...before.detectors, ...detectors } : detectors
  const sorted = Object.keys(accuracyColumns).flatMap((name) => {
    const detector = all[name]
    return detector === undefined ? [] : [[name, detector] as const]
  })
  const kept = { ...facts, detectors: Object.fromEntries(sorted) }
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, JSON.stringify(kept, undefined, 2) + '\n')
}

function factsOf(report: AccuracyReport): Omit<AccuracyReport, 'detectors'> {
  const { detectors: _, ...facts } = report
  return facts
}

/** The report in a file; undefined where there is no file. */
function keptReport(path: string): AccuracyReport | undefined {
  if (!existsSync(path)) return undefined
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as AccuracyReport
  } catch (cause) {
    throw corpusError(`"${path}"`, 'the file to write to is not a report', cause)
  }
}
