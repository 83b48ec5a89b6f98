/** From samples to what is drawn: columns with gaps, the range of the value axis. Pure. */

import type { ForecastColumns, SampleColumns } from '../../src/core/feed.ts'
import { cadenceMs, statusFlag } from './samples.ts'
import { rarity } from './words.ts'

type Column = (number | null)[]

/** Columns as the plots want them, of equal length. */
export interface PlotColumns {
  readonly timestampMs: number[]
  readonly value: Column
  readonly upper: Column
  readonly lower: Column
  readonly expected: Column
  /** What is forecast, from the newest sample on. */
  readonly ahead: Column
  readonly rarity: Column
  /** Indices of the anomalous samples. */
  readonly anomalies: number[]
  /** Indices of the samples that were only learned. */
  readonly learnedCount: number
  /** Rows up to the newest sample; those behind it are forecast. */
  readonly pastCount: number
}

/** A gap longer than so many usual gaps is a break in the line: nothing is known in between. */
const breakGaps = 5

/**
 * The columns of a chart. Where samples are missing an empty row breaks the lines; rows that stand
 * for `bucketMs` each are that far apart at least. A forecast follows the newest sample.
 */
export function plotColumns(
  samples: SampleColumns,
  bucketMs = 0,
  forecast?: ForecastColumns,
): PlotColumns {
  const plot: PlotColumns & { learnedCount: number; pastCount: number } = {
    timestampMs: [],
    value: [],
    upper: [],
    lower: [],
    expected: [],
    ahead: [],
    rarity: [],
    anomalies: [],
    learnedCount: 0,
    pastCount: 0,
  }
  const breakMs = Math.max(cadenceMs(samples.timestampMs), bucketMs) * breakGaps
  let previousMs = Infinity
  samples.timestampMs.forEach((timestampMs, i) => {
    if (timestampMs - previousMs > breakMs) pushRow(plot, previousMs + breakMs / breakGaps, null)
    previousMs = timestampMs
    const status = statusFlag(samples.flags[i] ?? 0)
    if (status === 2) plot.anomalies.push(plot.timestampMs.length)
    pushRow(plot, timestampMs, samples.value[i] ?? null)
    const last = plot.timestampMs.length - 1
    plot.upper[last] = samples.upper[i] ?? null
    plot.lower[last] = samples.lower[i] ?? null
    plot.expected[last] = samples.expected[i] ?? null
    plot.rarity[last] = status === 0 ? null : rarity(samples.score[i] ?? 0)
    if (status === 0) plot.learnedCount = plot.timestampMs.length
  })
  plot.pastCount = plot.timestampMs.length
  pushAhead(plot, forecast)
  return plot
}

/** The dotted line begins at the newest sample. */
function pushAhead(plot: PlotColumns, forecast: ForecastColumns | undefined): void {
  const newest = plot.timestampMs.length - 1
  forecast?.timestampMs.forEach((timestampMs, i) => {
    if (timestampMs <= (plot.timestampMs.at(-1) ?? Infinity)) return
    plot.ahead[newest] = plot.value[newest] ?? null
    pushRow(plot, timestampMs, null)
    const last = plot.timestampMs.length - 1
    plot.ahead[last] = forecast.value[i] ?? null
    plot.upper[last] = forecast.upper[i] ?? null
    plot.lower[last] = forecast.lower[i] ?? null
  })
}

function pushRow(plot: PlotColumns, timestampMs: number, value: number | null): void {
  plot.timestampMs.push(timestampMs)
  plot.value.push(value)
  plot.upper.push(null)
  plot.lower.push(null)
  plot.expected.push(null)
  plot.ahead.push(null)
  plot.rarity.push(null)
}

/** Share of the height left free above and below. */
const padShare = 0.08

/**
 * The range of the value axis for rows `first` to `last`. All values are in it; a band much wider
 * than the values is cut, or the line that one came to see would be flat.
 */
export function valueRange(
  plot: Pick<PlotColumns, 'value' | 'upper' | 'lower'> & { readonly ahead?: Column },
  first: number,
  last: number,
): [number, number] {
  let [min, max] = extremes(plot.value, first, last)
  const [aheadMin, aheadMax] = extremes(plot.ahead ?? [], first, last)
  min = Math.min(min, aheadMin)
  max = Math.max(max, aheadMax)
  if (min > max) return [0, 1]
  const span = max - min || Math.abs(max) * 0.1 || 1
  const [bandMin] = extremes(plot.lower, first, last)
  const [, bandMax] = extremes(plot.upper, first, last)
  min = Math.min(min, Math.max(bandMin, min - span))
  max = Math.max(max, Math.min(bandMax, max + span))
  const pad = (max - min || span) * padShare
  return [min - pad, max + pad]
}

/** Smallest and largest; [Infinity, -Infinity] for none. */
function extremes(column: Column, first: number, last: number): [number, number] {
  let min = Infinity
  let max = -Infinity
  for (let i = first; i <= last; i++) {
    const value = column[i]
    if (value === null || value === undefined) continue
    if (value < min) min = value
    if (value > max) max = value
  }
  return [min, max]
}
