/**
 * Names as they are spelled on the wire, held with the labels they mean.
 *
 * A sender says the same names again and again, and mostly in the same order. So each name
 * remembers which one came after it, and a decoder first compares the bytes in front of it with
 * that one: where they match, nothing is searched, hashed, parsed or allocated, and the same series
 * has the same Labels object.
 *
 *   cpu,host=a ─next─▶ cpu,host=b ─next─▶ cpu,host=c        names, from line to line
 *     │ first            │ first
 *     ▼                  ▼
 *   user ─next─▶ idle  user ─next─▶ idle                    their fields, from field to field
 *
 * A name that is not the expected one is looked up by a hash of its bytes; only one never seen is
 * parsed. Memory is bounded by two generations: new and used names are young; when the young are
 * half of the bound, they become the old ones, and the old ones not used meanwhile are forgotten.
 * Expectations join young names only, so they keep nothing alive.
 *
 * Two names with one 32-bit hash take the place from each other, which costs time and nothing else.
 * Source of the hash: Fowler, Noll, Vo (FNV-1a).
 * Cost: about a third of a nanosecond a byte for an expected name; about 3 ns a byte and a look-up
 * in a map for another one.
 */

import type { Labels } from './labels.ts'
import type { RejectionReason } from './rejection.ts'

/** Why a name cannot be one. */
export interface NameFault {
  readonly reason: RejectionReason
  readonly detail: string
}

/** Makes the labels that a spelling means, below those of `parent` where it is given. */
export type NameReader = (
  bytes: Uint8Array,
  start: number,
  end: number,
  parent: HeldName | undefined,
) => Labels | NameFault

/** Spellings are kept in pages of this size, so that none needs a buffer of its own. */
const pageBytes = 65_536

/**
 * What a held name costs beside its spelling: itself, its map entry, its labels with their texts
 * and key. Measured: 200,000 names with spellings of 45 bytes took 466 bytes each, by the growth of
 * heap and array buffers; three times the spelling is in that.
 */
const nameBytes = 350

/** The spelling itself, and the texts of labels and key that are made of it. */
const spellingCopies = 3

/** Spellings are compared in words of this size. */
const wordBytes = 4

const hashSeed = 0x811c9dc5
const hashFactor = 0x01000193

/** Both generations together. Enough for 270,000 such names that are used in turn. */
const defaultBytesMax = 256 * 1024 * 1024

/** Where a spelling is kept. */
interface Place {
  readonly page: DataView
  readonly offset: number
}

/** One name as spelled on the wire. */
export class HeldName {
  readonly labels: Labels
  readonly parent: HeldName | undefined
  /** Length of the spelling in bytes. */
  readonly length: number
  readonly hash: number
  /** The name that came after this one the last time. */
  next: HeldName | undefined = undefined
  /** The first name below this one, the last time. */
  first: HeldName | undefined = undefined
  #page: DataView
  #offset: number

  constructor(
    labels: Labels,
    parent: HeldName | undefined,
    spelling: Place & { readonly length: number; readonly hash: number },
  ) {
    this.labels = labels
    this.parent = parent
    this.length = spelling.length
    this.hash = spelling.hash
    this.#page = spelling.page
    this.#offset = spelling.offset
  }

  /**
   * True if these bytes start with this spelling. Four bytes at a time, wherever they stand; the
   * last four may be compared in part again.
   */
  spelledAt(view: DataView, start: number, limit: number): boolean {
    const length = this.length
    if (start + length > limit) return false
    const page = this.#page
    const offset = this.#offset
    if (length < wordBytes) {
      for (let i = 0; i < length; i++) {
        if (page.getInt8(offset + i) !== view.getInt8(start + i)) return false
      }
      return true
    }
    const last = length - wordBytes
    for (let i = 0; i < last; i += wordBytes) {
      if (page.getInt32(offset + i, true) !== view.getInt32(start + i, true)) return false
    }
    return page.getInt32(offset + last, true) === view.getInt32(start + last, true)
  }

  /** True if this is the spelling of exactly these bytes. */
  isSpelled(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.length !== end - start) return false
    const page = this.#page
    const offset = this.#offset
    for (let i = 0; i < this.length; i++) {
      if (page.getUint8(offset + i) !== bytes[start + i]) return false
    }
    return true
  }

  /** The spelling; a view that is not to be kept. */
  get spelling(): Uint8Array {
    return new Uint8Array(this.#page.buffer, this.#offset, this.length)
  }

  /** Says that a copy of the spelling is kept there, so that its old page can go. */
  moveTo(place: Place): void {
    this.#page = place.page
    this.#offset = place.offset
  }
}

/** See the head of the file. */
export class HeldNames {
  /** Why the last spelling was refused. */
  fault: NameFault = { reason: 'malformed', detail: '' }
  readonly #read: NameReader
  readonly #generationBytesMax: number
  #young = new Map<number, HeldName>()
  #old = new Map<number, HeldName>()
  #youngBytes = 0
  #page = new DataView(new ArrayBuffer(0))
  #pageUsed = 0

  constructor(read: NameReader, bytesMax = defaultBytesMax) {
    this.#read = read
    this.#generationBytesMax = bytesMax / 2
  }

  /** Names held. */
  get size(): number {
    return this.#young.size + this.#old.size
  }

  /** The name that is spelled so; undefined where it cannot be one, and `fault` says why. */
  held(
    bytes: Uint8Array,
    start: number,
    end: number,
    parent: HeldName | undefined,
  ): HeldName | undefined {
    let hash = parent === undefined ? hashSeed : parent.hash
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), hashFactor)
    const known = this.#known(hash)
    if (known?.parent === parent && known?.isSpelled(bytes, start, end)) return known
    const labels = this.#read(bytes, start, end, parent)
    if ('reason' in labels) {
      this.fault = labels
      return undefined
    }
    const length = end - start
    const place = this.#placed(bytes.subarray(start, end))
    const made = new HeldName(labels, parent, { ...place, length, hash })
    this.#keep(made)
    return made
  }

  /** The name of a hash; an old one becomes young again. */
  #known(hash: number): HeldName | undefined {
    const young = this.#young.get(hash)
    if (young !== undefined) return young
    const old = this.#old.get(hash)
    if (old === undefined) return undefined
    this.#old.delete(hash)
    old.moveTo(this.#placed(old.spelling))
    this.#keep(old)
    return old
  }

  #keep(name: HeldName): void {
    this.#young.set(name.hash, name)
    this.#youngBytes += nameBytes + spellingCopies * name.length
    if (this.#youngBytes < this.#generationBytesMax) return
    for (const aged of this.#young.values()) {
      aged.next = undefined
      aged.first = undefined
    }
    this.#old = this.#young
    this.#young = new Map()
    this.#youngBytes = 0
    this.#pageUsed = this.#page.byteLength
  }

  /** A copy of a spelling in the current page, or in a new one where there is no room. */
  #placed(spelling: Uint8Array): Place {
    if (this.#pageUsed + spelling.length > this.#page.byteLength) {
      this.#page = new DataView(new ArrayBuffer(Math.max(pageBytes, spelling.length)))
      this.#pageUsed = 0
    }
    const place = { page: this.#page, offset: this.#pageUsed }
    new Uint8Array(place.page.buffer).set(spelling, place.offset)
    this.#pageUsed += spelling.length
    return place
  }
}
