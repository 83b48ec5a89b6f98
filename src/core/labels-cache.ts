/**
 * Answers kept by Labels object.
 *
 * Decoders hand out the same Labels object for the same identity, so what depends on labels alone
 * (does this pattern fit, what is the new name) is worked out once and found by reference.
 *
 * Bounded by two generations: new answers go into the young one; when it is full it becomes the old
 * one, and the old one before it is forgotten. An answer that is found in the old generation moves
 * to the young one, so what is in use stays.
 *
 * Cost: one or two look-ups in a Map by reference; at most 2 × `generationMax` entries.
 */

import type { Labels } from './labels.ts'

/** Above the default limit on series (100,000), so that a full catalog never turns it over. */
const defaultGenerationMax = 131_072

/** See the head of the file. An answer must not be undefined. */
export class LabelsCache<Answer extends NonNullable<unknown> | null> {
  readonly #generationMax: number
  #young = new Map<Labels, Answer>()
  #old = new Map<Labels, Answer>()

  constructor(generationMax = defaultGenerationMax) {
    this.#generationMax = generationMax
  }

  /** Entries held. */
  get size(): number {
    return this.#young.size + this.#old.size
  }

  /** The answer for this very object, or undefined. */
  get(labels: Labels): Answer | undefined {
    const young = this.#young.get(labels)
    if (young !== undefined) return young
    const old = this.#old.get(labels)
    if (old === undefined) return undefined
    this.#old.delete(labels)
    this.set(labels, old)
    return old
  }

  /** Keeps an answer. */
  set(labels: Labels, answer: Answer): void {
    if (this.#young.size >= this.#generationMax) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(labels, answer)
  }
}
