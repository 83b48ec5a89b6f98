import type { RedisStore } from '../stores/redis.ts'
import type { Checkpoint, SavedState, StateStore } from '../stores/store.ts'

/** A store that can be left: from then on nothing is saved, and that is no failure. */
export class LeavableStore implements StateStore {
  readonly #store: RedisStore
  #left = false

  constructor(store: RedisStore) {
    this.#store = store
  }

  leave(): void {
    this.#left = true
  }

  load(): Promise<SavedState> {
    return this.#store.load()
  }

  /** What it saved last. */
  read(): Promise<SavedState> {
    return this.#store.read()
  }

  async save(checkpoint: Checkpoint): Promise<void> {
    if (!this.#left) await this.#store.save(checkpoint)
  }

  renew(): Promise<string> {
    return this.#store.renew()
  }

  close(): Promise<void> {
    return this.#store.close()
  }
}
