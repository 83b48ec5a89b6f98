/**
 * Mean and variance of averaged scores over exactly the last n, as the anomaly likelihood was
 * published: the averages are those of a moving average that starts anew at the first score of the
 * window, so the first nine are over 1, 2, … 9 scores.
 *
 *   scores     s_1 s_2 s_3 … s_9 s_10 s_11 …       (the ring)
 *   averages    └ of 1, of 2, … of 9 ┘ └ of ten ─ running sums, whole numbers
 *
 * Only the averages of ten are in the running sums; the nine partial ones are made when they are
 * asked for. The first `skippedSamples` scores of the series are left out while they are in it.
 *
 * Cost: O(1) a score, O(10) a question; n + 10 whole numbers of state.
 */

import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { averagedSamples, scoreUnits } from './score-history.ts'
import type { ScoreHistory } from './score-history.ts'

/** See the head of the file. */
export class ScoreWindow implements ScoreHistory {
  readonly #windowSamples: number
  /** Scores at the start of the series that do not count. */
  readonly skippedSamples: number
  /** The last n + 10 scores in units, by number modulo length. */
  readonly #scores: Int32Array
  /** Scores pushed so far, the number of the next one. */
  #pushed = 0
  /** Sum of the ten scores up to the oldest one that counts. */
  #oldestSum = 0
  #sum = 0
  #squares = 0

  constructor(windowSamples: number, skippedSamples: number) {
    this.#windowSamples = windowSamples
    this.skippedSamples = skippedSamples
    this.#scores = new Int32Array(windowSamples + averagedSamples)
  }

  /** Number of the oldest score that counts. */
  get #oldest(): number {
    return Math.max(this.#pushed - this.#windowSamples, this.skippedSamples)
  }

  get count(): number {
    return Math.max(0, this.#pushed - this.#oldest)
  }

  #score(number: number): number {
    return number < 0 ? 0 : (this.#scores[number % this.#scores.length] as number)
  }

  push(sum: number, score: number): void {
    const before = this.#oldest
    this.#scores[this.#pushed % this.#scores.length] = score
    this.#pushed++
    if (this.#pushed <= this.skippedSamples) return
    this.#sum += sum
    this.#squares += sum * sum
    if (this.#pushed === this.skippedSamples + 1) this.#oldestSum = sum
    if (this.#oldest === before) return
    this.#sum -= this.#oldestSum
    this.#squares -= this.#oldestSum * this.#oldestSum
    this.#oldestSum += this.#score(before + 1) - this.#score(before + 1 - averagedSamples)
  }

  /** What the partial averages at the window's start add to the sum and to the squares. */
  #partial(): [sum: number, squares: number] {
    const oldest = this.#oldest
    const start = Math.max(0, this.#pushed - this.#windowSamples)
    const end = Math.min(start + averagedSamples - 1, this.#pushed)
    let whole = this.#oldestSum
    let scores = 0
    let [sum, squares] = [0, 0]
    for (let j = start; j < end; j++) {
      scores += this.#score(j)
      if (j > oldest) whole += this.#score(j) - this.#score(j - averagedSamples)
      if (j < oldest) continue
      const partial = (scores * averagedSamples) / (j - start + 1)
      sum += partial - whole
      squares += partial * partial - whole * whole
    }
    return [sum, squares]
  }

  mean(): number {
    const [partial] = this.#partial()
    return (this.#sum + partial) / (this.count * averagedSamples * scoreUnits)
  }

  variance(): number {
    const [, partial] = this.#partial()
    const units = averagedSamples * scoreUnits
    const mean = this.mean()
    const square = (this.#squares + partial) / (this.count * units * units)
    return Math.max(0, square - mean * mean)
  }

  snapshot(writer: SnapshotWriter): void {
    writer.typedArray(this.#scores)
    for (const field of [this.#pushed, this.#oldestSum, this.#sum, this.#squares]) {
      writer.float64(field)
    }
  }

  restore(reader: SnapshotReader): void {
    reader.typedArray(this.#scores)
    this.#pushed = reader.float64()
    this.#oldestSum = reader.float64()
    this.#sum = reader.float64()
    this.#squares = reader.float64()
  }
}
