/**
 * The reports of all shards, and those made here, in the order of the input: as one thread would
 * have made them.
 *
 * The steps of the piece are gone through once more, and of each the reports are taken from the
 * shard whose turn it was. Where it was everybody's turn, they are put into the order of the series
 * keys, as a catalog does by itself.
 *
 * Cost: one look at each step where a shard reported anything, none where none did.
 */

import type { Labels } from '../core/labels.ts'
import type { Report } from '../core/report.ts'
import { sortBySeries } from '../series/series-order.ts'
import { noteCause } from '../series/scoring.ts'
import type { ReportBatch } from '../series/scoring.ts'
import type { LooseReport } from './messages.ts'
import { everyShard } from './piece.ts'
import type { MarkOfStep, Piece, ShardWork } from './piece.ts'
import { readRow, rowsOfReport, scoreDoubles } from './score-rows.ts'
import { labelsOf } from './shard.ts'

/** Labels by id, for each shard. */
export type LabelTables = readonly (readonly (Labels | undefined)[])[]

/** The reports of a piece that every shard has answered. */
export function merged(piece: Piece, tables: LabelTables): ReportBatch {
  const readers = piece.shards.map((work, i) => new Reader(work, tables[i] ?? []))
  const reports: Report[] = []
  const causes: { input: string; end: number }[] = []
  const quiet = readers.every((reader) => reader.ended)
  let step = 0
  let here = 0
  for (const mark of piece.marks) {
    if (quiet) step = mark.step
    for (; step < mark.step; step++) readStep(piece.steps[step] as number, readers, reports)
    here = takeHere(piece, mark, here, reports)
    if (mark.input !== undefined) noteCause(causes, mark.input, reports.length)
  }
  return { all: reports, reports, causes }
}

function takeHere(piece: Piece, mark: MarkOfStep, from: number, reports: Report[]): number {
  for (let i = from; i < mark.reports; i++) reports.push(piece.reports[i] as Report)
  return mark.reports
}

function readStep(shard: number, readers: readonly Reader[], reports: Report[]): void {
  if (shard !== everyShard) {
    readers[shard]?.sample(reports)
    return
  }
  const first = reports.length
  for (const reader of readers) reader.word(reports)
  sortBySeries(reports, first)
}

/** Reads what a shard reported, turn by turn. */
class Reader {
  readonly #work: ShardWork
  readonly #labels: readonly (Labels | undefined)[]
  readonly #rows: Float64Array
  readonly #rowCount: number
  readonly #loose: readonly LooseReport[]
  #turn = 0
  #sample = 0
  #row = 0
  #nextLoose = 0

  constructor(work: ShardWork, labels: readonly (Labels | undefined)[]) {
    this.#work = work
    this.#labels = labels
    const { rowCount, loose } = work.done ?? nothing
    this.#rows = work.slot.rows ?? noRows
    this.#rowCount = rowCount
    this.#loose = loose
  }

  /** Whether nothing is left to be read. */
  get ended(): boolean {
    return this.#row === this.#rowCount && this.#nextLoose === this.#loose.length
  }

  word(reports: Report[]): void {
    const turn = this.#turn++
    for (let each = this.#looseOf(turn); each !== undefined; each = this.#looseOf(turn)) {
      const labels = each.pairs === undefined ? {} : { labels: labelsOf(each.pairs) }
      reports.push({ ...each.report, ...labels } as Report)
    }
  }

  sample(reports: Report[]): void {
    const turn = this.#turn++
    const index = this.#sample++
    for (;;) {
      const loose = this.#looseOf(turn)
      if (loose !== undefined) {
        const { labels } = this.#work.sampleAt(index, this.#labels)
        reports.push({ ...loose.report, labels } as Report)
        continue
      }
      const at = this.#row * scoreDoubles
      if (this.#row >= this.#rowCount || this.#rows[at] !== turn) return
      reports.push(readRow(this.#rows, at, this.#work.sampleAt(index, this.#labels)))
      this.#row += rowsOfReport(this.#rows, at)
    }
  }

  /** The next loose report, where it is of this turn and no row comes before it. */
  #looseOf(turn: number): LooseReport | undefined {
    const next = this.#loose[this.#nextLoose]
    if (next === undefined || next.turn !== turn || next.rowsBefore !== this.#row) return undefined
    this.#nextLoose++
    return next
  }
}

const nothing = { rowCount: 0, loose: [] }
const noRows = new Float64Array(0)
