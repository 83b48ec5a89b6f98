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

  /** Ends the sinks themselves, after all shares. */
  async close(): Promise<void> {
    for (const { sink, last } of this.#shared.values()) {
      await last
      await (await sink).close()
    }
  }

  async #share(row: SinkRow, options: AnyOptions, around: SinkSurroundings): Promise<Sink> {
    let shared = this.#shared.get(around.name)
    if (shared === undefined) {
      const sink = Promise.resolve(row.create(options, around))
      shared = { sink, last: Promise.resolve() }
      this.#shared.set(around.name, shared)
    }
    return new Share(await shared.sink, shared)
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
