/**
 * Runs a detector over the rows of a corpus, as they stand in the files: without the gate, since
 * the published files hold equal and older timestamps and every row has to have a score.
 *
 * Each series has a detector of its own that is told the probation of the benches' rule. The value
 * range of the file is handed over for published methods that are given it; a detector of the
 * product takes no notice of it.
 */

import { Assessment } from '../core/assessment.ts'
import { SnapshotWriter } from '../core/snapshot.ts'
import type { Detector } from '../detectors/detector.ts'
import type { LabelledSeries, ScoredSeries } from './corpus.ts'
import { probationSamplesOf, valueRange } from './corpus.ts'

/** What a bench tells a detector about the file in front of it. */
export interface FileFacts {
  /** Undefined where the detector's own default is to hold, as in a replay. */
  readonly probationSamples: number | undefined
  readonly valueMin: number
  readonly valueMax: number
}

/** Makes a fresh detector for one file. */
export type DetectorFactory = (file: FileFacts) => Detector

/** Scores of a corpus, and what they cost. */
export interface CorpusRun {
  readonly files: readonly ScoredSeries[]
  /** Mean time of one update on this machine, files read and detectors made already. */
  readonly microsecondsPerSample: number
  /** Size of the largest snapshot that any of the detectors makes at the end of its series. */
  readonly stateBytesMax: number
}

/** Told after each series how many of all are done. */
export type Progress = (done: number, all: number) => void

/** Scores every row of every series. Rows in probation have the score 0. */
export function runDetector(
  factory: DetectorFactory,
  corpus: readonly LabelledSeries[],
  progress: Progress = () => undefined,
): CorpusRun {
  let elapsedMs = 0
  let samples = 0
  let stateBytesMax = 0
  const files = corpus.map((series, index) => {
    const probationSamples = probationSamplesOf(series.values.length)
    const detector = factory({ probationSamples, ...valueRange(series.values) })
    const startMs = performance.now()
    const scores = scoresOf(detector, series)
    elapsedMs += performance.now() - startMs
    samples += scores.length
    stateBytesMax = Math.max(stateBytesMax, snapshotBytes(detector))
    progress(index + 1, corpus.length)
    return { series, scores }
  })
  const microsecondsPerSample = samples === 0 ? 0 : (1000 * elapsedMs) / samples
  return { files, microsecondsPerSample, stateBytesMax }
}

function snapshotBytes(detector: Detector): number {
  const writer = new SnapshotWriter()
  detector.snapshot(writer)
  return writer.lengthBytes
}

/** The score of every row of one series by a fresh detector; 0 in probation. */
export function scoresOf(detector: Detector, series: LabelledSeries): Float64Array {
  const scores = new Float64Array(series.values.length)
  const assessment = new Assessment()
  for (let row = 0; row < scores.length; row++) {
    assessment.clear()
    const timestampMs = series.timestampsMs[row] as number
    detector.update(timestampMs, series.values[row] as number, 'on', assessment)
    scores[row] = assessment.inProbation ? 0 : assessment.score
  }
  return scores
}
