/**
 * The segments of a temporal memory and what excites them.
 *
 * A segment belongs to one cell and listens to up to `synapsesMax` others. Its synapses have
 * places; three words of bits for every 32 of them say which are taken (`valid`), whose permanence
 * reaches the threshold (`connected`) and whose presynaptic cell is active now (`excited`).
 *
 *   segment s   valid │1101…│   connected │1001…│   excited │0101…│
 *   place j     sources[s × stride + j], permanences[s × stride + j]
 *
 * Two counts, of excited synapses and of those that are also connected, are kept while cells switch
 * on and off, so only the synapses of cells that changed are touched. A segment with enough excited
 * synapses is matching; with enough connected ones it is active. Both sets are lists with places.
 *
 * Cost: with 32 places 145 bytes a segment, and 4 to 8 a synapse in the index.
 */

import { bitCount } from './bit-planes.ts'
import { grownBytes, grownHalves, grownWords, SynapseIndex } from './synapse-index.ts'

/** Sizes and thresholds. */
export interface SegmentLimits {
  readonly columnCount: number
  readonly cellsPerColumn: number
  readonly synapsesMax: number
  readonly segmentsMax: number
  readonly activationThreshold: number
  readonly matchingThreshold: number
  /** In ten-thousandths, like all permanences. */
  readonly connected: number
}

/** A set of segment numbers that can be walked. */
export class SegmentList {
  readonly #notIn = 0xffff
  members = new Uint16Array(64)
  count = 0
  #places = new Uint16Array(0)

  /** Makes room for segment numbers below `numbers`. */
  reserve(numbers: number): void {
    const from = this.#places.length
    this.#places = grownHalves(this.#places, numbers)
    this.#places.fill(this.#notIn, from)
  }

  has(segment: number): boolean {
    return this.#places[segment] !== this.#notIn
  }

  add(segment: number): void {
    if (this.count === this.members.length) this.members = grownHalves(this.members, 2 * this.count)
    this.#places[segment] = this.count
    this.members[this.count++] = segment
  }

  clear(): void {
    for (let i = 0; i < this.count; i++) this.#places[this.members[i]!] = this.#notIn
    this.count = 0
  }

  remove(segment: number): void {
    const place = this.#places[segment]!
    const last = this.members[--this.count]!
    this.members[place] = last
    this.#places[last] = place
    this.#places[segment] = this.#notIn
  }
}

/** Segments, their synapses and their excitement. Cells are column × 32 + offset. */
export class Segments {
  readonly limits: SegmentLimits
  readonly index: SynapseIndex
  readonly active = new SegmentList()
  readonly matching = new SegmentList()
  /** log2 of the places of a segment. */
  readonly strideBits: number
  /** Words of 32 places in a segment. */
  readonly wordsPerSegment: number
  /** One past the highest number in use. */
  end = 0
  count = 0
  synapseCount = 0
  cells = new Uint16Array(0)
  lastUsed = new Uint32Array(0)
  /** 1 where a segment has been used since the hand of the eviction clock last passed. */
  marks = new Uint8Array(0)
  excitedCounts = new Uint8Array(0)
  valid = new Uint32Array(0)
  connected = new Uint32Array(0)
  excited = new Uint32Array(0)
  sources = new Uint16Array(0)
  permanences = new Uint16Array(0)
  #connectedCounts = new Uint8Array(0)
  #lowestFree = 0

  constructor(limits: SegmentLimits) {
    this.limits = limits
    this.index = new SynapseIndex(limits.columnCount, limits.cellsPerColumn)
    this.wordsPerSegment = 2 ** Math.ceil(Math.log2(Math.ceil(limits.synapsesMax / 32)))
    this.strideBits = 5 + Math.log2(this.wordsPerSegment)
  }

  /** Bytes held. */
  get sizeBytes(): number {
    const words = this.valid.byteLength * 3 + this.lastUsed.byteLength
    const halves = this.cells.byteLength * 3 + this.sources.byteLength * 2
    return words + halves + this.marks.byteLength * 3 + this.index.sizeBytes
  }

  /** Makes room for `numbers` segments. */
  reserve(numbers: number): void {
    const words = numbers * this.wordsPerSegment
    const places = numbers << this.strideBits
    this.cells = grownHalves(this.cells, numbers)
    this.lastUsed = grownWords(this.lastUsed, numbers)
    this.marks = grownBytes(this.marks, numbers)
    this.excitedCounts = grownBytes(this.excitedCounts, numbers)
    this.#connectedCounts = grownBytes(this.#connectedCounts, numbers)
    this.valid = grownWords(this.valid, words)
    this.connected = grownWords(this.connected, words)
    this.excited = grownWords(this.excited, words)
    this.sources = grownHalves(this.sources, places)
    this.permanences = grownHalves(this.permanences, places)
    this.active.reserve(numbers)
    this.matching.reserve(numbers)
  }

  /** Takes the lowest free number for a new segment without synapses. */
  open(cell: number, record: number): number {
    let segment = this.#lowestFree
    while (segment < this.end && !this.#isFree(segment)) segment++
    this.#lowestFree = segment + 1
    if (segment === this.cells.length) {
      this.reserve(Math.min(this.limits.segmentsMax, Math.ceil(segment * segmentGrowth) + 64))
    }
    this.openAt(segment, cell, record)
    return segment
  }

  /** Opens a segment under a number that is free and that there is room for. */
  openAt(segment: number, cell: number, record: number): void {
    this.end = Math.max(this.end, segment + 1)
    this.count++
    this.cells[segment] = cell
    this.lastUsed[segment] = record
    this.marks[segment] = 1
    const place = this.index.placeOf(cell)
    this.index.segmentCounts[place]!++
  }

  #isFree(segment: number): boolean {
    const start = segment * this.wordsPerSegment
    for (let w = start; w < start + this.wordsPerSegment; w++) if (this.valid[w] !== 0) return false
    return true
  }

  /** Frees a segment and all its synapses. */
  close(segment: number): void {
    const start = segment * this.wordsPerSegment
    for (let w = start; w < start + this.wordsPerSegment; w++) {
      for (let bits = this.valid[w]!; bits !== 0; bits &= bits - 1) {
        this.removeSynapse(w * 32 + 31 - Math.clz32(bits & -bits))
      }
    }
    this.recount(segment)
    const place = this.index.placeOf(this.cells[segment]!)
    this.index.segmentCounts[place]!--
    this.count--
    if (segment < this.#lowestFree) this.#lowestFree = segment
  }

  /** A synapse in the lowest free place, to a cell that is active. Recount the segment after. */
  addSynapse(segment: number, source: number, permanence: number): void {
    const slot = this.addCalmSynapse(segment, source, permanence)
    this.excited[slot >>> 5] = this.excited[slot >>> 5]! | (1 << (slot & 31))
  }

  /** A synapse in the lowest free place, to a cell that is not active. Returns its slot. */
  addCalmSynapse(segment: number, source: number, permanence: number): number {
    let w = segment * this.wordsPerSegment
    while (this.valid[w] === 0xffffffff) w++
    const bit = ~this.valid[w]! & (this.valid[w]! + 1)
    const slot = w * 32 + 31 - Math.clz32(bit)
    this.valid[w] = this.valid[w]! | bit
    if (permanence >= this.limits.connected) this.connected[w] = this.connected[w]! | bit
    this.sources[slot] = source
    this.permanences[slot] = permanence
    this.index.add(source, slot)
    this.synapseCount++
    return slot
  }

  /** Empties a place. Recount the segment after. */
  removeSynapse(slot: number): void {
    const w = slot >>> 5
    const others = ~(1 << (slot & 31))
    this.valid[w] = this.valid[w]! & others
    this.excited[w] = this.excited[w]! & others
    this.connected[w] = this.connected[w]! & others
    this.index.remove(this.sources[slot]!, slot)
    this.synapseCount--
  }

  /** Synapses of a segment. */
  synapsesOf(segment: number): number {
    const start = segment * this.wordsPerSegment
    let synapses = 0
    for (let w = start; w < start + this.wordsPerSegment; w++) synapses += bitCount(this.valid[w]!)
    return synapses
  }

  /** Counts a segment's excitement anew, after its synapses were changed. */
  recount(segment: number): void {
    const { activationThreshold, matchingThreshold } = this.limits
    const start = segment * this.wordsPerSegment
    let excited = 0
    let connected = 0
    for (let w = start; w < start + this.wordsPerSegment; w++) {
      excited += bitCount(this.excited[w]!)
      connected += bitCount(this.excited[w]! & this.connected[w]!)
    }
    this.excitedCounts[segment] = excited
    this.#connectedCounts[segment] = connected
    setMember(this.matching, segment, excited >= matchingThreshold)
    setMember(this.active, segment, connected >= activationThreshold)
  }

  /** The cell at `place` of the index has switched on. */
  excite(place: number): void {
    const { activationThreshold, matchingThreshold } = this.limits
    const { excitedCounts, excited, connected, strideBits } = this
    const connectedCounts = this.#connectedCounts
    const pool = this.index.pool
    const start = this.index.starts[place]!
    const end = start + this.index.lengths[place]!
    for (let at = start; at < end; at++) {
      const slot = pool[at]!
      const w = slot >>> 5
      const bit = 1 << (slot & 31)
      const segment = slot >>> strideBits
      excited[w] = excited[w]! | bit
      const count = excitedCounts[segment]! + 1
      excitedCounts[segment] = count
      if (count === matchingThreshold) this.matching.add(segment)
      if ((connected[w]! & bit) === 0) continue
      const connectedCount = connectedCounts[segment]! + 1
      connectedCounts[segment] = connectedCount
      if (connectedCount === activationThreshold) this.active.add(segment)
    }
  }

  /** All cells have switched off. */
  calmAll(): void {
    this.excited.fill(0, 0, this.end * this.wordsPerSegment)
    this.excitedCounts.fill(0, 0, this.end)
    this.#connectedCounts.fill(0, 0, this.end)
    this.active.clear()
    this.matching.clear()
  }

  /** The cell at `place` of the index has switched off. */
  calm(place: number): void {
    const { activationThreshold, matchingThreshold } = this.limits
    const { excitedCounts, excited, connected, strideBits } = this
    const connectedCounts = this.#connectedCounts
    const pool = this.index.pool
    const start = this.index.starts[place]!
    const end = start + this.index.lengths[place]!
    for (let at = start; at < end; at++) {
      const slot = pool[at]!
      const w = slot >>> 5
      const bit = 1 << (slot & 31)
      const segment = slot >>> strideBits
      excited[w] = excited[w]! & ~bit
      const count = excitedCounts[segment]!
      excitedCounts[segment] = count - 1
      if (count === matchingThreshold) this.matching.remove(segment)
      if ((connected[w]! & bit) === 0) continue
      const connectedCount = connectedCounts[segment]!
      connectedCounts[segment] = connectedCount - 1
      if (connectedCount === activationThreshold) this.active.remove(segment)
    }
  }
}

/** Segment arrays grow by this factor. */
const segmentGrowth = 1.25

function setMember(list: SegmentList, segment: number, member: boolean): void {
  if (list.has(segment) === member) return
  if (member) list.add(segment)
  else list.remove(segment)
}
