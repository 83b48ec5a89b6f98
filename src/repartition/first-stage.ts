/**
 * The first stage of a repartition: what comes in unkeyed goes on keyed by series.
 *
 *   partition 0 ─┐                                     ┌─▶ samples 0
 *   partition 1 ─┼─▶ decode ─▶ stateless transforms ─▶ ┼─▶ samples 1      one record for each
 *   …            ┘                                     └─▶ …              batch and partition
 *
 * It keeps nothing. A batch of the input is acknowledged once its records are; what is read again
 * after a crash is written again, with the origins it had, and skipped by whoever has taken it.
 * How far a partition of the input has come (its ticks) goes to every partition of the samples,
 * because each makes its own time of it (series/merged-time.ts).
 *
 * One batch is decoded while the one before is being written. Memory: two batches.
 */

import type { Decoder } from '../codecs/codec.ts'
import type { Timers } from '../core/clock.ts'
import type { Observation, Origin } from '../core/observation.ts'
import type { Batch, DataRecord } from '../core/record.ts'
import type { Report, RejectionReport } from '../core/report.ts'
import type { Source } from '../sources/source.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { Transform } from '../transforms/transform.ts'
import type { SamplesRecord, SamplesTopic } from './samples-topic.ts'
import { untilDone } from './until-done.ts'

/** Who writes the records of one partition of the samples; codecs/samples/writer.ts. */
export interface RecordWriter {
  readonly lengthBytes: number
  readonly filled: boolean
  begin(partition: string): void
  mark(timestampMs: number): void
  sample(observation: Observation): void
  refusal(refused: RejectionReport): void
  finish(): Uint8Array
}

/** What the stage is made of. */
export interface FirstStageParts {
  /** In telemetry. */
  readonly name: string
  /** Without positions: the group's commits are what it goes on from. */
  readonly source: Source
  readonly decoder: Decoder
  /** Stateless ones only. */
  readonly transforms: readonly Transform[]
  readonly topic: Pick<SamplesTopic, 'open' | 'partitions' | 'partitionOf' | 'write' | 'close'>
  readonly newWriter: () => RecordWriter
  readonly telemetry: Pick<Telemetry, 'batchTaken' | 'sourceFailed'>
  readonly clock: Timers
}

/** A record is closed when it has so many bytes: small enough for any broker's limit. */
const recordBytes = 256 * 1024

/** See the head of the file. */
export class FirstStage {
  readonly #parts: FirstStageParts
  #writers: RecordWriter[] = []
  readonly #stages: Observation[][]
  #records: SamplesRecord[] = []
  /** How far each partition of the input was said to have come. */
  readonly #told = new Map<string, number>()
  #ready = false

  constructor(parts: FirstStageParts) {
    this.#parts = parts
    this.#stages = [[], ...parts.transforms.map(() => [])]
  }

  /** True once it reads. */
  get ready(): boolean {
    return this.#ready
  }

  /** Runs until the signal aborts. Throws what the source dies of. */
  async run(signal: AbortSignal): Promise<void> {
    const { source, topic, newWriter } = this.#parts
    if (!(await this.#untilDone(() => topic.open(), signal))) return
    this.#writers = Array.from({ length: topic.partitions }, newWriter)
    this.#ready = true
    let writing: Promise<void> = Promise.resolve()
    try {
      for await (const batch of source.batches(signal)) {
        const records = this.#taken(batch)
        await writing
        writing = this.#written(records, batch, signal)
      }
    } finally {
      await writing
      await topic.close()
    }
  }

  async #written(
    records: readonly SamplesRecord[],
    batch: Batch,
    signal: AbortSignal,
  ): Promise<void> {
    const done = await this.#untilDone(() => this.#parts.topic.write(records), signal)
    if (done) batch.acknowledge()
  }

  #untilDone(work: () => Promise<void>, signal: AbortSignal): Promise<boolean> {
    const { name, telemetry, clock } = this.#parts
    const failed = (error: unknown, againMs: number): void =>
      telemetry.sourceFailed(name, error, againMs)
    return untilDone(work, { signal, clock, failed })
  }

  /** The records that a batch becomes. */
  #taken({ records }: Batch): SamplesRecord[] {
    const partition = records[0]?.origin.partition ?? ''
    let markMs: number | undefined
    let observations = 0
    this.#writers.forEach((writer) => writer.begin(partition))
    for (const record of records) {
      if (record.kind === 'tick') markMs = Math.max(markMs ?? 0, record.timestampMs)
      else if (record.kind === 'data') observations += this.#decoded(record)
    }
    this.#parts.telemetry.batchTaken(this.#parts.name, { records: records.length, observations })
    this.#close(partition, markMs)
    const made = this.#records
    this.#records = []
    return made
  }

  /** Ends the records under way, and says in each how far the input has come. */
  #close(partition: string, markMs: number | undefined): void {
    const news = markMs !== undefined && markMs > (this.#told.get(partition) ?? -Infinity)
    if (news) this.#told.set(partition, markMs)
    this.#writers.forEach((writer, i) => {
      if (news) writer.mark(markMs)
      if (writer.filled) this.#records.push({ partition: i, value: writer.finish() })
    })
  }

  #decoded({ bytes, origin }: DataRecord): number {
    const { decoder, transforms } = this.#parts
    const decoded = this.#stages[0] as Observation[]
    decoded.length = 0
    for (const { at: _, ...refused } of decoder.decode(bytes, origin, decoded)) {
      this.#refuse({ kind: 'rejection', ...refused, timestampMs: origin.receivedMs, origin })
    }
    const count = decoded.length
    const refused: Report[] = []
    transforms.forEach((transform, i) => {
      const output = this.#stages[i + 1] as Observation[]
      output.length = 0
      transform.apply(this.#stages[i] as Observation[], output, refused)
    })
    for (const report of refused) if (report.kind === 'rejection') this.#refuse(report)
    for (const observation of this.#stages.at(-1) as Observation[]) this.#write(observation)
    decoder.recycle?.(decoded)
    return count
  }

  #write(observation: Observation): void {
    const partition = this.#parts.topic.partitionOf(observation.labels)
    const writer = this.#writers[partition] as RecordWriter
    writer.sample(observation)
    if (writer.lengthBytes >= recordBytes) this.#closeOne(partition, observation.origin)
  }

  /** What has no series goes to the first partition. */
  #refuse(refused: RejectionReport): void {
    const { topic } = this.#parts
    const partition = refused.labels === undefined ? 0 : topic.partitionOf(refused.labels)
    const writer = this.#writers[partition] as RecordWriter
    writer.refusal(refused)
    if (writer.lengthBytes >= recordBytes) this.#closeOne(partition, refused.origin)
  }

  #closeOne(partition: number, origin: Origin): void {
    const writer = this.#writers[partition] as RecordWriter
    this.#records.push({ partition, value: writer.finish() })
    writer.begin(origin.partition)
  }
}
