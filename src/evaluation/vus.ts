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
 * Thresholds θ_k are the scores at 250 evenly spaced ranks, so that numbers compare with published
 * ones. L is the mean length of the labelled ranges of the series, one of the choices of the paper.
 *
 * Source: Paparrizos et al. 2022, "Volume under the surface", PVLDB 15(11), sections 3 and 4.
 * Differs: L is at most 100 rows; rows in probation are left out, with ranges that begin there.
 * Cost: O(n log n + L · rows in and around ranges): a row counts from the first threshold at or
 * under its score, so each buffer fills 250 sums and walks no other rows.
 */

import type { LabelledSeries, RowRange, ScoredSeries } from './corpus.ts'
import { probationSamplesOf } from './corpus.ts'
import { judgedSegments } from './segments.ts'

/** Thresholds a curve is made of. Source: the paper's published experiments. */
const thresholdCount = 250

/** Widest buffer. Beyond it a hit says nothing about this trouble; chosen, not published. */
const bufferRowsMax = 100

/** VUS-PR of one series in [0, 1]; undefined where no range begins after probation. */
export function vusPr({ series, scores }: ScoredSeries): number | undefined {
  const start = firstJudgedRow(series)
  const ranges = judgedSegments(series).map(({ firstRow, lastRow }) => {
    return { firstRow: firstRow - start, lastRow: lastRow - start }
  })
  if (ranges.length === 0) return undefined
  return volume(scores.subarray(start), ranges)
}

/** The end of probation, or of the range that goes on then. */
function firstJudgedRow({ values, ranges }: LabelledSeries): number {
  const probation = probationSamplesOf(values.length)
  const open = ranges.find(({ firstRow, lastRow }) => firstRow < probation && lastRow >= probation)
  return open === undefined ? probation : open.lastRow + 1
}

/** The mean of the series that have a value; undefined where none has. */
export function meanVusPr(files: readonly ScoredSeries[]): number | undefined {
  const values = files.flatMap((file) => vusPr(file) ?? [])
  if (values.length === 0) return undefined
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function volume(scores: Float64Array, ranges: readonly RowRange[]): number {
  const rows = ranges.reduce((sum, { firstRow, lastRow }) => sum + lastRow - firstRow + 1, 0)
  const bufferMax = Math.min(bufferRowsMax, Math.round(rows / ranges.length))
  const { firstThreshold, rowsAt } = thresholds(scores)
  let sum = 0
  for (let buffer = 0; buffer <= bufferMax; buffer++) {
    const widened = widenedRanges(ranges, buffer >> 1, scores.length)
    const weights = rowWeights(ranges, buffer, scores.length)
    sum += area({ widened, weights, labelledRows: rows, firstThreshold, rowsAt })
  }
  return sum / (bufferMax + 1)
}

/** For each row the first threshold at or under its score, and for each threshold its rows. */
function thresholds(scores: Float64Array): { firstThreshold: Uint8Array; rowsAt: Float64Array } {
  const rising = scores.slice().sort()
  const last = scores.length - 1
  const values = Float64Array.from({ length: thresholdCount }, (_, k) => {
    return rising[last - Math.floor((k * last) / (thresholdCount - 1))] as number
  })
  const rowsAt = new Float64Array(thresholdCount)
  const firstThreshold = Uint8Array.from(scores, (score) => firstAtOrUnder(values, score))
  for (const threshold of firstThreshold) add(rowsAt, threshold, 1)
  for (let k = 1; k < thresholdCount; k++) add(rowsAt, k, rowsAt[k - 1] as number)
  return { firstThreshold, rowsAt }
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

interface Curve {
  readonly widened: readonly RowRange[]
  readonly weights: Float64Array
  readonly labelledRows: number
  readonly firstThreshold: Uint8Array
  readonly rowsAt: Float64Array
}

function area({ widened, weights, labelledRows, firstThreshold, rowsAt }: Curve): number {
  const hitWeight = new Float64Array(thresholdCount)
  const rangesHit = new Float64Array(thresholdCount)
  let weightSum = 0
  for (const { firstRow, lastRow } of widened) {
    let first = thresholdCount - 1
    for (let row = firstRow; row <= lastRow; row++) {
      const threshold = firstThreshold[row] as number
      add(hitWeight, threshold, weights[row] as number)
      weightSum += weights[row] as number
      first = Math.min(first, threshold)
    }
    add(rangesHit, first, 1)
  }
  const fullWeight = (labelledRows + weightSum) / 2
  let [truePositives, hit, recall, precision, sum] = [0, 0, 0, 1, 0]
  for (let k = 0; k < thresholdCount; k++) {
    truePositives += hitWeight[k] as number
    hit += rangesHit[k] as number
    const nextRecall = Math.min(1, truePositives / fullWeight) * (hit / widened.length)
    const nextPrecision = truePositives / (rowsAt[k] as number)
    sum += ((nextRecall - recall) * (nextPrecision + precision)) / 2
    recall = nextRecall
    precision = nextPrecision
  }
  return sum
}
