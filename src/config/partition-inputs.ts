/**
 * What reads topics that are shared by partitions: for each configured source the one that hands
 * records to the partitions, and where the topic is not keyed the first stage before it.
 *
 *   begin ─▶ join the group ─▶ partitions come … ─▶ end: read no more ─▶ save ─▶ leave the group
 */

import type { FirstStage } from '../repartition/first-stage.ts'
import type { SamplesTopic } from '../repartition/samples-topic.ts'
import { untilDone } from '../repartition/until-done.ts'
import type { Source } from '../sources/source.ts'
import type { Surroundings } from './compose.ts'
import type { Config, SourceConfig } from './config.ts'
import { rowOf } from './judging.ts'
import type { Partitions, SourcePartitions } from './partitions.ts'
import {
  firstStage,
  isRepartitioned,
  runsStage,
  samplesTopic,
  secondStage,
  stagedTransforms,
} from './repartition.ts'

/** What inputs work with. */
export interface PartitionInputsParts {
  readonly surroundings: Surroundings
  readonly partitions: Partitions
  /** Resolves once everything that people said before is known. */
  readonly caughtUp: Promise<void> | undefined
  /** True where positions are committed with the reports, and by nobody else. */
  readonly once: boolean
  /** Ends all of them. */
  readonly stop: AbortSignal
  /** Told what one of them dies of. */
  readonly onBroken: (error: unknown) => void
}

/** An input that does not run yet. */
interface MadeInput {
  readonly source?: Source
  /** What the source has of the partitions. */
  readonly own?: SourcePartitions
  readonly topic?: SamplesTopic
  readonly stage?: FirstStage
}

interface RunningInput extends MadeInput {
  readonly stop: AbortController
  readonly ended: Promise<unknown>
}

/** Inputs that do not run yet, by the names of their sources. */
export type MadeInputs = ReadonlyMap<string, MadeInput>

/** See the head of the file. */
export class PartitionInputs {
  readonly #parts: PartitionInputsParts
  readonly #running = new Map<string, RunningInput>()

  constructor(parts: PartitionInputsParts) {
    this.#parts = parts
  }

  /** Makes the inputs of these names. Nothing of the outside is touched yet. */
  async made(config: Config, names: readonly string[]): Promise<MadeInputs> {
    const made = new Map<string, MadeInput>()
    for (const each of config.sources) {
      if (names.includes(each.name)) made.set(each.name, await this.#made(config, each))
    }
    return made
  }

  begin(inputs: MadeInputs): void {
    const { stop: all, onBroken } = this.#parts
    for (const [name, input] of inputs) {
      const stop = new AbortController()
      const signal = AbortSignal.any([all, stop.signal])
      const works = [this.#read(name, input, signal), input.stage?.run(signal)]
      // One that fails ends the others: whoever is told closes what is open.
      for (const each of works) each?.catch(onBroken)
      this.#running.set(name, { ...input, stop, ended: Promise.allSettled(works) })
    }
  }

  /** Ends those of these names, saves their partitions and leaves their groups. */
  async end(names: readonly string[], late: AbortSignal): Promise<void> {
    const { surroundings, once } = this.#parts
    const ending = [...this.#running].filter(([name]) => names.includes(name))
    for (const [, { stop }] of ending) stop.abort()
    for (const [name, { source, own, ended }] of ending) {
      await ended
      const saved = await own?.end(late)
      this.#running.delete(name)
      source?.saved?.(once ? new Map() : (saved ?? new Map()))
      await source?.closed?.()
      surroundings.shares.forget(name)
    }
  }

  /** Resolves once all have ended, after `stop`. */
  async ended(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ ended }) => ended))
  }

  /** What checkpoints have saved: it need not be read again. */
  saved(positions: ReadonlyMap<string, number>): void {
    for (const { source } of this.#running.values()) source?.saved?.(positions)
  }

  /** Resolves once all groups are left. */
  async closed(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ source }) => source?.closed?.()))
  }

  /** Why it is too early to call the program ready. */
  get waitsFor(): string[] {
    const inputs = [...this.#running]
    const deciding = inputs.some(([, { stage }]) => stage?.ready === false)
    const waiting = inputs.filter(([name, { source }]) => {
      return source !== undefined && !this.#parts.surroundings.shares.has(name)
    })
    return [
      ...(deciding ? ['the first stage has not begun'] : []),
      ...waiting.map(([name]) => `${name} has no partitions with their states yet`),
    ]
  }

  async #made(config: Config, source: SourceConfig): Promise<MadeInput> {
    const { surroundings, partitions } = this.#parts
    const { telemetry, clock, tables, shares } = surroundings
    const { name } = source
    const two = isRepartitioned(source)
    const stage =
      two && runsStage(source, 'decode')
        ? await firstStage(config, source, surroundings)
        : undefined
    if (two && !runsStage(source, 'score')) return { ...(stage && { stage }) }
    const read = two ? secondStage(source) : source
    const own = partitions.of(name)
    return {
      own,
      ...(stage && { stage }),
      ...(two && { topic: samplesTopic(source) }),
      source: await rowOf(tables.sources, read).create(read.options, {
        name,
        clock,
        ownership: own,
        onRejection: (refused) => telemetry.rejected(name, refused),
        onFailure: (error, retryInMs) => telemetry.sourceFailed(name, error, retryInMs),
        share: shares.listener(name),
      }),
    }
  }

  async #read(name: string, { source, topic }: MadeInput, signal: AbortSignal): Promise<void> {
    const { surroundings, partitions, caughtUp } = this.#parts
    const { telemetry, clock } = surroundings
    if (source === undefined) return
    const failed = (error: unknown, againMs: number): void =>
      telemetry.sourceFailed(name, error, againMs)
    // A partition may have to hear again what it had heard.
    await caughtUp
    const open = async (): Promise<void> => topic?.open()
    if (!(await untilDone(open, { signal, clock, failed }))) return
    for await (const { records } of source.batches(signal, new Map())) {
      await partitions.hand(records)
    }
    telemetry.sourceEnded(name)
  }
}

/** The sources of a configuration, each with all that matters to its input. */
export function inputsOf(config: Config, { tables }: Surroundings): readonly SourceConfig[] {
  const { first } = stagedTransforms(config.transforms, tables)
  return config.sources.map((source) => {
    return isRepartitioned(source) ? { ...source, staged: first } : source
  })
}
