/**
 * How segments come, grow and give way to others.
 *
 * New synapses go to winners of the last record, drawn at random from stream (seed, record,
 * segment): for k = 0, 1, … one draw j = k + below(candidates - k) takes candidate j, and candidate
 * k moves to its place. A full segment first gives up synapses to cells that were not active, the
 * weakest first. A full cell closes the segment that was used longest ago; a full memory one that
 * was not used since the hand of a clock last passed (Corbató 1968, second chance).
 */

import { drawBelow, nextState, streamState } from './draws.ts'
import type { Segments } from './segments.ts'
import type { MemoryRates } from './temporal-memory.ts'

/** Grows the segments of one memory. */
export class SegmentGrowth {
  /** The segment that the clock looks at next. */
  hand = 0
  readonly #segments: Segments
  readonly #rates: MemoryRates
  /** Winners of the last record, ascending, and as bits by column. */
  #winners: readonly number[] = []
  readonly #winnerWords: Uint32Array

  constructor(segments: Segments, rates: MemoryRates) {
    this.#segments = segments
    this.#rates = rates
    this.#winnerWords = new Uint32Array(segments.limits.columnCount)
  }

  /** Says who won at the last record. The list must stay as it is until the next call. */
  setWinners(winners: readonly number[]): void {
    for (const cell of this.#winners) this.#winnerWords[cell >>> 5] = 0
    this.#winners = winners
    this.#noteWinners()
  }

  /** Up to `wanted` new synapses, to winners of the last record that the segment does not see. */
  grow(segment: number, wanted: number, record: number): void {
    if (wanted <= 0) return
    const segments = this.#segments
    const candidates = this.#candidates(segment)
    const { synapsesMax } = segments.limits
    let count = Math.min(wanted, candidates.length)
    let room = synapsesMax - segments.synapsesOf(segment)
    while (room < count && this.#removeWeakest(segment)) room++
    count = Math.min(count, room)
    let state = streamState(this.#rates.seed, record, segment)
    for (let k = 0; k < count; k++) {
      state = nextState(state)
      const j = k + drawBelow(state, candidates.length - k)
      const source = candidates[j]!
      candidates[j] = candidates[k]!
      segments.addSynapse(segment, source, this.#rates.initial)
    }
  }

  readonly #scratch: number[] = []

  /** Winners of the last record to which the segment has no synapse, ascending; reused. */
  #candidates(segment: number): number[] {
    const { excited, sources, wordsPerSegment } = this.#segments
    const words = this.#winnerWords
    const start = segment * wordsPerSegment
    for (let w = start; w < start + wordsPerSegment; w++) {
      for (let bits = excited[w]!; bits !== 0; bits &= bits - 1) {
        const source = sources[w * 32 + 31 - Math.clz32(bits & -bits)]!
        words[source >>> 5] = words[source >>> 5]! & ~(1 << (source & 31))
      }
    }
    const found = this.#scratch
    found.length = 0
    for (const cell of this.#winners) {
      if (((words[cell >>> 5]! >>> (cell & 31)) & 1) === 1) found.push(cell)
    }
    this.#noteWinners()
    return found
  }

  #noteWinners(): void {
    const words = this.#winnerWords
    for (const cell of this.#winners) words[cell >>> 5] = words[cell >>> 5]! | (1 << (cell & 31))
  }

  /** Removes the weakest synapse that is not excited, the one to the lowest cell among equals. */
  #removeWeakest(segment: number): boolean {
    const { valid, excited, permanences, sources, wordsPerSegment } = this.#segments
    const start = segment * wordsPerSegment
    let weakest = -1
    for (let w = start; w < start + wordsPerSegment; w++) {
      for (let bits = valid[w]! & ~excited[w]!; bits !== 0; bits &= bits - 1) {
        const slot = w * 32 + 31 - Math.clz32(bits & -bits)
        const gain = weakest < 0 ? 1 : permanences[weakest]! - permanences[slot]!
        if (gain > 0 || (gain === 0 && sources[slot]! < sources[weakest]!)) weakest = slot
      }
    }
    if (weakest < 0) return false
    this.#segments.removeSynapse(weakest)
    return true
  }

  /** A new segment on a cell, to the winners of the last record. */
  sprout(cell: number, record: number): void {
    const segments = this.#segments
    const place = segments.index.placeOf(cell)
    if (segments.index.segmentCounts[place]! >= this.#rates.segmentsPerCellMax) {
      this.#closeOldestOf(cell)
    }
    if (segments.count === segments.limits.segmentsMax) this.#closeUnused()
    const segment = segments.open(cell, record)
    this.grow(segment, this.#rates.newSynapses, record)
    segments.recount(segment)
  }

  /** Frees the segment of a cell that was used longest ago, the lowest among equals. */
  #closeOldestOf(cell: number): void {
    const segments = this.#segments
    let oldest = -1
    for (let s = 0; s < segments.end; s++) {
      if (segments.cells[s] !== cell || segments.synapsesOf(s) === 0) continue
      if (oldest < 0 || segments.lastUsed[s]! < segments.lastUsed[oldest]!) oldest = s
    }
    segments.close(oldest)
  }

  /** Second chance: the hand clears marks until it meets a segment without one, and frees it. */
  #closeUnused(): void {
    const { marks, limits } = this.#segments
    while (marks[this.hand] === 1) {
      marks[this.hand] = 0
      this.hand = (this.hand + 1) % limits.segmentsMax
    }
    this.#segments.close(this.hand)
    this.hand = (this.hand + 1) % limits.segmentsMax
  }
}
