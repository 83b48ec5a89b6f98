/**
 * When idle series are looked for next. Saved like a series, so that a restart forgets none at
 * another time.
 */

import type { KeyedOwner, Ledger, Mark } from '../core/ledger.ts'
import { openedSnapshot, sealedSnapshot } from '../core/snapshot.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'

/** Share of `idleAfterMs` between two searches for idle series. */
const idleChecksPerPeriod = 16

/** The key that it is saved under. */
export const idleClockKey = 'series-idle-clock'

/** See the head of the file. */
export class IdleClock implements KeyedOwner {
  readonly ownerKey: string
  mark: Mark = 'clean'
  readonly #idleAfterMs: number
  readonly #ledger: Ledger
  #nextCheckMs = -Infinity

  /** `idleAfterMs` of 0: series are never forgotten. */
  constructor(idleAfterMs: number, ledger: Ledger, ownerKey = idleClockKey) {
    this.ownerKey = ownerKey
    this.#idleAfterMs = idleAfterMs
    this.#ledger = ledger
  }

  /** Where a tick is one for a search: series that sent nothing since this time are idle. */
  idleBeforeMs(timestampMs: number): number | undefined {
    if (this.#idleAfterMs === 0 || timestampMs < this.#nextCheckMs) return undefined
    this.#ledger.touch(this)
    this.#nextCheckMs = timestampMs + this.#idleAfterMs / idleChecksPerPeriod
    return timestampMs - this.#idleAfterMs
  }

  sealed(): Uint8Array {
    const head = { kind: 'idle-clock', version: 1, digest: 0, lastTimestampMs: 0 }
    return sealedSnapshot(head, (writer) => this.snapshot(writer))
  }

  /** Takes back what `sealed` made. Throws ERR_SNAPSHOT_DAMAGED. */
  unseal(sealed: Uint8Array): void {
    this.restore(openedSnapshot(sealed).body)
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.#nextCheckMs)
  }

  restore(reader: SnapshotReader): void {
    this.#nextCheckMs = reader.float64()
  }
}
