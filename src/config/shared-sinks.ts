/**
 * Sinks that several pipelines write to: each pipeline has a delivery of its own around a share of
 * the one sink, and the shares take turns.
 *
 *   pipeline A ─▶ delivery ─▶ share ─┐
 *                                    ├─ one write at a time ─▶ sink
 *   pipeline B ─▶ delivery ─▶ share ─┘
 *
 * A share has no position: output of several pipelines cannot be cut back to the checkpoint of one,
 * so after a crash reports may be there twice, under the same ids.
 */

import type { AnyOptions } from '../core/options.ts'
import type { Report, ReportKind } from '../core/report.ts'
import type { Sink, SinkRow, SinkSurroundings } from '../sinks/sink.ts'

interface Shared {
  readonly sink: Promise<Sink>
  last: Promise<unknown>
}

/** See the head of the file. */
export class SharedSinks {
  readonly #shared = new Map<string, Shared>()

  /** The table of sinks, changed so that one sink is made for each name, however often asked. */
  table(rows: Readonly<Record<string, SinkRow>>): Readonly<Record<string, SinkRow>> {
    const entries = Object.entries(rows).map(([type, row]) => {
      const create = (options: AnyOptions, around: SinkSurroundings): Promise<Sink> =>
        this.#share(row, options, around)
      return [type, { ...row, create }] as const
    })
    return Object.fromEntries(entries)
  }

  /** The sinks made so far, by name. */
  async made(): Promise<Sink[]> {
    return Promise.all([...this.#shared.values()].map(({ sink }) => sink))
  }

  /**
   * Sinks of these names are made anew from now on; those of before stay until it is said what
   * becomes of them.
   */
  replace(names: readonly string[]): Replacement {
    const before = new Map<string, Shared>()
    for (const name of names) {
      const shared = this.#shared.get(name)
      if (shared !== undefined) before.set(name, shared)
      this.#shared.delete(name)
    }
    return {
      confirm: () => closed(before.values()),
      undo: async () => {
        const made = names
          .map((name) => this.#shared.get(name))
          .filter((each) => each !== undefined)
        for (const name of names) this.#shared.delete(name)
        for (const [name, shared] of before) this.#shared.set(name, shared)
        await closed(made)
      },
    }
  }

  /** Ends the sinks themselves, after all shares. */
  close(): Promise<void> {
    return closed(this.#shared.values())
  }

  async #share(row: SinkRow, options: AnyOptions, around: SinkSurroundings): Promise<Sink> {
    let shared = this.#shared.get(around.name)
    if (shared === undefined) {
      const sink = Promise.resolve(row.create(options, around))
      shared = { sink, last: Promise.resolve() }
      this.#shared.set(around.name, shared)
    }
    try {
      return new Share(await shared.sink, shared)
    } catch (error) {
      // Whoever asks next tries again.
      if (this.#shared.get(around.name) === shared) this.#shared.delete(around.name)
      throw error
    }
  }
}

/** What becomes of sinks in the place of which others are made: they end, or they go on. */
export interface Replacement {
  confirm(): Promise<void>
  undo(): Promise<void>
}

async function closed(all: Iterable<Shared>): Promise<void> {
  for (const { sink, last } of all) {
    await last
    await (await sink).close()
  }
}

/** What one pipeline has of a sink. */
class Share implements Sink {
  readonly accepts: ReadonlySet<ReportKind>
  readonly takesRuns: boolean
  readonly #sink: Sink
  readonly #shared: Shared

  constructor(sink: Sink, shared: Shared) {
    this.accepts = sink.accepts
    this.takesRuns = sink.takesRuns === true
    this.#sink = sink
    this.#shared = shared
  }

  write(reports: readonly Report[], signal: AbortSignal): Promise<void> {
    const turn = this.#shared.last.then(() => this.#sink.write(reports, signal))
    this.#shared.last = turn.catch(() => undefined)
    return turn
  }

  /** The sink goes on for the others. */
  close(): Promise<void> {
    return Promise.resolve()
  }
}
