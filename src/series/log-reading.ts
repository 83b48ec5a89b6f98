/**
 * Reading the incoming log: batch after batch, until it is closed and empty, so that a stop loses
 * nothing that was answered. Somebody may wait until all that is in it now has been taken.
 */

import type { Timers } from '../core/clock.ts'
import type { NamedRecord } from '../core/record.ts'
import type { RecordLog } from '../stores/store.ts'

/** Longest wait for the reader: a sink that is waited for may hold it up without end. */
const patienceMs = 10_000

/** See the head of the file. */
export class LogReading {
  readonly #log: RecordLog
  readonly #take: (records: readonly NamedRecord[]) => Promise<void>
  /** What was in the log at the start has been read by an earlier run, or comes first. */
  #takenOffset: number
  #waiter: { readonly offset: number; readonly tell: () => void } | undefined

  constructor(log: RecordLog, take: (records: readonly NamedRecord[]) => Promise<void>) {
    this.#log = log
    this.#take = take
    this.#takenOffset = log.state().acknowledgedOffset
  }

  async run(): Promise<void> {
    for await (const { records, lastOffset } of this.#log.batches(new AbortController().signal)) {
      await this.#take(records)
      this.#takenOffset = lastOffset
      this.#tell()
    }
  }

  /** Resolves once all that is in the log by now has been taken, or after ten seconds. */
  caughtUp(timers: Timers): Promise<void> {
    const offset = this.#log.state().lastOffset
    return new Promise((resolve) => {
      const cancel = timers.after(patienceMs, resolve)
      const tell = (): void => {
        cancel()
        resolve()
      }
      this.#waiter = { offset, tell }
      this.#tell()
    })
  }

  #tell(): void {
    if (this.#waiter === undefined || this.#takenOffset < this.#waiter.offset) return
    this.#waiter.tell()
    this.#waiter = undefined
  }
}
