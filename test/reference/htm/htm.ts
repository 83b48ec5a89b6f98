/**
 * Encoder, pooler and memory of the reference, put together from the published settings. The
 * settings are the only thing it takes from the product: they say what is to be computed.
 */

import type { HtmSettings } from '../../../src/detectors/htm/presets.ts'
import { percentBits, ringBits, sequence, valueBits } from './encoder.ts'
import { ReferencePooler } from './spatial-pooler.ts'
import { ReferenceMemory } from './temporal-memory.ts'

export class ReferenceHtm {
  readonly pooler: ReferencePooler
  readonly memory: ReferenceMemory
  readonly #settings: HtmSettings
  readonly #places: number[]

  constructor(settings: HtmSettings, seeds: { matrix: number; memory: number }, fieldCount = 1) {
    const { valueBits, timeOfDayBits, dayOfWeekBits, weekendBits, potentialShare } = settings
    const inputCount = fieldCount * valueBits + timeOfDayBits + dayOfWeekBits + weekendBits
    const whole = (share: number): number => Math.round(share * 10000)
    this.#settings = settings
    this.#places = sequence(valueBits, seeds.matrix)
    this.pooler = new ReferencePooler({
      inputCount,
      columnCount: settings.columns,
      activeCount: settings.activeColumns,
      potentialCount: Math.round(potentialShare * inputCount),
      connected: whole(settings.poolerConnected),
      increment: whole(settings.poolerIncrement),
      decrement: whole(settings.poolerDecrement),
      boostStrength: settings.boostStrength,
      weakShare: settings.weakShare,
      seed: seeds.matrix,
    })
    this.memory = new ReferenceMemory({
      ...settings,
      initial: whole(settings.initialPermanence),
      connected: whole(settings.connectedPermanence),
      increment: whole(settings.permanenceIncrement),
      decrement: whole(settings.permanenceDecrement),
      predictedDecrement: whole(settings.predictedDecrement),
      seed: seeds.memory,
    })
  }

  /** The raw score of one record: bursting columns over active columns. */
  update(timestampMs: number, values: readonly number[], ranges: readonly Range[]): number {
    const columns = this.pooler.update(this.bits(timestampMs, values, ranges), true)
    return this.memory.update(columns, true) / columns.length
  }

  /** The active input bits, in UTC: of each field, then of the moment. */
  bits(timestampMs: number, values: readonly number[], ranges: readonly Range[]): number[] {
    const { encoder, timeOfDayBits, dayOfWeekBits, weekendBits } = this.#settings
    const dayMs = 86_400_000
    // The epoch was a Thursday; weeks are counted from Monday.
    const sinceMonday = timestampMs + 3 * dayMs
    const weekend = sinceMonday % (7 * dayMs) >= 5 * dayMs
    const width = this.#settings.valueBits
    const fields = values.map((value, f) => {
      const percent = encoder === 'linear'
      const bits = percent ? percentBits(value, width) : valueBits(value, this.#places, ranges[f]!)
      return { bits, width }
    })
    const day = timeOfDayBits > 0 ? ringBits(timestampMs, dayMs, timeOfDayBits) : []
    const week = dayOfWeekBits > 0 ? ringBits(sinceMonday, 7 * dayMs, dayOfWeekBits) : []
    const rest = weekendBits > 0 ? ringBits(weekend ? 1 : 0, 2, weekendBits) : []
    const parts = [
      ...fields,
      { bits: day, width: timeOfDayBits },
      { bits: week, width: dayOfWeekBits },
      { bits: rest, width: weekendBits },
    ]
    let offset = 0
    const all: number[] = []
    for (const part of parts) {
      for (const bit of part.bits) all.push(offset + bit)
      offset += part.width
    }
    return all.sort((a, b) => a - b)
  }
}

interface Range {
  readonly centre: number
  readonly resolution: number
}
