/**
 * Which owners have changed since they were last saved.
 *
 *   clean ──touch──▶ changed ──cut──▶ due ──copied──▶ clean
 *                      ▲                │
 *                      └───── touch ────┘   (copied first, then changed again)
 *
 * A checkpoint is a cut in the input. At the cut every changed owner becomes due; it is copied
 * before it takes anything after the cut: either in the background, or at the last moment by
 * `touch`. So all copies are of one moment, and nothing stops for them.
 *
 * Cost: one comparison a sample where the owner has changed already since the cut.
 */

import { Slab } from './slab.ts'
import type { Owner } from './snapshot.ts'

/** Where an owner stands between two checkpoints. */
export type Mark = 'clean' | 'changed' | 'due'

/** An owner that is saved under a key of its own. */
export interface KeyedOwner extends Owner {
  /** Unique among all owners of a process; a prefix tells the kind: `series/…`, `rate/…`. */
  readonly ownerKey: string
  /** Read and written by the ledger alone, except that hot paths may compare it to `changed`. */
  mark: Mark
  /** The state in its sealed envelope, ready to be stored; in the slab, where there is one. */
  sealed(slab?: Slab): Uint8Array
}

/** Whoever has owners: what of it matters to what is saved and what was saved. */
export interface OwnerKeeper {
  /** Takes a saved owner back; false where it is not one of its own. Throws like a snapshot. */
  recover?(saved: SavedOwner): boolean
  /** The owner saved under a key, or undefined. */
  owner?(ownerKey: string): KeyedOwner | undefined
  /** All of its owners. */
  owners?(): Iterable<KeyedOwner>
}

/** A saved owner. */
export interface SavedOwner {
  readonly ownerKey: string
  readonly sealed: Uint8Array
}

/** Bytes copied at once, at most one owner more: a large one takes 3 ms for 500 KiB. */
const copyBytesMax = 262_144

type KeyOfOwner = Pick<SavedOwner, 'ownerKey'>

/** See the head of the file. One for each thread that has owners. */
export class Ledger {
  #changed: KeyedOwner[] = []
  #due: KeyedOwner[] = []
  #copies: SavedOwner[] = []
  #slab = new Slab()
  #forgotten = new Set<string>()
  readonly #tracking: boolean

  /** `off`: changes are not remembered; a cut needs `changeAll` before it. */
  constructor(tracking: 'on' | 'off' = 'on') {
    this.#tracking = tracking === 'on'
  }

  /** Owners changed since the last cut. */
  get changedCount(): number {
    return this.#changed.length
  }

  /** Owners that are due and not copied yet, at most. */
  get dueCount(): number {
    return this.#due.length
  }

  /** To be called before an owner changes, where its mark is not `changed` already. */
  touch(owner: KeyedOwner): void {
    if (owner.mark === 'changed') return
    if (owner.mark === 'due') this.#copy(owner)
    owner.mark = 'changed'
    if (!this.#tracking) return
    this.#changed.push(owner)
    if (this.#forgotten.size > 0) this.#forgotten.delete(owner.ownerKey)
  }

  /** An owner that is no more; its saved state goes with the next checkpoint. */
  forget(owner: KeyedOwner): void {
    owner.mark = 'clean'
    this.forgetKey(owner.ownerKey)
  }

  /** The same for one that was saved and is not made again; one of its key may come later. */
  forgetKey(ownerKey: string): void {
    if (this.#tracking) this.#forgotten.add(ownerKey)
  }

  /** Draws the cut: what has changed is due. The cut before must have been collected. */
  cut(): void {
    this.#due = this.#changed
    this.#changed = []
    for (const owner of this.#due) if (owner.mark === 'changed') owner.mark = 'due'
  }

  /** All of these count as changed, whatever is remembered. Between two cuts. */
  changeAll(owners: Iterable<KeyedOwner>): void {
    this.#changed = [...owners]
    for (const owner of this.#changed) owner.mark = 'changed'
  }

  /**
   * Copies up to `count` due owners, fewer where they are large; true once none is left. What was
   * copied may be collected at any time.
   */
  copySome(count: number): boolean {
    let bytes = 0
    for (let i = 0; i < count && bytes < copyBytesMax; i++) {
      const owner = this.#due.pop()
      if (owner === undefined) return true
      if (owner.mark !== 'due') continue
      bytes += this.#copy(owner)
      owner.mark = 'clean'
    }
    return this.#due.length === 0
  }

  /** Hands out the copies made so far and the keys forgotten, and forgets both. */
  collect(): { saved: SavedOwner[]; forgotten: string[] } {
    const saved = this.#copies
    const forgotten = [...this.#forgotten]
    this.#copies = []
    this.#slab = new Slab()
    this.#forgotten = new Set()
    return { saved, forgotten }
  }

  /** After a failed save: what was not saved is due again at the next cut. */
  putBack(saved: readonly KeyOfOwner[], forgotten: readonly string[], find: FindOwner): void {
    for (const key of forgotten) if (find(key) === undefined) this.#forgotten.add(key)
    for (const { ownerKey } of saved) {
      const owner = find(ownerKey)
      if (owner !== undefined) this.touch(owner)
    }
  }

  /** Returns the size of the copy. */
  #copy(owner: KeyedOwner): number {
    const sealed = owner.sealed(this.#slab)
    this.#copies.push({ ownerKey: owner.ownerKey, sealed })
    return sealed.length
  }
}

type FindOwner = (ownerKey: string) => KeyedOwner | undefined
