/**
 * Ids of scores, one after the other: `reportId` for many.
 *
 *   hash of:  key ⏎ timestamp ⏎ partition ⏎ offset ⏎ index ⏎ score
 *             └ held by series    └ the same for all of one record
 */

import { Hash64 } from './hash.ts'
import type { Labels } from './labels.ts'
import { LabelsCache } from './labels-cache.ts'
import type { Origin } from './observation.ts'
import type { ScoreReport } from './report.ts'

/** See the head of the file. */
export class ScoreIds {
  readonly #hash = new Hash64()
  readonly #series = new LabelsCache<Hash64>()
  #origin: Origin | undefined
  #timestampMs = NaN
  /** Of the last timestamp and origin. */
  #place = ''

  /** Takes a score; `upper` and `lower` are the halves of its id. */
  take({ labels, timestampMs, origin, index }: ScoreReport): void {
    if (origin !== this.#origin || timestampMs !== this.#timestampMs) {
      this.#origin = origin
      this.#timestampMs = timestampMs
      this.#place = `${timestampMs}\n${origin.partition}\n${origin.offset}\n`
    }
    const hash = this.#hash
    hash.goTo(this.#held(labels))
    hash.add(this.#place)
    hash.add(String(index))
    hash.add('\nscore')
  }

  /** The first eight digits, as a number. */
  get upper(): number {
    return this.#hash.upper
  }

  /** The last eight. */
  get lower(): number {
    return this.#hash.lower
  }

  #held(labels: Labels): Hash64 {
    const held = this.#series.get(labels)
    if (held !== undefined) return held
    const hash = new Hash64()
    hash.add(`${labels.key}\n`)
    this.#series.set(labels, hash)
    return hash
  }
}
