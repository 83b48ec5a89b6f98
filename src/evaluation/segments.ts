/**
 * The segment rule for labelled key performance indicators.
 *
 * Operators care that trouble is noticed soon, and not how many of its rows are alarmed. So a
 * labelled segment is found, with all its rows, when one of its first `delayRowsMax` + 1 rows is
 * alarmed; otherwise all its rows are missed. Rows outside segments count one by one:
 *
 *   TP = Σ rows of found segments     FN = Σ rows of missed segments     FP = alarmed rows outside
 *   precision = TP / (TP + FP)        recall = TP / (TP + FN)            F1 = their harmonic mean
 *
 * Counts are over the whole set of series, under one threshold. Rows in probation are not judged,
 * and a segment that begins there is passed over, with all its rows: its first rows, on which the
 * rule hangs, were never judged. All thresholds are tried in one sweep: a segment is found from the
 * threshold that is the highest score among its first rows, so a segment is one entry of a sorted
 * list, and so is each row outside.
 *
 * Source: Ren et al. 2019, "Time-series anomaly detection service at Microsoft", the part on
 * metrics, and the AIOps challenge of 2018 before it.
 * Cost: O(n log n) in the rows outside segments.
 */

import type { LabelledSeries, RowRange, ScoredSeries } from './corpus.ts'
import { probationSamplesOf } from './corpus.ts'

/** Rows by kind under the segment rule, and what follows from them. */
export interface SegmentScore {
  readonly f1: number
  readonly precision: number
  readonly recall: number
  readonly truePositives: number
  readonly falsePositives: number
  readonly falseNegatives: number
  readonly segmentsFound: number
  readonly segments: number
}

/** A score and the threshold that gives it. */
export interface SegmentOptimum extends SegmentScore {
  readonly threshold: number
}

/** The segments of a series that begin after its probation. */
export function judgedSegments(series: LabelledSeries): RowRange[] {
  const probation = probationSamplesOf(series.values.length)
  return series.ranges.filter((range) => range.firstRow >= probation)
}

/** Running counts of found segments and false rows. */
class Tally {
  readonly #segments: number
  readonly #positives: number
  #truePositives = 0
  #falsePositives = 0
  #found = 0

  constructor(segments: number, positives: number) {
    this.#segments = segments
    this.#positives = positives
  }

  segmentFound(rows: number): void {
    this.#found++
    this.#truePositives += rows
  }

  rowsAlarmedOutside(rows: number): void {
    this.#falsePositives += rows
  }

  /** 2 TP / (2 TP + FP + FN); 0 where nothing is labelled or alarmed. */
  get f1(): number {
    return share(
      2 * this.#truePositives,
      this.#truePositives + this.#falsePositives,
      this.#positives,
    )
  }

  score(): SegmentScore {
    return {
      f1: this.f1,
      precision: share(this.#truePositives, this.#truePositives, this.#falsePositives),
      recall: share(this.#truePositives, this.#positives, 0),
      truePositives: this.#truePositives,
      falsePositives: this.#falsePositives,
      falseNegatives: this.#positives - this.#truePositives,
      segmentsFound: this.#found,
      segments: this.#segments,
    }
  }
}

/** `part` of the sum of the two others; 0 of nothing. */
function share(part: number, one: number, other: number): number {
  return one + other === 0 ? 0 : part / (one + other)
}

/** The score of one series' alarmed rows. Rows in probation are passed over. */
export interface AlarmedSeries {
  readonly series: LabelledSeries
  /** 1 where a row is alarmed; length as the series. */
  readonly alarmed: Uint8Array
}

/** Scores given alarms. */
export function segmentScore(files: readonly AlarmedSeries[], delayRowsMax: number): SegmentScore {
  const tally = tallyOf(files)
  for (const { series, alarmed } of files) {
    for (const { firstRow, lastRow } of judgedSegments(series)) {
      const lastInTime = Math.min(lastRow, firstRow + delayRowsMax)
      const hit = alarmed.subarray(firstRow, lastInTime + 1).includes(1)
      if (hit) tally.segmentFound(lastRow - firstRow + 1)
    }
    let outside = 0
    eachRowOutside(series, (row) => (outside += alarmed[row] as number))
    tally.rowsAlarmedOutside(outside)
  }
  return tally.score()
}

/** Scores the rows whose score is at or over `threshold`. */
export function segmentScoreAt(
  files: readonly ScoredSeries[],
  delayRowsMax: number,
  threshold: number,
): SegmentScore {
  const alarmed = files.map(({ series, scores }) => ({
    series,
    alarmed: Uint8Array.from(scores, (score) => (score >= threshold ? 1 : 0)),
  }))
  return segmentScore(alarmed, delayRowsMax)
}

/** The threshold with the highest F1 among all scores; of equally good ones the highest. */
export function bestSegmentScore(
  files: readonly ScoredSeries[],
  delayRowsMax: number,
): SegmentOptimum {
  const found = segmentsByScore(files, delayRowsMax)
  const outside = scoresOutside(files)
  const tally = tallyOf(files)
  let best: SegmentOptimum = { ...tally.score(), threshold: Infinity }
  let nextSegment = 0
  let nextRow = outside.length - 1
  while (nextSegment < found.length || nextRow >= 0) {
    const threshold = Math.max(
      found[nextSegment]?.score ?? -Infinity,
      outside[nextRow] ?? -Infinity,
    )
    while (nextRow >= 0 && outside[nextRow] === threshold) {
      tally.rowsAlarmedOutside(1)
      nextRow--
    }
    for (; found[nextSegment]?.score === threshold; nextSegment++) {
      tally.segmentFound(found[nextSegment]?.rows ?? 0)
    }
    if (tally.f1 > best.f1) best = { ...tally.score(), threshold }
  }
  return best
}

function tallyOf(files: readonly { readonly series: LabelledSeries }[]): Tally {
  const segments = files.flatMap(({ series }) => judgedSegments(series))
  const rows = segments.reduce((sum, { firstRow, lastRow }) => sum + lastRow - firstRow + 1, 0)
  return new Tally(segments.length, rows)
}

/** The highest score among the first rows of each segment, and its length; highest first. */
function segmentsByScore(
  files: readonly ScoredSeries[],
  delayRowsMax: number,
): { score: number; rows: number }[] {
  return files
    .flatMap(({ series, scores }) =>
      judgedSegments(series).map(({ firstRow, lastRow }) => {
        const lastInTime = Math.min(lastRow, firstRow + delayRowsMax)
        const score = Math.max(...scores.subarray(firstRow, lastInTime + 1))
        return { score, rows: lastRow - firstRow + 1 }
      }),
    )
    .sort((a, b) => b.score - a.score)
}

/** The scores of all judged rows outside segments, lowest first. */
function scoresOutside(files: readonly ScoredSeries[]): Float64Array {
  const total = files.reduce((sum, { scores }) => sum + scores.length, 0)
  const outside = new Float64Array(total)
  let count = 0
  for (const { series, scores } of files) {
    eachRowOutside(series, (row) => {
      outside[count++] = scores[row] as number
    })
  }
  return outside.subarray(0, count).sort()
}

/** Visits the judged rows that lie in no segment, judged or passed over. */
function eachRowOutside(series: LabelledSeries, visit: (row: number) => void): void {
  let row = probationSamplesOf(series.values.length)
  for (const { firstRow, lastRow } of series.ranges) {
    for (; row < firstRow; row++) visit(row)
    row = Math.max(row, lastRow + 1)
  }
  for (; row < series.values.length; row++) visit(row)
}
