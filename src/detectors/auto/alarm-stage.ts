/**
 * Alarm stage: when something strange is told, and when it is not told again.
 *
 *   head    ▁▁▁█▆▇▆▆▁▁▁▁▆▁▁       rest: .3 of probation, a day at most, in which the bar for the
 *   bar     ‾‾‾╲_____             next falls from the height of the last one, and 1, to 1
 *   told    ▁▁▁█▁▁▁▁▁▁▁▁█▁▁       habituation: each alarm takes .03 off the next ones
 *
 *   e = head - .03 A       A += 1 at an alarm, and fades by exp(-1 / (2 P + 1)) a sample
 *   in rest: bar = 1 + height of the last · share of the rest that is left
 *
 * Source: Rest of DASRS; falling bar, habituation and their numbers by measurement
 * (docs/algorithms/auto.md).
 * Cost: O(1); three numbers.
 */

import type { SnapshotReader, SnapshotWriter } from '../../core/snapshot.ts'

const habituationShare = 0.03
/** A head of this much is an alarm. */
const alarmAt = 1

/** See the head of the file. */
export class AlarmStage {
  readonly #restSamples: number
  readonly #fading: number
  #left = 0
  #peak = 0
  #alarms = 0

  constructor(probationSamples: number, restShare: number) {
    this.#restSamples = Math.trunc(restShare * probationSamples)
    this.#fading = Math.exp(-1 / (2 * probationSamples + 1))
  }

  /** What is told of a head; under 1 where it rests, for at most so many samples. */
  told(head: number, restSamplesMax: number): number {
    this.#alarms *= this.#fading
    const told = head - habituationShare * this.#alarms
    const restSamples = Math.min(this.#restSamples, restSamplesMax)
    const bar = this.#left === 0 ? 0 : alarmAt + (this.#peak * this.#left) / restSamples
    if (this.#left > 0) this.#left--
    if (head < bar) return 0
    if (told < alarmAt) return bar > 0 ? 0 : Math.max(0, told)
    this.#left = restSamples
    this.#peak = head
    this.#alarms++
    return told
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.#left)
    writer.float64(this.#peak)
    writer.float64(this.#alarms)
  }

  restore(reader: SnapshotReader): void {
    this.#left = reader.float64()
    this.#peak = reader.float64()
    this.#alarms = reader.float64()
  }
}
