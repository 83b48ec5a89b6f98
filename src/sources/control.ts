/**
 * Control: what people say (silences, acknowledgements, labels), as records like any other, so that
 * they stand at one place among the samples and a replay hears them there again.
 *
 *   API ──say──▶ arrivals ──asked for──▶ incoming log ──▶ 'taken'     the API answers 2xx
 *                    └ nobody asks in time, or the log is full ──▶ 'refused': the API answers 503
 *
 * Every program has one, beside its source of ticks. A word is a few hundred bytes and is said by a
 * person, so what may wait is counted in words.
 */

import type { Clock, Timers } from '../core/clock.ts'
import type { Batch, ControlRecord, Word } from '../core/record.ts'
import { Arrivals } from './intake/arrivals.ts'
import { TimeOffsets } from './pacing/beats.ts'
import type { Source } from './source.ts'

/** Words that wait at once; further ones are refused. */
const waitingMax = 1_000

/** A word that is not in the log by then is refused: people do not wait longer. */
const answerWithinMs = 10_000

/** A word on its way: what became of it is said once. */
interface Arrival {
  readonly word: Word
  readonly settle: (outcome: 'taken' | 'refused') => void
}

/** See the head of the file. */
export class ControlSource implements Source {
  readonly #partition: string
  readonly #clock: Clock & Timers
  readonly #arrivals = new Arrivals<Arrival>()
  readonly #offsets = new TimeOffsets()
  /** Those that have no answer yet. */
  readonly #waiting = new Set<Arrival>()
  #closed = false

  /** `partition`: that of the ticks, so that silences end at ticks of their own order. */
  constructor(partition: string, clock: Clock & Timers) {
    this.#partition = partition
    this.#clock = clock
  }

  /** Resolves once the word is safe in the log (`taken`), or will never be. */
  say(word: Word): Promise<'taken' | 'refused'> {
    if (this.#closed || this.#waiting.size >= waitingMax) return Promise.resolve('refused')
    return new Promise((resolve) => {
      const settle = (outcome: 'taken' | 'refused'): void => {
        takeBack()
        if (this.#forget(arrival)) resolve(outcome)
      }
      const arrival: Arrival = { word, settle }
      const takeBack = this.#clock.after(answerWithinMs, () => settle('refused'))
      this.#waiting.add(arrival)
      this.#arrivals.add(arrival)
    })
  }

  /** True the first time. */
  #forget(arrival: Arrival): boolean {
    this.#arrivals.remove(arrival)
    return this.#waiting.delete(arrival)
  }

  async *batches(signal: AbortSignal): AsyncGenerator<Batch> {
    this.#closed = false
    try {
      for await (const arrival of this.#arrivals.each(signal)) yield this.#batch(arrival)
    } finally {
      this.#closed = true
      for (const { settle } of this.#arrivals.take()) settle('refused')
    }
  }

  #batch({ word, settle }: Arrival): Batch {
    const nowMs = this.#clock.nowMs()
    const offset = this.#offsets.next(nowMs)
    const origin = { partition: this.#partition, offset, receivedMs: nowMs }
    const record = { ...word, kind: 'control', origin } as ControlRecord
    return {
      records: [record],
      acknowledge: () => settle('taken'),
      refuse: () => settle('refused'),
    }
  }
}
