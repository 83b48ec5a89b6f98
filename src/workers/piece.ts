/**
 * A piece of work as the main thread fills it: what each shard is to do, and how the turns of all
 * shards and the reports made here follow one another.
 *
 *   steps   0     1     2     3     4         each sample, tick or word is a step
 *   shard   1     0     0     all   1         whose turn it is
 *   marks      ▲                 ▲            reports made here; ends of records
 */

import type { Labels } from '../core/labels.ts'
import type { Observation, Origin } from '../core/observation.ts'
import type { Report } from '../core/report.ts'
import { Doubles } from './doubles.ts'
import type { SharedDoubles } from './doubles.ts'
import { originDoubles, sampleDoubles } from './messages.ts'
import type { Introduction, Word, Work, WorkDone } from './messages.ts'

/** The shard of a step that is everybody's turn. */
export const everyShard = 255

/** A place among the steps: the reports made here up to `reports` come before step `step`. */
export interface MarkOfStep {
  step: number
  readonly reports: number
  /** True where no report stands between it and the mark before: then it may move on. */
  readonly bare: boolean
  /** Where a record ends here: the input that it came in by. */
  readonly input: string | undefined
}

/** A pair of buffers that the main thread and a shard share. */
export interface Slot {
  readonly index: number
  /** What the shard was told last. */
  samples: SharedDoubles | undefined
  /** What the shard has told last. */
  rows: SharedDoubles | undefined
}

/** What one shard is to do. */
export class ShardWork {
  readonly slot: Slot
  readonly samples: Doubles
  sampleCount = 0
  readonly origins: Origin[] = []
  readonly words: Word[] = []
  readonly introductions: Introduction[] = []
  readonly groups: [sample: number, values: readonly number[]][] = []
  /** Once answered. */
  done: WorkDone | undefined

  constructor(slot: Slot) {
    this.slot = slot
    this.samples = new Doubles(slot.samples)
  }

  get empty(): boolean {
    return this.sampleCount === 0 && this.words.length === 0
  }

  add(id: number, observation: Observation): void {
    const { origin } = observation
    const { origins, samples } = this
    if (origins[origins.length - 1] !== origin) origins.push(origin)
    const at = samples.row(sampleDoubles)
    const { values } = samples
    values[at] = id
    values[at + 1] = observation.timestampMs
    values[at + 2] = observation.remainderNs
    values[at + 3] = observation.value
    values[at + 4] = origins.length - 1
    values[at + 5] = observation.index
    if (observation.values !== undefined) this.groups.push([this.sampleCount, observation.values])
    this.sampleCount++
  }

  /** The sample at an index; its series by the table of ids. */
  sampleAt(index: number, labels: readonly (Labels | undefined)[]): Observation {
    const { values } = this.samples
    const at = index * sampleDoubles
    return {
      labels: labels[(values[at] as number) | 0] as Labels,
      timestampMs: values[at + 1] as number,
      remainderNs: (values[at + 2] as number) | 0,
      value: values[at + 3] as number,
      origin: this.origins[(values[at + 4] as number) | 0] as Origin,
      index: (values[at + 5] as number) | 0,
    }
  }

  /** The message for the shard. */
  request(): Work {
    const partitions: string[] = []
    for (const { partition, offset, receivedMs } of this.origins) {
      if (!partitions.includes(partition)) partitions.push(partition)
      const at = this.samples.row(originDoubles)
      const { values } = this.samples
      values[at] = partitions.indexOf(partition)
      values[at + 1] = offset
      values[at + 2] = receivedMs
    }
    const { slot, sampleCount, words, introductions, groups } = this
    const { values } = this.samples
    const samples = values === slot.samples ? undefined : values
    slot.samples = values
    return {
      do: 'work',
      slot: slot.index,
      samples,
      sampleCount,
      originCount: this.origins.length,
      partitions,
      words,
      introductions,
      groups,
    }
  }

  /** The shard's answer. */
  answer(done: WorkDone): void {
    this.done = done
    this.slot.rows = done.rows ?? this.slot.rows
  }
}

/** See the head of the file. */
export class Piece {
  readonly shards: readonly ShardWork[]
  /** Whose turn each step is. */
  steps = new Uint8Array(stepsMin)
  stepCount = 0
  /** Reports made by whoever stands in front of the judge, and by the judge. */
  readonly reports: Report[] = []
  readonly marks: MarkOfStep[] = []
  /** Called once its reports are offered. */
  readonly after: (() => void)[] = []
  /** Shards that have not answered. */
  pending = 0
  #marked = 0

  constructor(shards: readonly ShardWork[]) {
    this.shards = shards
  }

  /** Whether it has been given nothing at all. */
  get empty(): boolean {
    return this.stepCount === 0 && this.reports.length === 0
  }

  step(shard: number): void {
    if (this.reports.length !== this.#marked) this.#mark(undefined)
    if (this.stepCount === this.steps.length) {
      const grown = new Uint8Array(2 * this.stepCount)
      grown.set(this.steps)
      this.steps = grown
    }
    this.steps[this.stepCount++] = shard
  }

  /** A record that came in by an input is taken. */
  endRecord(input: string): void {
    const last = this.marks.at(-1)
    const none = this.reports.length === this.#marked
    if (none && last?.bare === true && last.input === input) last.step = this.stepCount
    else this.#mark(input)
  }

  #mark(input: string | undefined): void {
    const bare = this.reports.length === this.#marked
    this.marks.push({ step: this.stepCount, reports: this.reports.length, bare, input })
    this.#marked = this.reports.length
  }
}

const stepsMin = 256
