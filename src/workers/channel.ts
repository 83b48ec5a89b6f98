/** How the main thread reaches a shard: over a thread's port, or in memory in a simulation. */

import type { Answer, Request } from './messages.ts'

/** See the head of the file. */
export interface Channel {
  /** To be called once, first. `broken` is called when no answer will come any more. */
  open(answer: (answer: Answer) => void, broken: (error: unknown) => void): void
  /** Sends a message after those before it; the buffers go with it and are gone here. */
  post(request: Request, buffers: readonly ArrayBuffer[]): void
  close(): Promise<void>
}
