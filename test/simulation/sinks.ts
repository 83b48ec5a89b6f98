/**
 * The sinks of a world.
 *
 *   out        fails; takes a batch and says that it failed; takes the first half; is dead for long
 *   file       the same on the disk, with a length that a new process cuts it back to; takes runs
 *   slow       takes up to half a second for each write
 *   half dead  now and then says nothing until it is given up, whether it took the batch or not
 */

import type { Report, ReportKind } from '../../src/core/report.ts'
import { singleReports } from '../../src/core/score-run.ts'
import type { Reports } from '../../src/core/score-run.ts'
import { SinkError } from '../../src/sinks/sink.ts'
import type { Sink } from '../../src/sinks/sink.ts'
import type { World } from './world.ts'

export type SinkName = 'out' | 'file' | 'slow' | 'half dead'

interface SinkState {
  /** Virtual time until which it is dead. */
  readonly deadUntilMs: number
  /** Where a file is to be cut. */
  readonly resumeAt: number | undefined
}

/** See the head of the file. */
class WorldSink implements Sink {
  readonly accepts: ReadonlySet<ReportKind> = new Set(['score', 'alarm', 'warning', 'rejection'])
  readonly takesRuns: boolean
  readonly #name: string
  readonly #world: World
  readonly #deadUntilMs: number
  readonly #taken: Report[]
  readonly position?: () => number

  constructor(name: SinkName, world: World, { deadUntilMs, resumeAt }: SinkState) {
    this.#name = name
    this.takesRuns = name === 'file'
    this.#world = world
    this.#deadUntilMs = deadUntilMs
    this.#taken = world.taken.get(name) ?? []
    world.taken.set(name, this.#taken)
    if (name !== 'file') return
    this.position = () => this.#taken.length
    if (resumeAt !== undefined) this.#taken.length = Math.min(this.#taken.length, resumeAt)
  }

  async write(batch: Reports, signal: AbortSignal): Promise<void> {
    const world = this.#world
    const reports = singleReports(batch)
    await world.io()
    if (this.#name === 'slow') await passed(world, world.random.below(500), signal)
    const dead = (world.clock?.nowMs() ?? 0) < this.#deadUntilMs
    const full = this.#name === 'file' && world.diskFull
    if (dead || full || world.chance(world.odds.sinkFails)) throw this.#gone(reports)
    const ids = world.plant === 'ids by chance' ? reports.map(elsewhere) : reports
    const silent = this.#name === 'half dead' && world.chance(world.odds.sinkFails / 2)
    if (!silent || world.random.uniform() < 0.5) this.#taken.push(...ids)
    if (silent) await passed(world, Infinity, signal)
    await world.io()
    if (silent || world.chance(world.odds.answerLost)) throw this.#gone([])
  }

  /** It may have taken some of them. */
  #gone(reports: readonly Report[]): SinkError {
    const { random, plant } = this.#world
    if (random.uniform() < 0.3) this.#taken.push(...reports.slice(0, reports.length >> 1))
    return new SinkError('gone', { retryable: plant !== 'failed batch given up' })
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

/** A sink of a kind. */
export function worldSink(name: SinkName, world: World, state: SinkState): Sink {
  return new WorldSink(name, world, state)
}

/** Waits in virtual time; ends with an error once the signal aborts. */
function passed(world: World, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (delayMs !== Infinity) world.clock?.after(delayMs, resolve)
    const givenUp = (): void => reject(new SinkError('given up', { retryable: true }))
    signal.addEventListener('abort', givenUp, { once: true })
  })
}

let chance = 0

/** The same report as if it came from another place: so its id is another one. */
function elsewhere(report: Report): Report {
  return { ...report, origin: { ...report.origin, offset: -++chance } }
}
