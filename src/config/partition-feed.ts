/**
 * The one source of a partition's pipeline: it is handed batches by whoever reads the broker, one
 * at a time, and says when each has been taken.
 */

import type { Batch, InputRecord } from '../core/record.ts'
import type { Source } from '../sources/source.ts'

interface Handed {
  readonly records: readonly InputRecord[]
  readonly taken: () => void
}

/** See the head of the file. */
export class PartitionFeed implements Source {
  readonly #onSaved: (positions: ReadonlyMap<string, number>) => void
  #handed: Handed | undefined
  #wake: () => void = () => undefined
  /** Resolves once what was handed over last has been taken. */
  #idle: Promise<void> = Promise.resolve()
  #ended = false

  /** `onSaved` is told what each checkpoint of the pipeline has saved. */
  constructor(onSaved: (positions: ReadonlyMap<string, number>) => void) {
    this.#onSaved = onSaved
  }

  /** Hands records over; resolves once they are taken, at once where the feed has ended. */
  hand(records: readonly InputRecord[]): Promise<void> {
    if (this.#ended) return Promise.resolve()
    this.#idle = new Promise((taken) => {
      this.#handed = { records, taken }
      this.#wake()
    })
    return this.#idle
  }

  /** Resolves once nothing is being taken. */
  idle(): Promise<void> {
    return this.#idle
  }

  async *batches(signal: AbortSignal): AsyncGenerator<Batch> {
    const stop = (): void => this.#wake()
    signal.addEventListener('abort', stop, { once: true })
    try {
      while (!signal.aborted) {
        const handed = this.#handed
        if (handed === undefined) {
          await new Promise<void>((resolve) => (this.#wake = resolve))
          continue
        }
        yield { records: handed.records, acknowledge: () => undefined }
        this.#handed = undefined
        handed.taken()
      }
    } finally {
      this.#ended = true
      this.#handed?.taken()
      signal.removeEventListener('abort', stop)
    }
  }

  saved(positions: ReadonlyMap<string, number>): void {
    this.#onSaved(positions)
  }
}
