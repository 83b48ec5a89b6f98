/**
 * Reloading: a new configuration at work without a pause and without losing a state or a sample.
 *
 *   load     read, check; faults: all of them are told, the old one goes on
 *   end      sources that are no more or not the same; what they gave is taken
 *   hold     nothing is taken any more; what comes in waits in the log, or in its source
 *   save     a checkpoint of exactly this moment
 *   compose  everything anew from that checkpoint, around the sources and sinks that go on
 *   go on    from exactly there
 *
 * Sources and sinks whose options stay the same stay as they are, with their connections, files
 * and what waits in them. A series keeps its state unless options that shape it changed: then it
 * starts anew, loudly. The alarms of a sink that is no more stay in the outbox, and are told of,
 * until there is a sink of that name again; with `store: none` they are given up and counted.
 *
 * Where anything fails the old configuration goes on from the same moment.
 */

import { ForewarnError } from '../core/errors.ts'
import type { Pipeline, PipelineParts } from '../pipeline.ts'
import type { Input } from '../series/taking.ts'
import type { ConfigurationState } from '../server/health.ts'
import type { Changes, ReloadDone, ReloadOutcome } from '../server/reload.ts'
import type { Source } from '../sources/source.ts'
import { compose, madeInput, sourcesOf } from './compose.ts'
import type { Composition, Surroundings } from './compose.ts'
import type { Config } from './config.ts'
import { ReloadTurns } from './reload-turns.ts'
import { demandNoRestart } from './restart.ts'
import { changesBetween } from './standing.ts'

/** What is running. */
export interface Running {
  readonly config: Config
  readonly composition: Composition
}

/** What reloads work on. */
export interface ReloadParts {
  readonly surroundings: Surroundings
  readonly pipeline: Pipeline
  /** Reads and checks the configuration. Throws ERR_CONFIG_UNREADABLE, ERR_CONFIG_INVALID. */
  readonly load: () => Config
  /** Puts everything that is not of the pipeline to work: server, log. May refuse by throwing. */
  readonly takeOver: (next: Running) => Promise<void>
}

/** See the head of the file. */
export class Reloads {
  readonly #parts: ReloadParts
  readonly #turns: ReloadTurns
  #running: Running

  constructor(parts: ReloadParts, running: Running) {
    const { clock, telemetry } = parts.surroundings
    this.#parts = parts
    this.#running = running
    this.#turns = new ReloadTurns({ clock, telemetry, reload: (ms) => this.#reloaded(ms) })
  }

  /** What runs now. */
  get running(): Running {
    return this.#running
  }

  get state(): ConfigurationState {
    return this.#turns.state
  }

  /** Loads the configuration again. While that is under way one further request waits. */
  request(): Promise<ReloadOutcome> {
    return this.#turns.request()
  }

  /** Lets the reload that is under way come to its end; there is none after it. */
  close(): Promise<void> {
    return this.#turns.close()
  }

  async #reloaded(startMs: number): Promise<ReloadDone> {
    const { surroundings, pipeline, load } = this.#parts
    const { tables, clock } = surroundings
    const { config: was, composition: old } = this.#running
    const config = load()
    demandNoRestart(was, config)
    const sources = changesBetween(sourcesOf(was, tables), sourcesOf(config, tables))
    const sinks = changesBetween(was.sinks, config.sinks)
    const fresh = await madeInputs(config, sources.begun, surroundings)
    let failure: { readonly error: unknown } | undefined
    await pipeline.exchange({
      ending: new Set(sources.ended),
      next: async (saved) => {
        try {
          if (!saved) throw new ForewarnError('ERR_STORE_WRITE', 'no checkpoint could be saved')
          await this.#exchanged(config, fresh, { sources, sinks })
          return this.#running.composition.parts
        } catch (error) {
          failure = { error }
          for (const { source } of fresh.values()) await abandoned(source)
          return this.#partsOfBefore(sources.ended)
        }
      },
    })
    if (failure !== undefined) throw failure.error
    for (const name of sinks.ended) await this.#retired(old, name, sinks)
    const gone = sources.ended.filter((name) => !sources.begun.includes(name))
    for (const name of gone) surroundings.shares.forget(name)
    const { size: series } = this.#running.composition.parts.scoring
    return { sources, sinks, series, tookMs: clock.nowMs() - startMs }
  }

  /** The new composition in the place of the old one, or an error and nothing changed. */
  async #exchanged(
    config: Config,
    fresh: ReadonlyMap<string, Input>,
    { sources, sinks }: { readonly sources: Changes; readonly sinks: Changes },
  ): Promise<void> {
    const { surroundings, takeOver } = this.#parts
    const { run, parts, sinks: made } = this.#running.composition
    for (const { source } of fresh.values()) await source.open?.()
    const kept = parts.inputs.filter(({ name }) => sources.kept.includes(name))
    const standing = {
      control: this.#running.composition.control,
      run: { ...run, state: await run.store.load(), lostLogBytes: 0 },
      inputs: new Map([...kept.map((input) => [input.name, input] as const), ...fresh]),
      sinks: new Map([...made].filter(([name]) => sinks.kept.includes(name))),
    }
    const composition = await compose(config, surroundings, standing)
    try {
      await takeOver({ config, composition })
    } catch (error) {
      for (const name of sinks.begun) await ended(composition, name)
      await composition.parts.scoring.close()
      throw error
    }
    this.#running = { config, composition }
  }

  /** The parts as they were, with those inputs anew that have ended already. */
  async #partsOfBefore(gone: readonly string[]): Promise<PipelineParts> {
    const { config, composition } = this.#running
    const again = await madeInputs(config, gone, this.#parts.surroundings)
    const { parts } = composition
    const inputs = parts.inputs.map((input) => again.get(input.name) ?? input)
    const before = { ...composition, parts: { ...parts, inputs } }
    // The routes of the ended sources lead nowhere; those of the new ones must be there.
    if (gone.length > 0) await this.#parts.takeOver({ config, composition: before })
    this.#running = { config, composition: before }
    return before.parts
  }

  /** A delivery whose sink is no more; of one that changed the alarms are the new one's by now. */
  async #retired(old: Composition, name: string, sinks: Changes): Promise<void> {
    if (sinks.begun.includes(name)) old.sinks.get(name)?.delivery.confirmOutbox()
    await ended(old, name)
  }
}

async function ended({ sinks }: Composition, name: string): Promise<void> {
  await sinks.get(name)?.delivery.drain(AbortSignal.abort())
}

async function madeInputs(
  config: Config,
  names: readonly string[],
  surroundings: Surroundings,
): Promise<ReadonlyMap<string, Input>> {
  const inputs = new Map<string, Input>()
  for (const each of sourcesOf(config, surroundings.tables)) {
    if (names.includes(each.name)) inputs.set(each.name, await madeInput(each, surroundings))
  }
  return inputs
}

/** A source that was opened and never asked: it ends without a batch. */
async function abandoned(source: Source): Promise<void> {
  if (source.open === undefined) return
  for await (const _ of source.batches(AbortSignal.abort())) return
}
