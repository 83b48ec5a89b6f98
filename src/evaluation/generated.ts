/**
 * A bench that needs no files: the seeded response-time stream, of which the truth is known.
 *
 * An alarm is right on any spike, however small. Spikes of 10 ms and more, four deviations of the
 * noise, are those that ought to be found; smaller ones drown. So
 *
 *   precision = alarmed rows with a spike / alarmed rows
 *   recall    = alarmed rows with a spike ≥ 10 ms / rows with a spike ≥ 10 ms
 *
 * The threshold that is reported is the one with the highest precision among those that find at
 * least 85 % of the spikes that ought to be found.
 *
 * Source: ours; the stream is described in stats/streams/response-times.ts.
 * Cost: O(n log n).
 */

import { ResponseTimeStream } from '../stats/streams/response-times.ts'
import type { LabelledSeries } from './corpus.ts'
import { probationSamplesOf } from './corpus.ts'

/** Two hundred load cycles of 604 ticks: 3 h 21 min at ten a second, about 1,200 spikes. */
const streamTicks = 120_800

const everyMs = 100

/** Smallest spike that ought to be found. */
const spikeMsMin = 10

/** Least recall of the reported threshold. */
export const generatedRecallMin = 0.85

/** A generated series, with what its spikes add to each row; 0 where there is none. */
export interface GeneratedSeries {
  readonly series: LabelledSeries
  readonly spikesMs: Float64Array
}

/** How alarms agree with the spikes. Precision and recall are 0 of nothing. */
export interface SpikeScore {
  readonly precision: number
  readonly recall: number
  readonly alarms: number
}

/** The stream of a seed. Its ranges are the rows with a spike that ought to be found. */
export function generatedSeries(seed: number): GeneratedSeries {
  const stream = new ResponseTimeStream(seed)
  const timestampsMs = new Float64Array(streamTicks)
  const values = new Float64Array(streamTicks)
  const spikesMs = new Float64Array(streamTicks)
  const ranges: { firstRow: number; lastRow: number }[] = []
  for (let row = 0; row < streamTicks; row++) {
    const tick = stream.next()
    timestampsMs[row] = row * everyMs
    values[row] = tick.valueMs
    spikesMs[row] = tick.spikeMs
    if (tick.spikeMs >= spikeMsMin) ranges.push({ firstRow: row, lastRow: row })
  }
  return { series: { name: 'response-times', timestampsMs, values, ranges }, spikesMs }
}

/** Counts of alarmed rows by what they stand on. */
class SpikeTally {
  readonly #spikesMs: Float64Array
  readonly #wanted: number
  #alarms = 0
  #onSpikes = 0
  #onWanted = 0

  constructor(spikesMs: Float64Array) {
    this.#spikesMs = spikesMs
    const judged = spikesMs.subarray(probationSamplesOf(spikesMs.length))
    this.#wanted = judged.reduce((sum, spike) => sum + (spike >= spikeMsMin ? 1 : 0), 0)
  }

  alarm(row: number): void {
    const spike = this.#spikesMs[row] as number
    this.#alarms++
    if (spike > 0) this.#onSpikes++
    if (spike >= spikeMsMin) this.#onWanted++
  }

  score(): SpikeScore {
    return {
      precision: this.#alarms === 0 ? 0 : this.#onSpikes / this.#alarms,
      recall: this.#wanted === 0 ? 0 : this.#onWanted / this.#wanted,
      alarms: this.#alarms,
    }
  }
}

/** Scores given alarms; rows in probation are passed over. */
export function spikeScore(spikesMs: Float64Array, alarmed: Uint8Array): SpikeScore {
  const tally = new SpikeTally(spikesMs)
  for (let row = probationSamplesOf(alarmed.length); row < alarmed.length; row++) {
    if (alarmed[row] === 1) tally.alarm(row)
  }
  return tally.score()
}

/** The most precise threshold with the least recall; of equally good ones the highest. */
export function bestSpikeScore(
  spikesMs: Float64Array,
  scores: Float64Array,
): SpikeScore & { readonly threshold: number } {
  const probation = probationSamplesOf(scores.length)
  const rows = Uint32Array.from({ length: scores.length - probation }, (_, i) => probation + i)
  rows.sort((a, b) => (scores[b] as number) - (scores[a] as number))
  const tally = new SpikeTally(spikesMs)
  let best = { precision: 0, recall: 0, alarms: 0, threshold: Infinity }
  rows.forEach((row, i) => {
    tally.alarm(row)
    const threshold = scores[row] as number
    const next = rows[i + 1]
    if (next !== undefined && scores[next] === threshold) return
    const score = tally.score()
    if (score.recall < generatedRecallMin || score.precision <= best.precision) return
    best = { ...score, threshold }
  })
  return best
}
