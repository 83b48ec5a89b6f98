/**
 * The list of series, for many readers.
 *
 * Finding which series belong on a list looks at all of them; showing their present state looks at
 * those on the list only. So which and in what order is found at most once a second for each
 * query, less often where that takes long, and never for more than a twentieth of the time; the
 * rows are read anew at each look.
 */

import type { SeriesQuery } from '../series/catalog.ts'
import type { Explanation } from '../series/explanation.ts'
import type { SeriesSummary } from '../series/series-summary.ts'

/** Rows at once, or later where other threads have to be asked. */
export type Rows = SeriesSummary[] | Promise<SeriesSummary[]>

/** What the server asks of the scoring. */
export interface SeriesDirectory {
  /** Number of all series. */
  readonly size: number
  has(key: string): boolean
  /** Those that match, trouble first. */
  list(query: SeriesQuery): Rows
  /** What the series of a key was given, has learned and chosen; undefined where there is none. */
  explain(key: string): Explanation | undefined | Promise<Explanation | undefined>
  /** Those of some keys that there are, in their order. */
  summaries(keys: readonly string[]): Rows
}

/** A list is not searched again before this time has passed. */
const searchMs = 1_000

/** Searching takes at most one part in so many of the time. */
const searchShare = 20

/** Different lists that are remembered. */
const queriesMax = 64

interface Found {
  readonly keys: readonly string[]
  readonly nextSearchMs: number
}

/** See the head of the file. */
export class SeriesList {
  readonly #directory: SeriesDirectory
  /** Milliseconds that only go forward, with fractions. */
  readonly #nowMs: () => number
  /** By query, least recently searched first. */
  readonly #found = new Map<string, Found>()

  constructor(directory: SeriesDirectory, nowMs: () => number) {
    this.#directory = directory
    this.#nowMs = nowMs
  }

  /** Number of all series. */
  get size(): number {
    return this.#directory.size
  }

  /** Present rows of a list; series that were forgotten since the last search are left out. */
  rows(query: SeriesQuery): Rows {
    const name = JSON.stringify([query.search, query.state, query.limit])
    const found = this.#found.get(name)
    if (found === undefined || this.#nowMs() >= found.nextSearchMs) return this.#search(name, query)
    return this.#directory.summaries(found.keys)
  }

  /** Whether there is a series of this key. */
  has(key: string): boolean {
    return this.#directory.has(key)
  }

  /** The present rows of those of some keys that there are. */
  rowsOf(keys: readonly string[]): Rows {
    return this.#directory.summaries(keys)
  }

  /** What the series of a key was given, has learned and chosen; undefined where there is none. */
  explanationOf(key: string): Explanation | undefined | Promise<Explanation | undefined> {
    return this.#directory.explain(key)
  }

  #search(name: string, query: SeriesQuery): Rows {
    const startMs = this.#nowMs()
    const rows = this.#directory.list(query)
    if (rows instanceof Promise) return rows.then((late) => this.#note(name, late, startMs))
    return this.#note(name, rows, startMs)
  }

  /** Remembers what a search that began at `startMs` has found; returns the rows. */
  #note(name: string, rows: SeriesSummary[], startMs: number): SeriesSummary[] {
    const endMs = this.#nowMs()
    const restMs = Math.max(searchMs, (endMs - startMs) * searchShare)
    this.#found.delete(name)
    this.#found.set(name, { keys: rows.map((row) => row.key), nextSearchMs: endMs + restMs })
    for (const oldest of this.#found.keys()) {
      if (this.#found.size <= queriesMax) break
      this.#found.delete(oldest)
    }
    return rows
  }
}
