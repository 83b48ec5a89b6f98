/**
 * Clock: ticks, so that what must happen without data happens too. Alarms resolve, idle series are
 * forgotten, windows close at ticks and at nothing else, so a replay of the same records does the
 * same at the same places.
 *
 * The ticks are records like any other, in a partition of their own. Their time never runs back,
 * even where the machine's clock does.
 */

import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { Batch } from '../core/record.ts'
import { TimeOffsets, beats } from './pacing/beats.ts'
import type { Source, SourceSurroundings } from './source.ts'

export const clockOptions = {
  everyMs: {
    kind: 'duration',
    min: 10,
    max: 3_600_000,
    default: 1000,
    about: 'Time between two ticks.',
  },
} as const satisfies OptionSpecs

export type ClockOptions = OptionsOf<typeof clockOptions>

/** See the head of the file. */
export class ClockSource implements Source {
  readonly #options: ClockOptions
  readonly #surroundings: SourceSurroundings

  constructor(options: ClockOptions, surroundings: SourceSurroundings) {
    this.#options = options
    this.#surroundings = surroundings
  }

  async *batches(signal: AbortSignal): AsyncGenerator<Batch> {
    const { name, clock } = this.#surroundings
    const offsets = new TimeOffsets()
    let timestampMs = -Infinity
    for await (const nowMs of beats(this.#options.everyMs, clock, signal)) {
      timestampMs = Math.max(timestampMs, nowMs)
      const origin = { partition: name, offset: offsets.next(nowMs), receivedMs: nowMs }
      yield { records: [{ kind: 'tick', timestampMs, origin }], acknowledge: () => {} }
    }
  }
}
