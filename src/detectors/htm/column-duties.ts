/**
 * How often each column overlaps with something and how often it wins: the ground for boosting
 * and for bumping.
 *
 * Counted over rounds of 50 learned records and blended into a mean over about 1000:
 *
 *   duty ← duty + (count / 50 - duty) / min(rounds, 20)
 *
 * in single precision. The boost of a column is exp(-strength × (active duty - active share)), in
 * 256ths, at most 65535. A column is weak if its overlap duty is under `weakShare` of the largest.
 *
 * Source: Numenta, BAMI, "Spatial Pooling", phase 3. Differs: NuPIC blends every record and revises
 * the boost every record; a round makes it two additions a word.
 * Cost: some hundred nanoseconds a record, 16 bytes a column.
 */

import type { SnapshotReader, SnapshotWriter } from '../../core/snapshot.ts'
import { BitPlanes } from './bit-planes.ts'

/** NuPIC's updatePeriod. */
export const roundRecords = 50

/** NuPIC's dutyCyclePeriod of 1000 records. */
const roundsMax = 20

export interface DutyRates {
  readonly columnCount: number
  readonly activeCount: number
  /** 0 switches boosting off. */
  readonly boostStrength: number
  /** 0 switches bumping off. */
  readonly weakShare: number
}

export class ColumnDuties {
  /** Boost of each column in 256ths. */
  readonly boosts: Uint16Array
  readonly #rates: DutyRates
  readonly #overlapCounts: BitPlanes
  readonly #overlapping: Uint32Array
  readonly #activeCounts: Uint8Array
  readonly #overlapDuty: Float32Array
  readonly #activeDuty: Float32Array
  #records = 0
  #rounds = 0

  constructor(rates: DutyRates) {
    const { columnCount } = rates
    this.#rates = rates
    this.boosts = new Uint16Array(columnCount).fill(256)
    this.#overlapCounts = new BitPlanes(columnCount >>> 5, roundRecords)
    this.#overlapping = new Uint32Array(columnCount >>> 5)
    this.#activeCounts = new Uint8Array(columnCount)
    this.#overlapDuty = new Float32Array(columnCount)
    this.#activeDuty = new Float32Array(columnCount)
  }

  /** Whether winners are chosen by boosted overlap. */
  get boosting(): boolean {
    return this.#rates.boostStrength > 0
  }

  /** Counts one learned record. True at the end of a round: then call `endRound`. */
  count(overlaps: BitPlanes, active: Uint16Array): boolean {
    overlaps.writeNonZero(this.#overlapping)
    this.#overlapCounts.addRow(this.#overlapping, 0)
    for (const column of active) this.#activeCounts[column]!++
    this.#records++
    return this.#records === roundRecords
  }

  /** Revises duties and boosts; returns the weak columns, ascending. */
  endRound(): number[] {
    const { columnCount, activeCount, boostStrength, weakShare } = this.#rates
    this.#records = 0
    this.#rounds = Math.min(this.#rounds + 1, roundsMax)
    let dutyMax = 0
    for (let c = 0; c < columnCount; c++) {
      const overlap = this.#overlapDuty[c]!
      const active = this.#activeDuty[c]!
      const overlapShare = this.#overlapCounts.count(c) / roundRecords
      const activeShare = this.#activeCounts[c]! / roundRecords
      this.#overlapDuty[c] = overlap + (overlapShare - overlap) / this.#rounds
      this.#activeDuty[c] = active + (activeShare - active) / this.#rounds
      dutyMax = Math.max(dutyMax, this.#overlapDuty[c]!)
    }
    this.#overlapCounts.clear()
    this.#activeCounts.fill(0)
    if (boostStrength > 0) this.#revise(boostStrength, activeCount / columnCount)
    const weak: number[] = []
    for (let c = 0; c < columnCount; c++) {
      if (this.#overlapDuty[c]! < weakShare * dutyMax) weak.push(c)
    }
    return weak
  }

  #revise(strength: number, target: number): void {
    for (let c = 0; c < this.boosts.length; c++) {
      const boost = Math.exp(-strength * (this.#activeDuty[c]! - target))
      this.boosts[c] = Math.min(65535, Math.round(256 * boost))
    }
  }

  snapshot(writer: SnapshotWriter): void {
    writer.uint8(this.#records)
    writer.uint8(this.#rounds)
    writer.typedArray(this.#overlapCounts.bits)
    writer.bytes(this.#activeCounts)
    writer.typedArray(this.#overlapDuty)
    writer.typedArray(this.#activeDuty)
    writer.typedArray(this.boosts)
  }

  restore(reader: SnapshotReader): void {
    this.#records = reader.uint8()
    this.#rounds = reader.uint8()
    reader.typedArray(this.#overlapCounts.bits)
    this.#activeCounts.set(reader.bytes())
    reader.typedArray(this.#overlapDuty)
    reader.typedArray(this.#activeDuty)
    reader.typedArray(this.boosts)
  }
}
