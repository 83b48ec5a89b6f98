/**
 * The score history at work: takes rows and alarms, makes them last, drops what is too old or too
 * much, and answers. Runs in the history's own thread; synchronous, time comes as an argument.
 *
 *   packet ──▶ open rows (memory) ──commit──▶ journal
 *                    └──full, or an hour old──▶ seal: blocks by series ──▶ pages
 *
 * What was taken before a commit outlives the process. A row that comes again after a crash has the
 * same time in its series, and is the same row: it is kept once by a seal, and seen once by a
 * reader. A disk that refuses loses what is over the bound on memory, oldest first; `lostRows`
 * counts it.
 */

import { changedEntry } from '../core/alarm-entry.ts'
import type { AlarmEntry } from '../core/feed.ts'
import type { AlarmsAnswer, AlarmsQuery, SamplesAnswer, SamplesQuery } from '../core/history.ts'
import { alarmFromText } from '../core/report-text.ts'
import type { RowPacket } from '../core/score-rows.ts'
import { decodeBlock, emptyBlock, encodedBlock, firstTimeMs } from './block.ts'
import { HistoryDatabase } from './database.ts'
import type { SealTimes } from './database.ts'
import { Journal } from './journal.ts'
import { OpenRows, rowBytes } from './open-rows.ts'
import { PageWriter, blocksOf } from './page.ts'
import { SamplesFold } from './samples-fold.ts'
import { SeriesNames } from './series-names.ts'

/** What is kept, and how much. */
export interface Keeping {
  readonly retentionMs: number
  readonly diskBytes: number
  readonly memoryBytes: number
}

/** Open rows become blocks after this time at the latest, so that retention is in hours. */
const sealEveryMs = 3_600_000

/** Samples that one question looks at, at most: a second of work. */
const lookedAtMax = 4_000_000

/** Changes of alarms that wait for a disk that refuses, at most. */
const pendingAlarmsMax = 10_000

/** A series that had a sample is noted once in so many seals. */
const sealSlack = 64

/** See the head of the file. */
export class Keeper {
  readonly #database: HistoryDatabase
  readonly #keeping: Keeping
  readonly #journal: Journal
  readonly #open: OpenRows
  /** Rows of the open ones that are in the journal. */
  #journaled = 0
  /** When the oldest open row was taken; undefined for none. */
  #openSinceMs: number | undefined
  #seal: number
  readonly #names = new Map<number, SeriesNames>()
  /** Series noted as alive since the last `sealSlack` seals began. */
  readonly #noted = new Set<number>()
  readonly #pendingAlarms: string[] = []
  readonly #block = emptyBlock()
  #lostRows = 0

  /** Takes back what an earlier run left in the journal. */
  constructor(path: string, sync: 'process' | 'full', keeping: Keeping) {
    const database = new HistoryDatabase(path)
    this.#database = database
    this.#keeping = keeping
    this.#open = new OpenRows(Math.floor(keeping.memoryBytes / rowBytes))
    this.#seal = database.lastSeal + 1
    try {
      this.#journal = new Journal(path, this.#seal, sync)
      for (const rows of this.#journal.entries()) this.#open.unpack(rows)
      const oldest = database.oldestSeal()?.seal ?? 0
      database.forgetSeries(oldest - sealSlack)
    } catch (error) {
      database.close()
      throw error
    }
    this.#journaled = this.#open.count
  }

  /** Rows given up so far because the disk refused them. */
  get lostRows(): number {
    return this.#lostRows
  }

  /**
   * Takes rows. Throws where the disk refuses a seal or a name; the rows are taken nevertheless,
   * but for those of series that have no name yet.
   */
  take(packet: RowPacket, nowMs: number): void {
    const names = this.#namesOf(packet.feeder)
    try {
      names.take(packet, (keys) => this.#named(keys))
      if (!this.#open.fits(packet.count)) this.#sealOrLose(nowMs)
    } finally {
      this.#openSinceMs ??= nowMs
      this.#lostRows += this.#open.append(packet, names)
    }
  }

  #namesOf(feeder: number): SeriesNames {
    let names = this.#names.get(feeder)
    if (names === undefined) this.#names.set(feeder, (names = new SeriesNames()))
    return names
  }

  #named(keys: readonly string[]): number[] {
    const numbers: number[] = []
    this.#database.transaction(() => {
      for (const key of keys) numbers.push(this.#database.namedSeries(key, this.#seal))
    })
    return numbers
  }

  /** Where the disk refuses, the open rows are given up: memory is bounded. */
  #sealOrLose(nowMs: number): void {
    try {
      this.seal(nowMs)
    } catch (error) {
      this.#lostRows += this.#open.count
      this.#begin()
      throw error
    }
  }

  /** Takes the text of a change of an alarm; kept with the next commit. */
  takeAlarm(text: string): void {
    this.#pendingAlarms.push(text)
    if (this.#pendingAlarms.length > pendingAlarmsMax) this.#pendingAlarms.shift()
  }

  /** Makes all that was taken outlive the process; seals what is an hour old. */
  commit(nowMs: number): void {
    if (this.#open.count > this.#journaled) {
      this.#journal.append(this.#open.packed(this.#journaled))
    }
    if (this.#pendingAlarms.length > 0) {
      this.#database.transaction(() => {
        for (const text of this.#pendingAlarms) this.#database.putChange(alarmFromText(text), nowMs)
      })
    }
    this.#pendingAlarms.length = 0
    this.#journaled = this.#open.count
    if (this.#open.count > 0) this.#openSinceMs ??= nowMs
    if (nowMs - (this.#openSinceMs ?? nowMs) >= sealEveryMs) this.seal(nowMs)
  }

  /** Turns the open rows into blocks, and drops what is too old or too much. */
  seal(nowMs: number): void {
    if (this.#open.count > 0) {
      const times = { firstMs: Infinity, lastMs: -Infinity, writtenMs: nowMs }
      this.#database.transaction(() => this.#putBlocks(times))
      this.#seal++
      this.#begin()
    }
    this.#drop(nowMs)
  }

  /** Begins with no open rows. */
  #begin(): void {
    this.#journal.next(this.#seal)
    this.#open.clear()
    this.#journaled = 0
    this.#openSinceMs = undefined
  }

  #putBlocks(times: SealTimes & { firstMs: number; lastMs: number }): void {
    if (this.#seal % sealSlack === 0) this.#noted.clear()
    const pages = new PageWriter((page) => this.#database.putPage(this.#seal, page))
    this.#open.seal((series, block) => {
      pages.add(series, encodedBlock(block))
      times.firstMs = Math.min(times.firstMs, block.timestampMs[0] as number)
      times.lastMs = Math.max(times.lastMs, block.timestampMs[block.count - 1] as number)
      if (this.#noted.has(series)) return
      this.#noted.add(series)
      this.#database.touchSeries(series, this.#seal)
    })
    pages.close()
    this.#database.putSeal(this.#seal, times)
  }

  /** Retention: by the time of writing, so that a file of last year is kept as long as any. */
  #drop(nowMs: number): void {
    const database = this.#database
    const { retentionMs, diskBytes } = this.#keeping
    database.transaction(() => database.dropAlarms(nowMs - retentionMs))
    for (let dropped = false; ; dropped = true) {
      const oldest = database.oldestSeal()
      const due = oldest !== undefined && oldest.writtenMs < nowMs - retentionMs
      if (due || (oldest !== undefined && database.usedBytes > diskBytes)) {
        database.transaction(() => database.dropSeal(oldest.seal))
      } else {
        if (dropped) database.shrink()
        break
      }
    }
    if (database.usedBytes <= diskBytes || database.alarmCount === 0) return
    const tenth = Math.ceil(database.alarmCount / 10)
    database.transaction(() => database.dropAlarms(-Infinity, tenth))
    database.shrink()
  }

  /** What the history has of a range; undefined where it knows nothing of the series. */
  samples(query: SamplesQuery): SamplesAnswer | undefined {
    const series = this.#database.seriesNumber(query.key)
    if (series === 0) return undefined
    const fold = new SamplesFold(query)
    this.#open.blocksOf(series, this.#block, (block) => fold.take(block))
    let lookedAt = this.#open.count
    for (const page of this.#database.pagesOf(series, query.fromMs, query.toMs)) {
      if (lookedAt > lookedAtMax) return fold.answer(true)
      const blocks = [...blocksOf(series, page)]
      blocks.forEach((bytes, i) => {
        const next = blocks[i + 1]
        if (firstTimeMs(bytes) > query.toMs) return
        // Blocks of a series follow one another in time.
        if (next !== undefined && firstTimeMs(next) <= query.fromMs) return
        decodeBlock(bytes, this.#block)
        fold.take(this.#block)
        lookedAt += this.#block.count
      })
    }
    return fold.answer(false)
  }

  /** Alarms that were up in a range, newest first. */
  alarms(query: AlarmsQuery): AlarmsAnswer {
    const alarms: AlarmEntry[] = []
    const more = { ...query, limit: query.limit + 1 }
    for (const texts of this.#database.alarmChanges(more)) {
      let entry: AlarmEntry | undefined
      for (const text of texts) {
        const report = alarmFromText(text)
        // After `resolved` a series says `inactive` of the same alarm: it was over before.
        const over = entry !== undefined && entry.endedMs !== null
        if (over && report.news === undefined) continue
        entry = changedEntry(entry, report)
      }
      if (entry !== undefined) alarms.push(entry)
    }
    return { alarms: alarms.slice(0, query.limit), more: alarms.length > query.limit }
  }

  close(): void {
    this.#journal.close()
    this.#database.close()
  }
}
