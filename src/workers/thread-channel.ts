/**
 * A channel to a shard on a thread of its own.
 *
 * A thread that ends by itself takes its states with it, so it is not started again alone: the
 * whole program ends, nothing of what it held is acknowledged, and the next start goes on from the
 * last checkpoint.
 */

import { Worker } from 'node:worker_threads'
import { ForewarnError } from '../core/errors.ts'
import type { Channel } from './channel.ts'
import type { Answer, Request } from './messages.ts'

/** See the head of the file. */
export class ThreadChannel implements Channel {
  readonly #thread: Worker
  #closed = false

  /** `entry` is the file of the thread, `seed` what it makes its shard of. */
  constructor(entry: URL, seed: unknown) {
    this.#thread = new Worker(entry, { workerData: seed })
  }

  open(answer: (answer: Answer) => void, broken: (error: unknown) => void): void {
    const died = (cause: unknown): void => {
      if (this.#closed) return
      const message = `a worker thread has died: ${String(cause)}`
      broken(new ForewarnError('ERR_WORKERS_DIED', message, { cause }))
    }
    this.#thread.on('message', answer)
    this.#thread.on('error', died)
    this.#thread.on('exit', (code) => died(`it ended with ${code}`))
  }

  post(request: Request, buffers: readonly ArrayBuffer[]): void {
    this.#thread.postMessage(request, buffers)
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#thread.terminate()
  }
}
