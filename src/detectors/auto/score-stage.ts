/**
 * Score stage: unusual samples one by one, without telling the same rise twice.
 *
 *   head   ▁▁█▇▆▁▁▁█▁▁     after a sample at 1 or over, the next few are held under the threshold,
 *   told   ▁▁█▄▄▁▁▁█▁▁     unless one is higher by .3 than the one that began the rest
 *
 *   e = head - min(.3, .05 A)      A += 1 at each such sample, and fades by exp(-1 / (P/2 + 1))
 *
 * So a series that is unusual every other minute has to be more unusual than one that never is, by
 * up to .3, and forgets that in half a probation.
 *
 * Source: by measurement (docs/algorithms/auto.md).
 * Cost: O(1); three numbers.
 */

import type { SnapshotReader, SnapshotWriter } from '../../core/snapshot.ts'

const escalation = 0.3
const habituationShare = 0.05
const habituationMax = 0.3
/** A head of this much is unusual; in a rest no more than half of it is told. */
const unusualAt = 1
const restingMax = 0.5

/** See the head of the file. */
export class ScoreStage {
  readonly #restSamples: number
  readonly #fading: number
  #left = 0
  #peak = 0
  #told = 0

  constructor({
    probationSamples,
    restSamples,
  }: {
    probationSamples: number
    restSamples: number
  }) {
    this.#restSamples = restSamples
    this.#fading = Math.exp(-1 / (0.5 * probationSamples + 1))
  }

  /** What is told of a head. */
  told(head: number): number {
    this.#told *= this.#fading
    const told = Math.max(0, head - Math.min(habituationMax, habituationShare * this.#told))
    const rests = this.#left > 0
    if (rests) this.#left--
    if (told < unusualAt || (rests && head < this.#peak + escalation)) {
      return rests ? Math.min(told, restingMax) : told
    }
    this.#left = this.#restSamples
    this.#peak = head
    this.#told++
    return told
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.#left)
    writer.float64(this.#peak)
    writer.float64(this.#told)
  }

  restore(reader: SnapshotReader): void {
    this.#left = reader.float64()
    this.#peak = reader.float64()
    this.#told = reader.float64()
  }
}
