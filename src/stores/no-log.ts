/**
 * The log of a pipeline whose sources can all be asked again: nothing has to be kept, and whoever
 * tries is told so.
 */

import { ForewarnError } from '../core/errors.ts'
import type { LogBatch, LogState, RecordLog } from './store.ts'

/** See the head of the file. */
export class NoLog implements RecordLog {
  readonly partition = 'log'
  readonly #closed = Promise.withResolvers<void>()

  append(): Promise<void> {
    const message = 'there is no incoming log: every source keeps its records itself'
    return Promise.reject(new ForewarnError('ERR_LOG_WRITE', message))
  }

  /** Nothing, until it is closed. */
  async *batches(signal: AbortSignal): AsyncGenerator<LogBatch> {
    const stop = (): void => this.#closed.resolve()
    signal.addEventListener('abort', stop, { once: true })
    if (!signal.aborted) await this.#closed.promise
    signal.removeEventListener('abort', stop)
    yield* []
  }

  acknowledge(): void {}

  state(): LogState {
    return { diskBytes: 0, memoryBytes: 0, lastOffset: -1, acknowledgedOffset: -1 }
  }

  close(): Promise<void> {
    this.#closed.resolve()
    return Promise.resolve()
  }
}
