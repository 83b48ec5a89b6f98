/**
 * Which positions an owner has taken: the last one of each partition.
 *
 * Positions of one partition grow, so the last one says it all. Nearly every owner is fed from one
 * partition, so that one is kept in fields and only further ones in a map.
 *
 * Cost: two comparisons a sample; one object an owner, a map entry for each further partition.
 */

import type { Origin } from './observation.ts'
import type { SnapshotReader, SnapshotWriter } from './snapshot.ts'

/**
 * Under this name an owner remembers the last record of a partition by which samples of others came
 * to it (`Origin.via`). It is none of a partition itself: those have no blank in their names.
 */
export function viaName(partition: string): string {
  return `via ${partition}`
}

/** See the head of the file. */
export class PositionMemory {
  #last: Origin | undefined
  #lastIndex = 0
  #others: Map<string, { offset: number; index: number }> | undefined

  /** True if the position is new, and remembers it; false if it was taken before. */
  take(origin: Origin, index: number): boolean {
    const last = this.#last
    if (last !== undefined && last.partition === origin.partition) {
      if (origin.offset < last.offset) return false
      if (origin.offset === last.offset && index <= this.#lastIndex) return false
    } else if (last !== undefined && !this.#newElsewhere(origin, index, last)) return false
    this.#last = origin
    this.#lastIndex = index
    if (origin.via !== undefined) this.#cameBy(origin.via)
    return true
  }

  /** Changed in place: a record is one for many samples of an owner. */
  #cameBy({ name, offset }: { readonly name: string; readonly offset: number }): void {
    const others = (this.#others ??= new Map())
    const before = others.get(name)
    if (before === undefined) others.set(name, { offset, index: 0 })
    else before.offset = Math.max(before.offset, offset)
  }

  /** The same where the sample comes from another partition than the last one. */
  #newElsewhere(origin: Origin, index: number, last: Origin): boolean {
    const others = (this.#others ??= new Map())
    const seen = others.get(origin.partition)
    if (seen !== undefined) {
      if (origin.offset < seen.offset) return false
      if (origin.offset === seen.offset && index <= seen.index) return false
    }
    others.set(last.partition, { offset: last.offset, index: this.#lastIndex })
    return true
  }

  /** True if a record at or behind this place was taken; says nothing of other partitions. */
  passed({ partition, offset }: Origin): boolean {
    if (this.#last?.partition === partition) return offset <= this.#last.offset
    const itself = this.#others?.get(partition)?.offset ?? -Infinity
    const via = this.#others?.get(viaName(partition))?.offset ?? -Infinity
    return offset <= Math.max(itself, via)
  }

  /** True if the last one is of the same partition or came by it, and before this place. */
  endsBefore({ partition, offset }: Origin): boolean {
    if (this.#last === undefined) return false
    if (this.#last.partition === partition) return this.#last.offset < offset
    const via = this.#others?.get(viaName(partition))
    return via !== undefined && via.offset < offset
  }

  /** When the last one was received, Unix milliseconds; -Infinity where nothing was taken. */
  get receivedMs(): number {
    return this.#last?.receivedMs ?? -Infinity
  }

  snapshot(writer: SnapshotWriter): void {
    writer.boolean(this.#last !== undefined)
    if (this.#last !== undefined) writeOrigin(this.#last, writer)
    writer.uint32(this.#lastIndex)
    writer.uint32(this.#others?.size ?? 0)
    for (const [partition, { offset, index }] of this.#others ?? []) {
      writer.string(partition)
      writer.float64(offset)
      writer.uint32(index)
    }
  }

  restore(reader: SnapshotReader): void {
    if (reader.boolean()) this.#last = readOrigin(reader)
    this.#lastIndex = reader.uint32()
    const others = reader.uint32()
    for (let i = 0; i < others; i++) {
      this.#others ??= new Map()
      const partition = reader.string()
      this.#others.set(partition, { offset: reader.float64(), index: reader.uint32() })
    }
  }
}

export function writeOrigin(origin: Origin, writer: SnapshotWriter): void {
  writer.string(origin.partition)
  writer.float64(origin.offset)
  writer.float64(origin.receivedMs)
}

export function readOrigin(reader: SnapshotReader): Origin {
  const partition = reader.string()
  return { partition, offset: reader.float64(), receivedMs: reader.float64() }
}
