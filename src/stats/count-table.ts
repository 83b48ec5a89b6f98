/**
 * Fading counts of small whole numbers.
 *
 * A new visit counts w, and w grows by 1 / (1 - 1/memory) at each; a count is read divided by w, so
 * that old visits fade without being touched. When w is large, all counts are scaled down.
 *
 * Where the keys are few the table is dense, one 32-bit float a key: their 24 bits hold a faded
 * count to 6 digits, and a plain one exactly up to 16 million. Otherwise it is a hash table with
 * open addressing and linear probing, keyed by the number itself; at its largest size it forgets
 * the lowest counts.
 *
 * Cost: dense 4 bytes a key; sparse 8 bytes a slot (12 for keys over 2³¹), at most 256 slots.
 */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'

/** Keys up to which the table is dense: 4 KiB. */
const denseSizeMax = 1024

const sparseSlotsMin = 64
/** 192 keys. By measurement: with 1024 slots NAB and KPI are the same, cloud gains .004. */
const sparseSlotsMax = 256

/** Largest share of used slots. Source: Knuth, volume 3, 6.4: 2.5 probes a hit at this load. */
const loadMax = 0.75

/** Past this weight counts are scaled down; a float holds 2¹²⁷. */
const weightMax = 2 ** 20

/** Keys by slot, -1 in an empty one. */
type Keys = Int32Array | Float64Array

/** See the head of the file. */
export class CountTable {
  readonly #size: number
  /** Undefined in a dense table. */
  #keys: Keys | undefined
  #counts: Float32Array
  #used = 0
  #weight = 1

  /** `size` is the number of possible keys, 0 to size - 1. */
  constructor(size: number) {
    this.#size = size
    const dense = size <= denseSizeMax
    this.#counts = new Float32Array(dense ? size : sparseSlotsMin)
    if (!dense) this.#keys = emptyKeys(size, sparseSlotsMin)
  }

  /** Faded number of visits. */
  count(key: number): number {
    const slot = this.#keys === undefined ? key : this.#slot(this.#keys, key)
    return (this.#counts[slot] as number) / this.#weight
  }

  /** Counts one visit. */
  add(key: number): void {
    let slot = key
    if (this.#keys !== undefined) {
      slot = this.#slot(this.#keys, key)
      if (this.#keys[slot] === -1) slot = this.#newSlot(this.#keys, key)
    }
    this.#counts[slot]! += this.#weight
  }

  /** Lets all counts fade by one sample; a memory of 0 never fades. */
  fade(memorySamples: number): void {
    if (memorySamples === 0) return
    this.#weight /= 1 - 1 / memorySamples
    if (this.#weight < weightMax) return
    for (let i = 0; i < this.#counts.length; i++) this.#counts[i]! /= this.#weight
    this.#weight = 1
  }

  /** The slot of a key, or the empty one where it would be. */
  #slot(keys: Keys, key: number): number {
    const mask = keys.length - 1
    let slot = hashed(key) & mask
    while (keys[slot] !== key && keys[slot] !== -1) slot = (slot + 1) & mask
    return slot
  }

  #newSlot(keys: Keys, key: number): number {
    let table = keys
    if (this.#used + 1 > keys.length * loadMax) table = this.#rebuilt(keys)
    const slot = this.#slot(table, key)
    table[slot] = key
    this.#used++
    return slot
  }

  /** Twice as large, or at the limit with without the lowest quarter of the counts. */
  #rebuilt(keys: Keys): Keys {
    const counts = this.#counts
    const grows = keys.length < sparseSlotsMax
    const slots = grows ? keys.length * 2 : keys.length
    const floor = grows ? 0 : lowerQuartile(counts.filter((_, slot) => keys[slot] !== -1))
    const fresh = emptyKeys(this.#size, slots)
    this.#keys = fresh
    this.#counts = new Float32Array(slots)
    this.#used = 0
    keys.forEach((key, slot) => {
      const count = counts[slot] as number
      if (key === -1 || (!grows && count <= floor)) return
      const place = this.#slot(fresh, key)
      fresh[place] = key
      this.#counts[place] = count
      this.#used++
    })
    return fresh
  }

  snapshot(writer: SnapshotWriter): void {
    writer.uint32(this.#counts.length)
    writer.typedArray(this.#counts)
    if (this.#keys !== undefined) writer.typedArray(this.#keys)
    writer.uint32(this.#used)
    writer.float64(this.#weight)
  }

  restore(reader: SnapshotReader): void {
    // No more room than a table can have is made for a length that was damaged.
    const slots = Math.min(reader.uint32(), Math.max(denseSizeMax, sparseSlotsMax))
    this.#counts = new Float32Array(slots)
    reader.typedArray(this.#counts)
    if (this.#keys !== undefined) {
      this.#keys = emptyKeys(this.#size, slots)
      reader.typedArray(this.#keys)
    }
    this.#used = reader.uint32()
    this.#weight = reader.float64()
  }
}

function emptyKeys(size: number, slots: number): Keys {
  return size <= 2 ** 31 ? new Int32Array(slots).fill(-1) : new Float64Array(slots).fill(-1)
}

/** Spreads a whole number of up to 53 bits. Source: Appleby, MurmurHash3 fmix32. */
function hashed(key: number): number {
  let h = ((key % 4294967296) | 0) ^ Math.imul(Math.floor(key / 4294967296), 0x9e3779b1)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

function lowerQuartile(values: Float32Array): number {
  return values.sort()[values.length >> 2] as number
}
