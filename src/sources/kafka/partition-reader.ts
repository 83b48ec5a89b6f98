/**
 * What was fetched of one partition, as input records: data, and ticks between them.
 *
 * The ticks come from the records' own timestamps: where a record is in a later interval of
 * `tickEveryMs` than the one before it, a tick stands between them, with the position of the record
 * before it. So the same records give the same ticks, however often and in whatever pieces they are
 * fetched. Only a partition that has had nothing new for a while ticks by the clock.
 */

import type { RecordsBatch } from '@platformatic/kafka'
import type { InputRecord } from '../../core/record.ts'
import { rejection } from '../../core/rejection.ts'
import type { RejectionListener } from '../source.ts'

/** Bits of a batch's attributes: https://kafka.apache.org/documentation/#recordbatch */
const logAppendTimeBit = 0x08
const controlBit = 0x20

/** Options that matter to a partition. */
export interface PartitionReaderOptions {
  readonly recordBytesMax: number
  readonly tickEveryMs: number
  readonly idleAfterMs: number
}

/** One assigned partition and how far it has been read. */
export class PartitionReader {
  /** Its name in origins. */
  readonly partition: string
  /** The next offset to fetch. */
  nextOffset: number
  /** Behind the newest record that readers may see, as its broker said last. */
  endOffset = 0
  /** Records that were taken without a key. */
  unkeyed = 0
  readonly #options: PartitionReaderOptions
  readonly #onRejection: RejectionListener
  /** The interval of the last record or tick; undefined before the first one. */
  #interval: number | undefined
  /** When something came last, by the clock of this machine. */
  #arrivedMs = -Infinity
  /** True while the record before the wanted one is fetched again for its interval. */
  #looksBack: boolean

  /** `goesOn`: the record before `nextOffset` was taken by an earlier run. */
  constructor(
    partition: string,
    { nextOffset, goesOn }: { readonly nextOffset: number; readonly goesOn: boolean },
    options: PartitionReaderOptions,
    onRejection: RejectionListener,
  ) {
    this.partition = partition
    this.nextOffset = nextOffset
    this.#looksBack = goesOn && nextOffset > 0
    this.#options = options
    this.#onRejection = onRejection
  }

  /**
   * Where to fetch from. After a restart that is one record earlier than what is wanted, because
   * the interval of that one decides whether a tick stands before the next.
   */
  get fetchOffset(): number {
    return this.#looksBack ? this.nextOffset - 1 : this.nextOffset
  }

  /** Goes on at another record, because the wanted one is not there any more. */
  beginAt(offset: number): void {
    this.nextOffset = offset
    this.#looksBack = false
  }

  /** Goes back to where it was before a record that was read but not handed on. */
  rewind(offset: number): void {
    this.nextOffset = offset
    this.#looksBack = offset > 0
  }

  /** Appends what was fetched, without what was fetched before. */
  take(batches: readonly RecordsBatch[], nowMs: number, records: InputRecord[]): void {
    if (batches.length > 0) this.#arrivedMs = nowMs
    for (const batch of batches) {
      const firstOffset = Number(batch.firstOffset)
      const endOffset = firstOffset + batch.lastOffsetDelta + 1
      if ((batch.attributes & controlBit) === 0 && endOffset > this.fetchOffset) {
        const byBroker = (batch.attributes & logAppendTimeBit) !== 0
        const firstMs = Number(batch.firstTimestamp)
        const maxMs = Number(batch.maxTimestamp)
        for (const { offsetDelta, timestampDelta, key, value } of batch.records) {
          const offset = firstOffset + offsetDelta
          const timestampMs = byBroker ? maxMs : firstMs + Number(timestampDelta)
          if (offset >= this.nextOffset) {
            // The client's reader has null for a key that is absent.
            if (key === null || key.length === 0) this.unkeyed++
            this.#take(offset, timestampMs, value, records)
          } else this.#interval = this.#intervalOf(timestampMs)
        }
      }
      this.#looksBack = false
      // Markers of transactions and what compaction took away have offsets too.
      this.nextOffset = Math.max(this.nextOffset, endOffset)
    }
  }

  #take(
    offset: number,
    timestampMs: number,
    value: Uint8Array | null,
    records: InputRecord[],
  ): void {
    const origin = { partition: this.partition, offset, receivedMs: timestampMs }
    const interval = this.#intervalOf(timestampMs)
    if (this.#interval !== undefined && interval > this.#interval) {
      const tickMs = interval * this.#options.tickEveryMs
      records.push({ kind: 'tick', timestampMs: tickMs, origin: { ...origin, offset: offset - 1 } })
    }
    this.#interval = interval
    if (value === null) return
    if (value.length > this.#options.recordBytesMax) {
      const detail = `a record of ${value.length} bytes, over ${this.#options.recordBytesMax}`
      this.#onRejection(rejection('too_long', detail, ''))
      return
    }
    records.push({ kind: 'data', bytes: value, origin })
  }

  #intervalOf(timestampMs: number): number {
    return Math.floor(timestampMs / this.#options.tickEveryMs)
  }

  /**
   * A tick by the clock, where a broker that was asked at `nowMs` has said that there is nothing
   * new; undefined while none is due.
   */
  idle(nowMs: number): InputRecord | undefined {
    const interval = this.#intervalOf(nowMs)
    if (this.#interval === undefined || interval <= this.#interval) return undefined
    if (nowMs - this.#arrivedMs < this.#options.idleAfterMs) return undefined
    this.#interval = interval
    const timestampMs = interval * this.#options.tickEveryMs
    const offset = this.nextOffset - 1
    const origin = { partition: this.partition, offset, receivedMs: nowMs }
    return { kind: 'tick', timestampMs, origin }
  }
}
