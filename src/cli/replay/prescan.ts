/**
 * A first pass over an input: which series there are, and the range of each.
 *
 * Needed where a detector is told the range of the file (`range: file`), and where only the whole
 * input tells whether it has several series, since the output then has a column more.
 */

import type { FileFacts } from '../../evaluation/run.ts'
import type { OpenedRows } from './opened-rows.ts'
import type { RowReader } from './row.ts'
import { RowFeed } from './row-feed.ts'

/** Facts of series by their key. */
export type SeriesFacts = Map<string, FileFacts>

/** Facts of a series of which nothing is known beforehand. */
export const noFacts: FileFacts = {
  probationSamples: undefined,
  valueMin: NaN,
  valueMax: NaN,
}

/** Takes in the rows of some bytes. */
export class Prescan {
  readonly facts: SeriesFacts = new Map()
  /** Rows with a timestamp, and those of them that are later than the given time. */
  timedRows = 0
  laterRows = 0
  readonly #feed: RowFeed

  constructor(reader: RowReader, laterThanMs: number) {
    this.#feed = new RowFeed(reader, ({ labels, value, fault, timestampMs }) => {
      if (labels === undefined || fault !== undefined) return
      if (!Number.isNaN(timestampMs)) this.timedRows++
      if (timestampMs > laterThanMs) this.laterRows++
      const known = this.facts.get(labels.key)
      const valueMin = Math.min(known?.valueMin ?? Infinity, value)
      const valueMax = Math.max(known?.valueMax ?? -Infinity, value)
      this.facts.set(labels.key, { probationSamples: undefined, valueMin, valueMax })
    })
  }

  push(piece: Uint8Array): void {
    this.#feed.push(piece)
  }

  end(): void {
    this.#feed.end()
  }
}

/** What the head of an input tells. Its last row may be cut, which counts for nothing. */
export function headFacts(opened: OpenedRows, laterThanMs: number): Prescan {
  const scan = new Prescan(opened.newReader(), laterThanMs)
  scan.push(opened.head)
  if (opened.headIsAll) scan.end()
  return scan
}

/** The facts of two passes as those of one. */
export function joinFacts(all: SeriesFacts, more: SeriesFacts): void {
  for (const [key, { valueMin, valueMax }] of more) {
    const known = all.get(key)
    all.set(key, {
      probationSamples: undefined,
      valueMin: Math.min(known?.valueMin ?? Infinity, valueMin),
      valueMax: Math.max(known?.valueMax ?? -Infinity, valueMax),
    })
  }
}
