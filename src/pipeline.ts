/**
 * The loop: source → decoder → transforms → series → outlets.
 *
 *   push sources ──▶ intake ──▶ incoming log ──┐
 *                                              ├─▶ for each batch: taking (synchronous) ──▶ outlets
 *   sources with positions of their own ───────┘                    │
 *                                                                   ▼
 *                     checkpoints: cut, copy, deliver, save, acknowledge
 *
 * A record goes through the flow in one synchronous run, so the order of records is the order of
 * effects. Its reports are offered in the same run or, where worker threads score, later but in
 * order. Without a log sources are read directly and acknowledged once reports were offered.
 *
 * What takes can be exchanged for another (a new configuration) while sources and log stay: what
 * comes in meanwhile waits between two batches.
 */

import type { Clock, Timers } from './core/clock.ts'
import type { NamedRecord } from './core/record.ts'
import type { Checkpoints } from './series/checkpoint.ts'
import { InputRuns } from './series/inputs.ts'
import { runIntake } from './series/intake.ts'
import { LogReading } from './series/log-reading.ts'
import { OneOrder, namedBy } from './series/one-order.ts'
import { Taking } from './series/taking.ts'
import type { Input, TakingParts } from './series/taking.ts'
import type { RecordLog } from './stores/store.ts'

/** What makes a pipeline go on where it was: after the end of the process, or of its parts. */
export interface Durability {
  /** Absent where nothing outlives the process: then checkpoints are taken at exchanges only. */
  readonly log?: RecordLog
  readonly checkpoints: Checkpoints
}

/** Everything that a pipeline is made of. */
export interface PipelineParts extends TakingParts {
  readonly clock: Clock & Timers
  readonly durability?: Durability
}

/** See `Pipeline.run`. */
export const runPipeline = (parts: PipelineParts, signal: AbortSignal): Promise<void> =>
  new Pipeline(parts).run(signal)

/** How the parts of a pipeline are exchanged. */
export interface Exchange {
  /** Inputs that end before: no more there, or not the same. */
  readonly ending: ReadonlySet<string>
  // Makes the parts that go on, while nothing is taken; those of before where this moment is not
  // `saved`. An input that runs and stays must be among them as it is.
  readonly next: (saved: boolean) => Promise<PipelineParts>
}

/** See the head of the file. */
export class Pipeline {
  #parts: PipelineParts
  #taking: Taking
  readonly #runs: InputRuns<Input>
  readonly #order = new OneOrder()
  readonly #reading: LogReading | undefined
  #endCheckpoints: () => Promise<void> = () => Promise.resolve()
  /** Set while nothing may be taken. */
  #held: Promise<void> | undefined
  /** Aborts when something broke that no input can tell of. */
  readonly #broken = new AbortController()
  readonly #break = (error: unknown): void => this.#broken.abort(error)

  constructor(parts: PipelineParts) {
    this.#parts = parts
    this.#taking = new Taking(parts, this.#break)
    this.#runs = new InputRuns((input, stop) => this.#runInput(input, stop), parts.telemetry)
    const log = parts.durability?.log
    if (log !== undefined) this.#reading = new LogReading(log, (records) => this.#take(records))
  }

  /**
   * Runs until the signal aborts or every source has ended, reads what the log holds, and takes a
   * last checkpoint. Outlets are the caller's to drain.
   */
  async run(signal: AbortSignal): Promise<void> {
    const reading = this.#reading?.run()
    reading?.catch(this.#break)
    this.#startCheckpoints()
    try {
      await this.#runs.run(this.#parts.inputs, AbortSignal.any([signal, this.#broken.signal]))
    } finally {
      await this.#parts.durability?.log?.close()
      await reading
      await this.#endCheckpoints()
      await this.#taking.settled()
      if (reading !== undefined) await this.#parts.durability?.checkpoints.take()
    }
  }

  /**
   * Goes on with other parts from where it is. What `next` throws is thrown once all goes on as
   * before, and so is that it is over already. One at a time.
   */
  async exchange({ ending, next }: Exchange): Promise<void> {
    await this.#runs.end(ending)
    if (this.#runs.ended) throw new Error('it is over: there is nothing to go on with')
    if (ending.size > 0) await this.#reading?.caughtUp(this.#parts.clock)
    const held = Promise.withResolvers<void>()
    this.#held = held.promise
    try {
      await this.#taking.settled()
      const { durability, scoring } = this.#parts
      const parts = await next((await durability?.checkpoints.take()) === true)
      await this.#endCheckpoints()
      if (parts.scoring !== scoring) await scoring.close()
      this.#parts = parts
      this.#taking = new Taking(parts, this.#break)
      this.#startCheckpoints()
    } finally {
      this.#held = undefined
      held.resolve()
      this.#runs.start(this.#parts.inputs)
    }
  }

  #startCheckpoints(): void {
    const { durability } = this.#parts
    if (durability?.log === undefined) return
    const stop = new AbortController()
    const ended = durability.checkpoints.runUntil(stop.signal)
    ended.catch(this.#break)
    this.#endCheckpoints = () => (stop.abort(), ended)
  }

  async #runInput(input: Input, signal: AbortSignal): Promise<void> {
    const { durability, telemetry, clock } = this.#parts
    const { name, source, ownPositions = false } = input
    const log = durability?.log
    const parts = { name, source, telemetry, clock }
    if (log !== undefined && !ownPositions) return runIntake({ ...parts, log }, signal)
    const place = ownPositions ? namedBy : this.#order.placed
    for await (const batch of source.batches(signal, durability?.checkpoints.positions)) {
      await this.#take(place(name, batch.records))
      if (log !== undefined) continue
      this.#parts.scoring.offered().then(() => batch.acknowledge(), this.#break)
    }
  }

  async #take(records: readonly NamedRecord[]): Promise<void> {
    while (this.#held !== undefined) await this.#held
    await this.#taking.take(records)
  }
}
