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

  constructor(settings: HtmSettings, seeds: { matrix: number; memory: number }) {
    const { valueBits, timeOfDayBits, dayOfWeekBits, weekendBits, potentialShare } = settings
    const inputCount = valueBits + timeOfDayBits + dayOfWeekBits + weekendBits
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
  update(
    timestampMs: number,
    value: number,
    range: { centre: number; resolution: number },
  ): number {
    const columns = this.pooler.update(this.bits(timestampMs, value, range), true)
    return this.memory.update(columns, true) / columns.length
  }

  /** The active input bits, in UTC. */
  bits(
    timestampMs: number,
    value: number,
    range: { centre: number; resolution: number },
  ): number[] {
    const { encoder, timeOfDayBits, dayOfWeekBits, weekendBits } = this.#settings
    const width = this.#settings.valueBits
    const dayMs = 86_400_000
    // The epoch was a Thursday; weeks are counted from Monday.
    const sinceMonday = timestampMs + 3 * dayMs
    const weekend = sinceMonday % (7 * dayMs) >= 5 * dayMs
    const parts = [
      encoder === 'linear' ? percentBits(value, width) : valueBits(value, this.#places, range),
      timeOfDayBits > 0 ? ringBits(timestampMs, dayMs, timeOfDayBits) : [],
      dayOfWeekBits > 0 ? ringBits(sinceMonday, 7 * dayMs, dayOfWeekBits) : [],
      weekendBits > 0 ? ringBits(weekend ? 1 : 0, 2, weekendBits) : [],
    ]
    const offsets = [0, width, width + timeOfDayBits, width + timeOfDayBits + dayOfWeekBits]
    return parts.flatMap((bits, p) => bits.map((bit) => bit + offsets[p]!)).sort((a, b) => a - b)
  }
}
