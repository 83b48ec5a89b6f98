/**
 * Alarm stage: when the alarm head is told, and when it is not told again.
 *
 *   head    ▁▁▁█▆▇▆▆▁▁▁▁█▁▁       rest: nothing for a fifth of probation, but for what is
 *   told    ▁▁▁█▁▁▁▁▁▁▁▁█▁▁             higher by 1 than the head that began the rest
 *              └─ rest ─┘         habituation: each alarm takes .03 off the next ones
 *
 *   e = head - .03 A       A += 1 at an alarm, and fades by exp(-1 / (2 P + 1)) a sample
 *
 * Source: Rest of DASRS; habituation and its numbers by measurement (docs/algorithms/auto.md).
 * Cost: O(1); three numbers.
 */

import type { SnapshotReader, SnapshotWriter } from '../../core/snapshot.ts'

const habituationShare = 0.03
const escalation = 1
/** A head of this much is an alarm. */
const alarmAt = 1

/** See the head of the file. */
export class AlarmStage {
  readonly #restSamples: number
  readonly #fading: number
  #left = 0
  #peak = 0
  #alarms = 0

  constructor(probationSamples: number) {
    this.#restSamples = Math.trunc(0.2 * probationSamples)
    this.#fading = Math.exp(-1 / (2 * probationSamples + 1))
  }

  /** What is told of a head; under 1 where it rests. */
  told(head: number): number {
    this.#alarms *= this.#fading
    const told = head - habituationShare * this.#alarms
    const rests = this.#left > 0
    if (rests) this.#left--
    if (rests && head < this.#peak + escalation) return 0
    if (told < alarmAt) return rests ? 0 : Math.max(0, told)
    this.#left = this.#restSamples
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
