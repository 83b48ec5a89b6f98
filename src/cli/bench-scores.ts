/** What the accuracy benches judge: the scores of a detector, or those in result files. */

import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { detectorFactory } from '../config/detector-choice.ts'
import { tables } from '../config/tables.ts'
import type { LabelledSeries, ScoredSeries } from '../evaluation/corpus.ts'
import type { CorpusRun } from '../evaluation/run.ts'
import { runDetector } from '../evaluation/run.ts'
import { readScoreFiles } from '../evaluation/score-files.ts'
import { usageError } from './arguments.ts'
import type { CommandIo } from './command.ts'
import { Progress } from './progress.ts'

/** The flags that say whose scores are judged, and on what. */
export interface ScoresFlags {
  readonly data: string | undefined
  readonly detector: string | undefined
  readonly set: readonly string[]
  readonly results: string | undefined
}

/** Scores of a corpus, by whom, and their cost where it was measured. */
export interface Scores {
  readonly detector: string
  readonly files: readonly ScoredSeries[]
  readonly microsecondsPerSample: number | null
}

/** The folder of the data sets, by the flag or the environment. */
export function corporaFolder(flags: ScoresFlags, io: CommandIo): string {
  const folder = flags.data ?? io.env['FOREWARN_DATA']
  if (folder !== undefined && folder !== '') return folder
  throw usageError('name the folder of the data sets with --data DIR or FOREWARN_DATA')
}

/** The scores of a corpus as the flags ask for. */
export function scoresOf(
  corpus: readonly LabelledSeries[],
  flags: ScoresFlags,
  io: CommandIo,
): Scores {
  if (flags.results === undefined) {
    const detector = flags.detector ?? tables.defaultDetector
    return { detector, ...detectorRun(corpus, { detector, set: flags.set }, io) }
  }
  if (flags.set.length > 0) throw usageError('--set has no meaning with --results')
  const folder = resultsFolder(flags.results, flags.detector)
  const detector = flags.detector ?? basename(folder)
  return { detector, files: readScoreFiles(folder, corpus), microsecondsPerSample: null }
}

/** A detector by its name, and its options as texts. */
export interface DetectorAsked {
  readonly detector: string
  readonly set: readonly string[]
}

/** Runs a detector over a corpus, with a progress bar. */
export function detectorRun(
  corpus: readonly LabelledSeries[],
  { detector, set }: DetectorAsked,
  io: CommandIo,
): CorpusRun {
  const factory = detectorFactory(detector, set)
  const progress = new Progress(`bench ${detector}`, io.stderr, io.clock)
  try {
    return runDetector(factory, corpus, (done) =>
      progress.update(done / corpus.length, `${done} of ${corpus.length} series`),
    )
  } finally {
    progress.end()
  }
}

/** `folder`, or its subfolder of the detector's name where there is one. */
function resultsFolder(folder: string, detector: string | undefined): string {
  if (detector === undefined) return folder
  const own = join(folder, detector)
  return existsSync(own) ? own : folder
}
