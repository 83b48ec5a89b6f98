/** Breaches of an objective as they come, in seconds from the start of a record. */

import { BreachWatch } from '../warning/objective.ts'
import type { Objective } from '../warning/objective.ts'
import type { Breach } from './text.ts'

/** See the head of the file. */
export class BreachList {
  readonly #watch: BreachWatch
  readonly #holdSamples: number
  readonly #all: { onset: number; end: number }[] = []
  #second = 0

  constructor(objective: Objective) {
    this.#watch = new BreachWatch(objective)
    this.#holdSamples = objective.holdSamples
  }

  /** The next second's value of the objective's metric. */
  update(value: number): void {
    const change = this.#watch.update(value)
    const since = this.#second - (this.#holdSamples - 1)
    if (change === 'begins') this.#all.push({ onset: since, end: Infinity })
    const last = this.#all.at(-1)
    if (change === 'ends' && last !== undefined) last.end = since
    this.#second++
  }

  /** Those so far; one that is still under way ends with the record. */
  get breaches(): Breach[] {
    return this.#all.map(({ onset, end }) => ({ onset, end: Math.min(end, this.#second) }))
  }
}
