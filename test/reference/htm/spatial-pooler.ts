/**
 * Spatial pooler, written plainly after docs/algorithms/htm.md. Slow on purpose: it counts every
 * overlap and touches every permanence, so that each line can be held against the description.
 * It shares the whole-number permanences and the draws with the fast one, and nothing else.
 */

import { stream } from './draws.ts'

export interface PoolerSettings {
  inputCount: number
  columnCount: number
  activeCount: number
  potentialCount: number
  connected: number
  increment: number
  decrement: number
  boostStrength: number
  weakShare: number
  seed: number
}

export class ReferencePooler {
  readonly #s: PoolerSettings
  /** Permanence by column and input; -1 where there can be no synapse. */
  readonly #permanences: number[][]
  readonly #overlapDuty: number[]
  readonly #activeDuty: number[]
  readonly #boost: number[]
  #overlapCounts: number[]
  #activeCounts: number[]
  #records = 0
  #rounds = 0

  constructor(settings: PoolerSettings) {
    this.#s = settings
    const zeros = (): number[] => new Array<number>(settings.columnCount).fill(0)
    this.#permanences = zeros().map((_, column) => this.#initialRow(column))
    this.#overlapDuty = zeros()
    this.#activeDuty = zeros()
    this.#overlapCounts = zeros()
    this.#activeCounts = zeros()
    this.#boost = zeros().map(() => 256)
  }

  /** Permanence by column and input; -1 where there can be no synapse. */
  get permanences(): readonly (readonly number[])[] {
    return this.#permanences
  }

  #initialRow(column: number): number[] {
    const { inputCount, potentialCount, connected, seed } = this.#s
    const below = stream(seed, column, 1)
    const inputs = Array.from({ length: inputCount }, (_, i) => i)
    const row = inputs.map(() => -1)
    for (let k = 0; k < potentialCount; k++) {
      const j = k + below(inputCount - k)
      const input = inputs[j] as number
      inputs[j] = inputs[k] as number
      inputs[k] = input
      row[input] = below(2) === 1 ? connected + below(10001 - connected) : below(connected)
    }
    return row
  }

  update(inputs: readonly number[], learning: boolean): number[] {
    const overlaps = this.#permanences.map(
      (row) => inputs.filter((i) => (row[i] as number) >= this.#s.connected).length,
    )
    const strengths = overlaps.map((overlap, c) => overlap * (this.#boost[c] as number))
    const winners = strengths
      .map((strength, column) => ({ strength, column }))
      .sort((a, b) => b.strength - a.strength || a.column - b.column)
      .slice(0, this.#s.activeCount)
      .map(({ column }) => column)
      .sort((a, b) => a - b)
    if (learning) this.#learn(new Set(inputs), winners, overlaps)
    return winners
  }

  #learn(inputs: Set<number>, winners: number[], overlaps: number[]): void {
    for (const column of winners) {
      const row = this.#permanences[column] as number[]
      for (const [input, permanence] of row.entries()) {
        if (permanence < 0) continue
        const change = inputs.has(input) ? this.#s.increment : -this.#s.decrement
        row[input] = Math.max(0, Math.min(10000, permanence + change))
      }
      this.#activeCounts[column]!++
    }
    overlaps.forEach((overlap, column) => {
      if (overlap > 0) this.#overlapCounts[column]!++
    })
    if (++this.#records === 50) this.#endRound()
  }

  #endRound(): void {
    const { columnCount, activeCount, boostStrength, weakShare, connected } = this.#s
    this.#records = 0
    this.#rounds = Math.min(20, this.#rounds + 1)
    const blend = (duty: number[], counts: number[]): void =>
      counts.forEach((count, c) => {
        duty[c] = Math.fround(duty[c]! + (count / 50 - duty[c]!) / this.#rounds)
        counts[c] = 0
      })
    blend(this.#overlapDuty, this.#overlapCounts)
    blend(this.#activeDuty, this.#activeCounts)
    const weakest = weakShare * Math.max(...this.#overlapDuty)
    for (let c = 0; c < columnCount; c++) {
      const excess = this.#activeDuty[c]! - activeCount / columnCount
      if (boostStrength > 0) {
        this.#boost[c] = Math.min(65535, Math.round(256 * Math.exp(-boostStrength * excess)))
      }
      if (this.#overlapDuty[c]! >= weakest) continue
      this.#permanences[c] = this.#permanences[c]!.map((permanence) =>
        permanence < 0 ? -1 : Math.min(10000, permanence + Math.floor(connected / 10)),
      )
    }
  }
}
