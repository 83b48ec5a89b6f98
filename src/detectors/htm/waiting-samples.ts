/**
 * The samples that wait for the range of values to be known.
 *
 *   wait ──(as many as asked for)──▶ full ──open──▶ handed out one by one ──▶ done
 *
 * Cost: 16 bytes a waiting sample, freed when done.
 */

import type { SnapshotReader, SnapshotWriter } from '../../core/snapshot.ts'

interface Sample {
  readonly timestampMs: number
  readonly value: number
}

export class WaitingSamples {
  readonly #wanted: number
  #samples: Sample[] = []
  #handedOut = 0
  #opened: boolean

  /** How many samples the range is taken from; 0 if none is needed. */
  constructor(wanted: number) {
    this.#wanted = wanted
    this.#opened = wanted === 0
  }

  /** Whether none waits any more. */
  get done(): boolean {
    return this.#opened && this.#handedOut === this.#samples.length
  }

  /** Whether the range has been asked for. */
  get opened(): boolean {
    return this.#opened
  }

  /** Whether there are, or have been, samples enough for the range. */
  get full(): boolean {
    return this.#opened || this.#samples.length >= this.#wanted
  }

  add(timestampMs: number, value: number): void {
    this.#samples.push({ timestampMs, value })
  }

  /** The range of the waiting values. From now on they may be handed out. */
  open(): { valueMin: number; valueMax: number } {
    this.#opened = true
    let valueMin = Infinity
    let valueMax = -Infinity
    for (const { value } of this.#samples) {
      valueMin = Math.min(valueMin, value)
      valueMax = Math.max(valueMax, value)
    }
    return { valueMin, valueMax }
  }

  /** The sample that has waited longest. */
  next(): Sample {
    const sample = this.#samples[this.#handedOut++] as Sample
    if (!this.done) return sample
    this.#samples = []
    this.#handedOut = 0
    return sample
  }

  snapshot(writer: SnapshotWriter): void {
    writer.boolean(this.#opened)
    const left = this.#samples.slice(this.#handedOut)
    writer.uint32(left.length)
    for (const { timestampMs, value } of left) {
      writer.float64(timestampMs)
      writer.float64(value)
    }
  }

  restore(reader: SnapshotReader): void {
    this.#opened = reader.boolean()
    const left = reader.uint32()
    this.#handedOut = 0
    this.#samples = Array.from({ length: left }, () => {
      const timestampMs = reader.float64()
      return { timestampMs, value: reader.float64() }
    })
  }
}
