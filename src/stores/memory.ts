/**
 * A store in memory: for tests and for runs that need not survive. What it was given is what it
 * gives back; nothing outlives the process.
 */

import type { Checkpoint, OutboxEntry, SavedState, StateStore } from './store.ts'

/** See the head of the file. */
export class MemoryStore implements StateStore {
  readonly #owners = new Map<string, Uint8Array>()
  readonly #outbox = new Map<string, OutboxEntry>()
  #positions: ReadonlyMap<string, number> = new Map()

  load(): Promise<SavedState> {
    const owners = [...this.#owners].map(([ownerKey, sealed]) => ({ ownerKey, sealed }))
    const outbox = [...this.#outbox.values()].sort((a, b) => a.sequence - b.sequence)
    return Promise.resolve({ positions: this.#positions, owners, outbox })
  }

  save(checkpoint: Checkpoint): Promise<void> {
    // Copies, since what comes may be views on something larger.
    for (const { ownerKey, sealed } of checkpoint.saved) {
      this.#owners.set(ownerKey, sealed.slice())
    }
    for (const key of checkpoint.forgotten) this.#owners.delete(key)
    for (const entry of checkpoint.outboxAdded) this.#outbox.set(outboxKey(entry), entry)
    for (const entry of checkpoint.outboxRemoved) this.#outbox.delete(outboxKey(entry))
    this.#positions = new Map(checkpoint.positions)
    return Promise.resolve()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

function outboxKey({ sink, sequence }: { sink: string; sequence: number }): string {
  return `${sequence} ${sink}`
}
