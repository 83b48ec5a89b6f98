/**
 * From the samples of a range to the rows of an answer.
 *
 * Samples come in any order, some twice. As long as there are no more than wanted all are kept;
 * beyond that each falls into one of equal parts of the range, where the least and the greatest
 * value, the greatest score and the worst flags are kept with the last sample. None of these
 * depends on the order, nor on a sample that comes twice.
 *
 * Cost: O(1) a sample; memory of `points` rows.
 */

import { knownOrNull } from '../core/feed.ts'
import type { HistoryColumns, SamplesAnswer, SamplesQuery } from '../core/history.ts'
import type { SampleBlock } from './block.ts'

interface Row {
  timestampMs: number
  remainderNs: number
  value: number
  min: number
  max: number
  expected: number
  lower: number
  upper: number
  tail: number
  flags: number
}

/** Alarm states by how bad they are: inactive, resolved, pending, firing. */
const alarmRanks = [0, 2, 3, 1] as const
const alarmOfRank = [0, 3, 1, 2] as const

/** Statuses by how bad they are: probation, ok, anomalous; a rejected sample is never scored. */
function worstFlags(a: number, b: number): number {
  const status = Math.max(a & 3, b & 3)
  const rank = Math.max(alarmRanks[(a >> 2) as 0] ?? 0, alarmRanks[(b >> 2) as 0] ?? 0)
  return status | ((alarmOfRank[rank as 0] ?? 0) << 2)
}

/** See the head of the file. */
export class SamplesFold {
  readonly #query: SamplesQuery
  readonly #bucketMs: number
  /** By time and remainder, while there are few. */
  #single: Map<number, Row> | undefined = new Map()
  readonly #buckets: (Row | undefined)[] = []

  constructor(query: SamplesQuery) {
    this.#query = query
    const { fromMs, toMs, points } = query
    this.#bucketMs = Math.max(1, Math.ceil((toMs - fromMs + 1) / points))
  }

  /** Takes the samples of a block that lie in the range. */
  take(block: SampleBlock): void {
    const { fromMs, toMs, points } = this.#query
    for (let i = 0; i < block.count; i++) {
      const timestampMs = block.timestampMs[i] as number
      if (timestampMs < fromMs || timestampMs > toMs) continue
      this.#fold(block, i)
      if (this.#single === undefined) continue
      // Nanoseconds: exact for a hundred days; beyond that two samples of one millisecond are one.
      const place = (timestampMs - fromMs) * 1e6 + (block.remainderNs[i] as number)
      this.#single.set(place, rowOf(block, i))
      if (this.#single.size > points) this.#single = undefined
    }
  }

  #fold(block: SampleBlock, i: number): void {
    const timestampMs = block.timestampMs[i] as number
    const at = Math.floor((timestampMs - this.#query.fromMs) / this.#bucketMs)
    const row = this.#buckets[at]
    if (row === undefined) {
      this.#buckets[at] = rowOf(block, i)
      return
    }
    const value = block.value[i] as number
    const remainderNs = block.remainderNs[i] as number
    row.min = Math.min(row.min, value)
    row.max = Math.max(row.max, value)
    row.tail = Math.min(row.tail, block.tail[i] as number)
    row.flags = worstFlags(row.flags, block.flags[i] as number)
    const later = timestampMs - row.timestampMs || remainderNs - row.remainderNs
    if (later < 0) return
    row.timestampMs = timestampMs
    row.remainderNs = remainderNs
    row.value = value
    row.expected = block.expected[i] as number
    row.lower = block.lower[i] as number
    row.upper = block.upper[i] as number
  }

  /** `cut`: whether older samples were left out. */
  answer(cut: boolean): SamplesAnswer {
    const single = this.#single
    if (single === undefined) {
      const rows = this.#buckets.filter((row) => row !== undefined)
      return { bucketMs: this.#bucketMs, cut, columns: columnsOf(rows) }
    }
    const places = [...single.keys()].sort((a, b) => a - b)
    const rows = places.map((place) => single.get(place) as Row)
    return { bucketMs: 0, cut, columns: columnsOf(rows) }
  }
}

function rowOf(block: SampleBlock, i: number): Row {
  const value = block.value[i] as number
  return {
    timestampMs: block.timestampMs[i] as number,
    remainderNs: block.remainderNs[i] as number,
    value,
    min: value,
    max: value,
    expected: block.expected[i] as number,
    lower: block.lower[i] as number,
    upper: block.upper[i] as number,
    tail: block.tail[i] as number,
    flags: block.flags[i] as number,
  }
}

function columnsOf(rows: readonly Row[]): HistoryColumns {
  const known = (name: 'value' | 'min' | 'max' | 'expected' | 'lower' | 'upper') =>
    rows.map((row) => knownOrNull(row[name]))
  return {
    timestampMs: rows.map(({ timestampMs }) => timestampMs),
    value: known('value'),
    expected: known('expected'),
    lower: known('lower'),
    upper: known('upper'),
    score: rows.map(({ tail }) => 1 - tail),
    flags: rows.map(({ flags }) => flags),
    min: known('min'),
    max: known('max'),
  }
}
