/**
 * Temporal memory, written plainly after docs/algorithms/htm.md: maps and lists, everything counted
 * anew at every record. It shares the whole-number permanences and the draws with the fast one,
 * and nothing else.
 */

import { stream } from './draws.ts'
import type { SegmentState } from './kernel-state.ts'

export interface MemorySettings {
  cellsPerColumn: number
  activationThreshold: number
  matchingThreshold: number
  newSynapses: number
  synapsesMax: number
  segmentsPerCellMax: number
  segmentsMax: number
  initial: number
  connected: number
  increment: number
  decrement: number
  predictedDecrement: number
  surpriseShare: number
  seed: number
}

interface Segment {
  cell: number
  lastUsed: number
  marked: boolean
  /** Permanence by presynaptic cell. */
  synapses: Map<number, number>
}

const columnOf = (cell: number): number => Math.floor(cell / 32)

export class ReferenceMemory {
  readonly #s: MemorySettings
  /** By number; undefined where the number is free. */
  readonly #segments: (Segment | undefined)[] = []
  #activeCells = new Set<number>()
  #winners: number[] = []
  #record = 0
  #hand = 0

  constructor(settings: MemorySettings) {
    this.#s = settings
  }

  get segmentCount(): number {
    return this.#segments.filter((segment) => segment !== undefined).length
  }

  get synapseCount(): number {
    return this.#segments.reduce((sum, segment) => sum + (segment?.synapses.size ?? 0), 0)
  }

  /** Every segment by number, its synapses by source. */
  get state(): (SegmentState | undefined)[] {
    return this.#segments.map((segment) => {
      if (segment === undefined) return undefined
      const synapses = [...segment.synapses].sort(([a], [b]) => a - b)
      const { cell, lastUsed, marked } = segment
      return { cell, lastUsed, marked, synapses }
    })
  }

  /** Returns how many of the columns burst. */
  update(columns: readonly number[], learning: boolean): number {
    const s = this.#s
    this.#record++
    const active = new Set(columns)
    const excited = new Map<number, number>()
    const predictions = new Map<number, Set<number>>()
    const learners: number[] = []
    this.#segments.forEach((segment, number) => {
      if (segment === undefined) return
      const seen = [...segment.synapses].filter(([cell]) => this.#activeCells.has(cell))
      excited.set(number, seen.length)
      const firm = seen.filter(([, permanence]) => permanence >= s.connected)
      if (firm.length < s.activationThreshold) return
      const column = columnOf(segment.cell)
      predictions.set(column, (predictions.get(column) ?? new Set()).add(segment.cell))
      if (active.has(column)) learners.push(number)
    })
    const bursting = columns.filter((column) => !predictions.has(column))
    const surprised = bursting.length >= s.surpriseShare * columns.length

    const cells = new Set<number>()
    const winners: number[] = []
    const newcomers: number[] = []
    for (const column of columns) {
      const predicted = [...(predictions.get(column) ?? [])].sort((a, b) => a - b)
      predicted.forEach((cell) => cells.add(cell))
      winners.push(...predicted)
      if (predicted.length > 0) continue
      for (let m = 0; m < s.cellsPerColumn; m++) cells.add(column * 32 + m)
      const best = this.#bestMatching(column, excited)
      const winner = best === undefined ? this.#newCell(column, surprised) : this.#cellOf(best)
      winners.push(winner)
      if (best === undefined) newcomers.push(winner)
      else learners.push(best)
    }
    if (learning) this.#learn({ active, learners, newcomers, excited })
    this.#activeCells = cells
    this.#winners = winners
    return bursting.length
  }

  #cellOf(number: number): number {
    return this.#segments[number]!.cell
  }

  #bestMatching(column: number, excited: Map<number, number>): number | undefined {
    let best: number | undefined
    for (const [number, count] of excited) {
      if (columnOf(this.#cellOf(number)) !== column || count < this.#s.matchingThreshold) continue
      if (best === undefined || count > excited.get(best)!) best = number
    }
    return best
  }

  #newCell(column: number, surprised: boolean): number {
    const { surpriseShare, cellsPerColumn, seed } = this.#s
    const reserved = surpriseShare <= 1 && cellsPerColumn > 1
    if (reserved && surprised) return column * 32
    const counts = new Map<number, number>()
    for (let m = reserved ? 1 : 0; m < cellsPerColumn; m++) counts.set(column * 32 + m, 0)
    for (const segment of this.#segments) {
      if (segment && counts.has(segment.cell))
        counts.set(segment.cell, counts.get(segment.cell)! + 1)
    }
    const fewest = Math.min(...counts.values())
    const choices = [...counts.keys()].filter((cell) => counts.get(cell) === fewest)
    return choices[stream(seed, this.#record, -1 - column)(choices.length)]!
  }

  #learn(now: {
    active: Set<number>
    learners: number[]
    newcomers: number[]
    excited: Map<number, number>
  }): void {
    const s = this.#s
    const wrong = [...now.excited]
      .filter(([, count]) => count >= s.matchingThreshold)
      .map(([number]) => number)
      .filter((number) => !now.active.has(columnOf(this.#cellOf(number))))
    for (const number of now.learners) {
      this.#adapt(number, s.increment, -s.decrement)
      const segment = this.#segments[number]
      if (segment === undefined) continue
      segment.lastUsed = this.#record
      segment.marked = true
      this.#grow(number, s.newSynapses - now.excited.get(number)!)
    }
    if (s.predictedDecrement > 0) {
      for (const number of wrong) this.#adapt(number, -s.predictedDecrement, 0)
    }
    if (this.#winners.length === 0) return
    for (const cell of now.newcomers) {
      this.#makeRoom(cell)
      let number = this.#segments.indexOf(undefined)
      if (number < 0) number = this.#segments.length
      const segment = { cell, lastUsed: this.#record, marked: true, synapses: new Map() }
      this.#segments[number] = segment
      this.#grow(number, s.newSynapses)
    }
  }

  #adapt(number: number, activeChange: number, otherChange: number): void {
    const { synapses } = this.#segments[number]!
    for (const [cell, permanence] of synapses) {
      const changed = permanence + (this.#activeCells.has(cell) ? activeChange : otherChange)
      if (changed <= 0) synapses.delete(cell)
      else synapses.set(cell, Math.min(10000, changed))
    }
    if (synapses.size === 0) this.#segments[number] = undefined
  }

  #grow(number: number, wanted: number): void {
    const { synapses } = this.#segments[number]!
    const candidates = this.#winners.filter((cell) => !synapses.has(cell))
    const count = Math.max(0, Math.min(wanted, candidates.length))
    while (synapses.size + count > this.#s.synapsesMax) {
      const weakest = [...synapses]
        .filter(([cell]) => !this.#activeCells.has(cell))
        .sort(([a, p], [b, q]) => p - q || a - b)[0]
      if (weakest === undefined) break
      synapses.delete(weakest[0])
    }
    const below = stream(this.#s.seed, this.#record, number)
    for (let k = 0; k < count && synapses.size < this.#s.synapsesMax; k++) {
      const j = k + below(candidates.length - k)
      synapses.set(candidates[j]!, this.#s.initial)
      candidates[j] = candidates[k]!
    }
  }

  #makeRoom(cell: number): void {
    const onCell = [...this.#segments.entries()]
      .filter(([, segment]) => segment?.cell === cell)
      .sort(([a, x], [b, y]) => x!.lastUsed - y!.lastUsed || a - b)
    if (onCell.length >= this.#s.segmentsPerCellMax) this.#segments[onCell[0]![0]] = undefined
    if (this.segmentCount < this.#s.segmentsMax) return
    while (this.#segments[this.#hand]!.marked) {
      this.#segments[this.#hand]!.marked = false
      this.#hand = (this.#hand + 1) % this.#s.segmentsMax
    }
    this.#segments[this.#hand] = undefined
    this.#hand = (this.#hand + 1) % this.#s.segmentsMax
  }
}
