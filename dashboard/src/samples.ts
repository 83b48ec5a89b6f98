/**
 * The samples of the series on show: what the server sent, put together.
 *
 * The server keeps the last few hundred; the page keeps what it has seen beyond that, so a chart
 * grows while one looks. Pieces may overlap (a catch-up repeats what the history had); samples that
 * are not newer than the last one are left out.
 */

import type { SampleColumns } from '../../src/core/feed.ts'

/** Samples that the page keeps of one series. */
export const samplesMax = 5_000

export const noSamples: SampleColumns = {
  timestampMs: [],
  value: [],
  expected: [],
  lower: [],
  upper: [],
  score: [],
  flags: [],
}

const columnNames = Object.keys(noSamples) as (keyof SampleColumns)[]

/** Status in the flags of a sample: 0 probation, 1 ok, 2 anomalous, 3 rejected. */
export function statusFlag(flags: number): number {
  return flags & 3
}

/** Alarm state in the flags of a sample: 0 inactive, 1 pending, 2 firing, 3 resolved. */
export function alarmFlag(flags: number): number {
  return flags >> 2
}

function slice(columns: SampleColumns, from: number, to: number): SampleColumns {
  const part = columnNames.map((name) => [name, columns[name].slice(from, to)])
  return Object.fromEntries(part) as SampleColumns
}

function joined(head: SampleColumns, tail: SampleColumns): SampleColumns {
  const both = columnNames.map((name) => [name, [...head[name], ...tail[name]]])
  return Object.fromEntries(both) as SampleColumns
}

/** Index of the first sample later than a time; the count where there is none. */
export function firstAfter(timestampMs: readonly number[], afterMs: number): number {
  let low = 0
  let high = timestampMs.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((timestampMs[middle] ?? Infinity) > afterMs) high = middle
    else low = middle + 1
  }
  return low
}

/** Adds samples that follow the ones there are. */
export function appended(known: SampleColumns, fresh: SampleColumns): SampleColumns {
  const lastMs = known.timestampMs.at(-1) ?? -Infinity
  const from = firstAfter(fresh.timestampMs, lastMs)
  if (from === fresh.timestampMs.length) return known
  const all = joined(known, slice(fresh, from, fresh.timestampMs.length))
  const count = all.timestampMs.length
  return count <= samplesMax ? all : slice(all, count - samplesMax, count)
}

/** Takes `fresh` as the truth, and of what there was only the samples before it. */
export function replaced(known: SampleColumns, fresh: SampleColumns): SampleColumns {
  const firstMs = fresh.timestampMs[0]
  if (firstMs === undefined) return known
  const before = firstAfter(known.timestampMs, firstMs - 1)
  return appended(slice(known, 0, before), fresh)
}

/** The usual time between two samples: the median of the last hundred gaps; NaN for under two. */
export function cadenceMs(timestampMs: readonly number[]): number {
  const gaps: number[] = []
  const first = Math.max(1, timestampMs.length - 100)
  for (let i = first; i < timestampMs.length; i++) {
    gaps.push((timestampMs[i] ?? 0) - (timestampMs[i - 1] ?? 0))
  }
  gaps.sort((a, b) => a - b)
  return gaps[gaps.length >> 1] ?? NaN
}
