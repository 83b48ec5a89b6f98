/**
 * Time in a partition that several others were merged into: the second stage of a repartition.
 *
 * Each record says how far the partition of the input that it is of has come. The time of all is
 * that of the slowest: only then has everything before it come, and an alarm that hears nothing is
 * not silent only because the partition of its series is read late. Ticks are made of it.
 *
 *   marks     input/0  10:00:07      time: 10:00:05, and it never goes back
 *             input/1  10:00:05
 *             input/2  09:12:40      more than `waitMs` behind the first: not waited for
 *
 * A partition that is not waited for is forgotten until it is near again. Saved like a series, and
 * after all of them, so that a restart makes the same ticks at the same places.
 *
 * Source: Akidau and others 2015, "The dataflow model": a watermark of several inputs is the least
 * of theirs; idle inputs as in Flink's withIdleness, but by the records alone, not by a clock.
 * Cost: O(partitions of the input) a record.
 */

import type { KeyedOwner, Ledger, Mark, SavedOwner } from '../core/ledger.ts'
import { openedSnapshot, sealedSnapshot } from '../core/snapshot.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'

/** The key that it is saved under. */
export const mergedTimeKey = 'merged-time'

/** See the head of the file. */
export class MergedTime implements KeyedOwner {
  readonly ownerKey = mergedTimeKey
  mark: Mark = 'clean'
  readonly #waitMs: number
  readonly #marks = new Map<string, number>()
  #timeMs = -Infinity
  #ledger: Ledger | undefined

  constructor(waitMs: number) {
    this.#waitMs = waitMs
  }

  /** Gives it the ledger of what changed, before the first record. */
  attach(ledger: Ledger): void {
    this.#ledger = ledger
  }

  /**
   * Takes how far a partition of the input has come; returns the time of all where that is later
   * than ever before.
   */
  take(partition: string, markMs: number): number | undefined {
    const before = this.#marks.get(partition)
    if (before !== undefined && markMs <= before) return undefined
    this.#ledger?.touch(this)
    this.#marks.set(partition, markMs)
    const earliestMs = Math.max(...this.#marks.values()) - this.#waitMs
    let slowestMs = Infinity
    for (const [name, ms] of this.#marks) {
      if (ms < earliestMs) this.#marks.delete(name)
      else slowestMs = Math.min(slowestMs, ms)
    }
    if (slowestMs <= this.#timeMs) return undefined
    this.#timeMs = slowestMs
    return slowestMs
  }

  recover({ ownerKey, sealed }: SavedOwner): boolean {
    if (ownerKey !== mergedTimeKey) return false
    this.restore(openedSnapshot(sealed).body)
    return true
  }

  owner(ownerKey: string): KeyedOwner | undefined {
    return ownerKey === mergedTimeKey ? this : undefined
  }

  owners(): Iterable<KeyedOwner> {
    return [this]
  }

  sealed(): Uint8Array {
    const head = { kind: mergedTimeKey, version: 1, digest: 0, lastTimestampMs: 0 }
    return sealedSnapshot(head, (writer) => this.snapshot(writer))
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.#timeMs)
    writer.uint32(this.#marks.size)
    for (const [partition, ms] of this.#marks) {
      writer.string(partition)
      writer.float64(ms)
    }
  }

  restore(reader: SnapshotReader): void {
    this.#timeMs = reader.float64()
    const count = reader.uint32()
    for (let i = 0; i < count; i++) {
      const partition = reader.string()
      this.#marks.set(partition, reader.float64())
    }
  }
}
