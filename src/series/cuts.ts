/**
 * Cuts: how a checkpoint gets at the states of all owners as of one moment, wherever they live.
 *
 * A checkpoint draws the cut, waits until the reports before it are with the outlets, and fetches
 * the copies; see checkpoint.ts for the order of it all.
 */

import type { Timers } from '../core/clock.ts'
import type { KeyedOwner, Ledger, SavedOwner } from '../core/ledger.ts'

/** The states of one cut. */
export interface Copies {
  readonly saved: readonly SavedOwner[]
  /** Keys of owners that are no more. */
  readonly forgotten: readonly string[]
}

/** The owners of a pipeline, as a checkpoint sees them. One cut at a time. */
export interface Cuts {
  /**
   * Draws the cut after everything that was taken so far. Calls `offered` once, at the moment when
   * every report from before the cut has been offered to the outlets and none from after it, and
   * resolves then.
   */
  cut(offered: () => void): Promise<void>
  /** The copies of the owners that had changed, once all are there. Scoring goes on meanwhile. */
  copies(): Promise<Copies>
  /** The copies are saved. */
  saved(): void
  /** The copies could not be saved: their owners are due again at the next cut. */
  putBack(): void
  /**
   * All that was ever saved is lost: every owner is due at the next cut, also where changes are not
   * remembered. Without this, those that do not change are saved no more.
   */
  lost?(): void
}

/** What the cuts of one ledger work on. */
export interface LedgerCutsParts {
  readonly ledger: Ledger
  /** The live owner of a key, or undefined: the catalog's and the transforms'. */
  readonly findOwner: (ownerKey: string) => KeyedOwner | undefined
  /** All live owners. */
  readonly owners: () => Iterable<KeyedOwner>
  readonly clock: Timers
  /** Owners copied between two turns of the event loop. */
  readonly ownersPerTurn?: number
}

/** Owners copied between two turns of the event loop, if nothing else is said: about 1 ms. */
export const usualOwnersPerTurn = 128

/** The cuts of owners in this thread, whose reports are offered as soon as they are made. */
export class LedgerCuts implements Cuts {
  readonly #parts: LedgerCutsParts
  #copies: Copies = { saved: [], forgotten: [] }

  constructor(parts: LedgerCutsParts) {
    this.#parts = parts
  }

  cut(offered: () => void): Promise<void> {
    this.#parts.ledger.cut()
    offered()
    return Promise.resolve()
  }

  async copies(): Promise<Copies> {
    const { ledger, clock, ownersPerTurn = usualOwnersPerTurn } = this.#parts
    while (!ledger.copySome(ownersPerTurn)) await nextTurn(clock)
    this.#copies = ledger.collect()
    return this.#copies
  }

  saved(): void {
    this.#copies = { saved: [], forgotten: [] }
  }

  putBack(): void {
    const { saved, forgotten } = this.#copies
    const { ledger, findOwner } = this.#parts
    ledger.putBack(saved, forgotten, findOwner)
    this.saved()
  }

  lost(): void {
    const { ledger, owners } = this.#parts
    ledger.changeAll(owners())
  }
}

/** Lets whatever waits on the event loop run: scoring goes on between two groups of copies. */
function nextTurn(timers: Timers): Promise<void> {
  return new Promise((resolve) => timers.after(0, resolve))
}
