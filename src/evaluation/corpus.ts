/**
 * Labelled series, and the rule that says which of their rows are judged.
 *
 * Everything here goes by row index, never by time: the published files hold equal, older and
 * missing timestamps.
 */

/** Rows `firstRow` to `lastRow`, both included. */
export interface RowRange {
  readonly firstRow: number
  readonly lastRow: number
}

/** One series of a corpus with what people marked in it. */
export interface LabelledSeries {
  /** Path of the file inside its corpus, with forward slashes. */
  readonly name: string
  readonly timestampsMs: Float64Array
  readonly values: Float64Array
  /** Where the trouble is, in rising order, without overlap. */
  readonly ranges: readonly RowRange[]
}

/** A series with one score for each row. */
export interface ScoredSeries {
  readonly series: LabelledSeries
  /** Length as `series.values`; finite. */
  readonly scores: Float64Array
}

/** Share of a file that is probation. Source: Lavin and Ahmad 2015 (NAB), section II. */
const probationShare = 0.15

/** Longest probation: the share of 5000 rows. Source: the same. */
const probationSamplesMax = 750

/** How many rows at the start of a file of `rowCount` rows are learned and not judged. */
export function probationSamplesOf(rowCount: number): number {
  return Math.min(Math.floor(probationShare * rowCount), probationSamplesMax)
}

/** Smallest and largest value; 0 and 0 of an empty array. */
export function valueRange(values: Float64Array): { valueMin: number; valueMax: number } {
  if (values.length === 0) return { valueMin: 0, valueMax: 0 }
  let valueMin = Infinity
  let valueMax = -Infinity
  for (const value of values) {
    if (value < valueMin) valueMin = value
    if (value > valueMax) valueMax = value
  }
  return { valueMin, valueMax }
}
