/**
 * VUS-PR: the volume under the surface of precision and recall.
 *
 * A measure of the score itself, without a threshold and lenient about where exactly trouble begins
 * and ends. Labels are widened by a buffer of ℓ rows with weights that fall towards its end, the
 * area under precision over recall is taken for that buffer, and areas are averaged over ℓ:
 *
 *   weight of a row d rows outside a range   √(1 - d/ℓ) for d ≤ ℓ/2; where buffers meet the sum,
 *                                            at most 1
 *   TP_θ = Σ weights of rows with score ≥ θ    precision_θ = TP_θ / rows with score ≥ θ
 *   recall_θ = min(1, TP_θ / ½(labelled rows + Σ weights)) · share of widened ranges with a hit
 *   area_ℓ = Σ (recall_k - recall_{k-1}) (precision_k + precision_{k-1}) / 2, from recall 0 at 1
 *   VUS-PR = mean of area_ℓ over ℓ = 0 … L
 *
 * with the thresholds θ_k at the scores of 250 evenly spaced ranks, as in the published numbers. L
 * is the mean length of the labelled ranges of the series, one of the choices of the paper.
 *
 * As published the measure flatters scores with ties: a score that is the same for every row is one
 * step from recall 0 to 1, and the straight line over it has the area 1/2. And a perfect score of a
 * rare event is charged for the rows between two ranks. So a second volume is given, by steps:
 * every distinct score is a threshold, and area_ℓ = Σ (recall_k - recall_{k-1}) precision_k. A
 * straight line between two points of precision and recall is known to promise too much.
 *
 * Source: Paparrizos et al. 2022, "Volume under the surface", PVLDB 15(11), sections 3 and 4. For
 * steps: Davis and Goadrich 2006, "The relationship between precision-recall and ROC curves".
 * Differs: L is at most 100 rows; rows in probation are left out, with ranges that begin there.
 * Cost: O(n log n + L n): a row counts from the first threshold at or under its score, so that a
 * buffer walks the rows in and around ranges, and its thresholds once.
 */

import type { LabelledSeries, RowRange, ScoredSeries } from './corpus.ts'
import { probationSamplesOf } from './corpus.ts'
import { judgedSegments } from './segments.ts'

/** Thresholds a curve is made of. Source: the paper's published experiments. */
const thresholdCount = 250

/** Widest buffer. Beyond it a hit says nothing about this trouble; chosen, not published. */
const bufferRowsMax = 100

/** Both volumes, in [0, 1]. */
export interface VusPr {
  readonly published: number
  readonly steps: number
}

/** The volumes of one series; undefined where no range begins after probation. */
export function vusPr({ series, scores }: ScoredSeries): VusPr | undefined {
  const start = firstJudgedRow(series)
  const ranges = judgedSegments(series).map(({ firstRow, lastRow }) => {
    return { firstRow: firstRow - start, lastRow: lastRow - start }
  })
  return ranges.length === 0 ? undefined : volumes(scores.subarray(start), ranges)
}

/** The end of probation, or of the range that goes on then. */
function firstJudgedRow({ values, ranges }: LabelledSeries): number {
  const probation = probationSamplesOf(values.length)
  const open = ranges.find(({ firstRow, lastRow }) => firstRow < probation && lastRow >= probation)
  return open === undefined ? probation : open.lastRow + 1
}

function volumes(scores: Float64Array, ranges: readonly RowRange[]): VusPr {
  const labelledRows = ranges.reduce(
    (sum, { firstRow, lastRow }) => sum + lastRow - firstRow + 1,
    0,
  )
  const bufferMax = Math.min(bufferRowsMax, Math.round(labelledRows / ranges.length))
  const falling = scores.slice().sort().reverse()
  const ranks = thresholds(scores, scoresAtRanks(falling))
  const all = thresholds(scores, distinctScores(falling))
  let published = 0
  let steps = 0
  for (let buffer = 0; buffer <= bufferMax; buffer++) {
    const widened = widenedRanges(ranges, buffer >> 1, scores.length)
    const weights = rowWeights(ranges, buffer, scores.length)
    const surface = { widened, weights, labelledRows }
    published += area(surface, ranks, (before, after) => (before + after) / 2)
    steps += area(surface, all, (_before, after) => after)
  }
  return { published: published / (bufferMax + 1), steps: steps / (bufferMax + 1) }
}

function scoresAtRanks(falling: Float64Array): Float64Array {
  const last = falling.length - 1
  return Float64Array.from({ length: thresholdCount }, (_, k) => {
    return falling[Math.floor((k * last) / (thresholdCount - 1))] as number
  })
}

function distinctScores(falling: Float64Array): Float64Array {
  return falling.filter((score, i) => i === 0 || score !== falling[i - 1])
}

/** For each row the first threshold at or under its score, and for each threshold its rows. */
interface Thresholds {
  readonly firstOf: Uint32Array
  readonly rowsAt: Float64Array
}

function thresholds(scores: Float64Array, falling: Float64Array): Thresholds {
  const firstOf = Uint32Array.from(scores, (score) => firstAtOrUnder(falling, score))
  const rowsAt = new Float64Array(falling.length)
  for (const threshold of firstOf) add(rowsAt, threshold, 1)
  for (let k = 1; k < rowsAt.length; k++) add(rowsAt, k, rowsAt[k - 1] as number)
  return { firstOf, rowsAt }
}

function add(sums: Float64Array, index: number, amount: number): void {
  sums[index] = (sums[index] as number) + amount
}

/** Index of the first of falling values that is at or under `score`. */
function firstAtOrUnder(values: Float64Array, score: number): number {
  let low = 0
  let high = values.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((values[middle] as number) <= score) high = middle
    else low = middle + 1
  }
  return low
}

/** Ranges with `margin` rows on each side; those that overlap are one. */
function widenedRanges(
  ranges: readonly RowRange[],
  margin: number,
  rowCount: number,
): readonly RowRange[] {
  const widened: RowRange[] = []
  for (const range of ranges) {
    const firstRow = Math.max(0, range.firstRow - margin)
    const lastRow = Math.min(rowCount - 1, range.lastRow + margin)
    const before = widened.at(-1)
    if (before === undefined || before.lastRow < firstRow) widened.push({ firstRow, lastRow })
    else widened[widened.length - 1] = { firstRow: before.firstRow, lastRow }
  }
  return widened
}

/** The weight of each row; 0 outside all buffers. */
function rowWeights(ranges: readonly RowRange[], buffer: number, rowCount: number): Float64Array {
  const weights = new Float64Array(rowCount)
  const widen = (row: number, weight: number): void => {
    if (row >= 0 && row < rowCount) weights[row] = Math.min(1, (weights[row] as number) + weight)
  }
  for (const { firstRow, lastRow } of ranges) {
    weights.fill(1, firstRow, lastRow + 1)
    for (let distance = 1; distance <= buffer >> 1; distance++) {
      const weight = Math.sqrt(1 - distance / buffer)
      widen(firstRow - distance, weight)
      widen(lastRow + distance, weight)
    }
  }
  return weights
}

/** The labels of one buffer. */
interface Surface {
  readonly widened: readonly RowRange[]
  readonly weights: Float64Array
  readonly labelledRows: number
}

/** The area under precision over recall; `height` is that between two precisions. */
function area(
  { widened, weights, labelledRows }: Surface,
  { firstOf, rowsAt }: Thresholds,
  height: (before: number, after: number) => number,
): number {
  const hitWeight = new Float64Array(rowsAt.length)
  const rangesHit = new Float64Array(rowsAt.length)
  let weightSum = 0
  for (const { firstRow, lastRow } of widened) {
    let first = rowsAt.length - 1
    for (let row = firstRow; row <= lastRow; row++) {
      const threshold = firstOf[row] as number
      add(hitWeight, threshold, weights[row] as number)
      weightSum += weights[row] as number
      first = Math.min(first, threshold)
    }
    add(rangesHit, first, 1)
  }
  const fullWeight = (labelledRows + weightSum) / 2
  let [truePositives, hit, recall, precision, sum] = [0, 0, 0, 1, 0]
  for (let k = 0; k < rowsAt.length; k++) {
    truePositives += hitWeight[k] as number
    hit += rangesHit[k] as number
    const nextRecall = Math.min(1, truePositives / fullWeight) * (hit / widened.length)
    const nextPrecision = truePositives / (rowsAt[k] as number)
    sum += (nextRecall - recall) * height(precision, nextPrecision)
    recall = nextRecall
    precision = nextPrecision
  }
  return sum
}
