/**
 * The loop: source → decoder → transforms → series → outlets.
 *
 *   push sources ──▶ intake ──▶ incoming log ──┐
 *                                              ├─▶ for each batch: flow (synchronous) ──▶ outlets
 *   sources with positions of their own ───────┘                    │
 *                                                                   ▼
 *                     checkpoints: cut, copy, deliver, save, acknowledge
 *
 * Everything between taking a batch and offering its reports happens in one synchronous run, so
 * nothing can come in between and the order of records is the order of effects. Without a store
 * there is no log: every source is read directly and acknowledged once its reports were offered.
 */

import type { Decoder } from './codecs/codec.ts'
import type { Clock, Timers } from './core/clock.ts'
import type { NamedRecord } from './core/record.ts'
import type { Report, ReportKind } from './core/report.ts'
import type { Catalog } from './series/catalog.ts'
import type { Checkpoints } from './series/checkpoint.ts'
import { Flow, orphanReport } from './series/flow.ts'
import { runInputs } from './series/inputs.ts'
import type { EndingInput } from './series/inputs.ts'
import { runIntake } from './series/intake.ts'
import type { Source } from './sources/source.ts'
import type { Positions, RecordLog } from './stores/store.ts'
import type { Telemetry } from './telemetry/telemetry.ts'
import type { Transform } from './transforms/transform.ts'

/** A source with the decoder of its bytes. */
export interface Input extends EndingInput {
  readonly source: Source
  readonly decoder: Decoder
  /** True where the source can be asked again from a position; its records bypass the log. */
  readonly ownPositions?: boolean
}

/** Where reports leave the pipeline: a sink in its delivery. */
export interface Outlet {
  readonly accepts: ReadonlySet<ReportKind>
  /** Takes reports; a promise only where its policy is to wait for room. */
  offer(reports: readonly Report[]): Promise<void> | undefined
}

/** What makes a pipeline durable. */
export interface Durability {
  readonly log: RecordLog
  readonly checkpoints: Checkpoints
  /** Where the last run's checkpoint stood. */
  readonly positions: Positions
}

/** Everything that a pipeline is made of. */
export interface PipelineParts {
  readonly inputs: readonly Input[]
  readonly transforms: readonly Transform[]
  readonly catalog: Catalog
  readonly outlets: readonly Outlet[]
  readonly telemetry: Telemetry
  readonly clock: Clock & Timers
  readonly durability?: Durability
}

/**
 * Runs until the signal aborts or every source has ended, reads what the log holds, and takes a
 * last checkpoint. Outlets are the caller's to drain.
 */
export async function runPipeline(parts: PipelineParts, signal: AbortSignal): Promise<void> {
  const runner = new Runner(parts)
  const { inputs, telemetry, durability } = parts
  const ended = new AbortController()
  const reading = durability && runner.runLog(durability.log)
  const saved = durability && durability.checkpoints.runUntil(ended.signal)
  try {
    await runInputs(inputs, (input, stop) => runner.runInput(input, stop), telemetry, signal)
  } finally {
    await durability?.log.close()
    await reading
    ended.abort()
    await saved
    await durability?.checkpoints.take()
  }
}

/** One pipeline at work. */
class Runner {
  readonly #parts: PipelineParts
  readonly #flow: Flow
  readonly #inputs: ReadonlyMap<string, Input>

  constructor(parts: PipelineParts) {
    this.#parts = parts
    this.#flow = new Flow(parts.transforms, parts.catalog)
    this.#inputs = new Map(parts.inputs.map((input) => [input.name, input]))
  }

  async runInput(input: Input, signal: AbortSignal): Promise<void> {
    const { durability, telemetry, clock } = this.#parts
    if (durability !== undefined && input.ownPositions !== true) {
      const { name, source } = input
      await runIntake({ name, source, log: durability.log, telemetry, clock }, signal)
      return
    }
    for await (const batch of input.source.batches(signal, durability?.positions)) {
      await this.#take(batch.records.map((record) => ({ input: input.name, record })))
      if (durability === undefined) batch.acknowledge()
    }
  }

  /** Reads the log until it is closed and empty, so that a stop loses nothing that was answered. */
  async runLog(log: RecordLog): Promise<void> {
    for await (const { records } of log.batches(new AbortController().signal)) {
      await this.#take(records)
    }
  }

  /**
   * Runs records through the flow and offers the reports, all in one synchronous run: a cut falls
   * before or after it, never between the states and the reports that belong to them.
   */
  async #take(records: readonly NamedRecord[]): Promise<void> {
    const { outlets, telemetry, catalog } = this.#parts
    const reports: Report[] = []
    for (const named of records) this.#takeOne(named, reports)
    telemetry.seriesCount(catalog.size, catalog.limit)
    const rooms = outlets.map((outlet) => outlet.offer(reports))
    for (const room of rooms) if (room !== undefined) await room
  }

  #takeOne({ input: name, record }: NamedRecord, reports: Report[]): void {
    const { telemetry, durability } = this.#parts
    const first = reports.length
    const input = this.#inputs.get(name)
    let observations = 0
    if (input === undefined) reports.push(orphanReport(name, record.origin))
    else observations = this.#flow.take(record, input.decoder, reports)
    telemetry.batchTaken(name, { records: 1, observations })
    for (let i = first; i < reports.length; i++) told(reports[i] as Report, name, telemetry)
    durability?.checkpoints.taken(record.origin.partition, record.origin.offset)
  }
}

function told(report: Report, input: string, telemetry: Telemetry): void {
  if (report.kind === 'alarm') telemetry.alarmChanged(report)
  else if (report.kind === 'rejection') telemetry.rejected(input, report)
}
