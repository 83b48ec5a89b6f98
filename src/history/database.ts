/**
 * The file of the score history: the only place that knows SQL.
 *
 *   series   lasting number ⇄ key
 *   seals    one for each time that open rows became blocks: what is dropped at once
 *   pages    blocks of a seal, in the order of series: delta of series, bytes, block, …
 *   alarms, changes   alarms, and the reports of their changes
 *
 * A seal is one transaction: all of its pages are in, or none. Transactions are few (seals, new
 * keys, alarms), so each is forced to the disk: what is in the journal may rely on it, whatever
 * happens to the machine.
 */

import { DatabaseSync } from 'node:sqlite'
import type { StatementSync } from 'node:sqlite'
import type { AlarmsQuery } from '../core/history.ts'
import type { AlarmReport } from '../core/report.ts'
import { alarmText } from '../core/report-text.ts'

/** Layout of the tables; in `user_version`. A file of a later layout is not touched. */
const layoutVersion = 1

const layout = `
  CREATE TABLE IF NOT EXISTS series (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, seal INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS seals (
    seal INTEGER PRIMARY KEY, first_ms REAL NOT NULL, last_ms REAL NOT NULL,
    written_ms REAL NOT NULL);
  CREATE TABLE IF NOT EXISTS pages (
    page INTEGER PRIMARY KEY, seal INTEGER NOT NULL, first_series INTEGER NOT NULL,
    last_series INTEGER NOT NULL, blocks BLOB NOT NULL);
  CREATE INDEX IF NOT EXISTS pages_of ON pages (seal, last_series, first_series);
  CREATE TABLE IF NOT EXISTS alarms (
    alarm TEXT PRIMARY KEY, key TEXT NOT NULL, started_ms REAL NOT NULL, ended_ms REAL,
    written_ms REAL NOT NULL);
  CREATE INDEX IF NOT EXISTS alarms_by_start ON alarms (started_ms);
  CREATE INDEX IF NOT EXISTS alarms_of ON alarms (key, started_ms);
  CREATE TABLE IF NOT EXISTS changes (
    alarm TEXT NOT NULL, at_ms REAL NOT NULL, state TEXT NOT NULL, report TEXT NOT NULL,
    PRIMARY KEY (alarm, at_ms, state)) WITHOUT ROWID;
`

/** Blocks that are stored together. */
export interface Page {
  readonly firstSeries: number
  readonly lastSeries: number
  readonly blocks: Uint8Array
}

/** What a seal spans: times of samples, and when it was written. */
export interface SealTimes {
  readonly firstMs: number
  readonly lastMs: number
  readonly writtenMs: number
}

/** See the head of the file. */
export class HistoryDatabase {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  /** Throws where the file is damaged, of a later layout, or cannot be opened. */
  constructor(path: string) {
    this.#database = new DatabaseSync(path)
    const run = (sql: string): void => this.#database.exec(sql)
    run('PRAGMA auto_vacuum = INCREMENTAL')
    run('PRAGMA locking_mode = EXCLUSIVE')
    run('PRAGMA journal_mode = WAL')
    run('PRAGMA synchronous = FULL')
    run('PRAGMA journal_size_limit = 4194304')
    const version = this.#number('PRAGMA user_version')
    if (version > layoutVersion) {
      this.#database.close()
      throw new Error(`the file has layout ${version}; this program knows up to ${layoutVersion}`)
    }
    run(layout)
    run(`PRAGMA user_version = ${layoutVersion}`)
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#database.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  #number(sql: string, ...values: (number | string)[]): number {
    const row = this.#statement(sql).get(...values)
    return row === undefined ? 0 : Number(Object.values(row)[0] ?? 0)
  }

  /** All that `work` does, or, where it throws, nothing. */
  transaction(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      work()
      this.#database.exec('COMMIT')
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }

  /** The lasting number of a key; 0 where it has none. */
  seriesNumber(key: string): number {
    return this.#number('SELECT number FROM series WHERE key = ?', key)
  }

  /** The lasting number of a key, a new one where it has none. */
  namedSeries(key: string, seal: number): number {
    const known = this.seriesNumber(key)
    if (known !== 0) return known
    return Number(
      this.#statement('INSERT INTO series (key, seal) VALUES (?, ?)').run(key, seal)
        .lastInsertRowid,
    )
  }

  get lastSeal(): number {
    return this.#number('SELECT max(seal) FROM seals')
  }

  /** Writes a seal, inside a transaction. */
  putSeal(seal: number, { firstMs, lastMs, writtenMs }: SealTimes): void {
    this.#statement('INSERT INTO seals VALUES (?, ?, ?, ?)').run(seal, firstMs, lastMs, writtenMs)
  }

  putPage(seal: number, { firstSeries, lastSeries, blocks }: Page): void {
    const insert = this.#statement(
      'INSERT INTO pages (seal, first_series, last_series, blocks) VALUES (?, ?, ?, ?)',
    )
    insert.run(seal, firstSeries, lastSeries, blocks)
  }

  /** Notes that a series has samples in a seal. */
  touchSeries(number: number, seal: number): void {
    this.#statement('UPDATE series SET seal = ? WHERE number = ?').run(seal, number)
  }

  /** Pages that may have samples of a series in a part of time, newest seal first. */
  *pagesOf(series: number, fromMs: number, toMs: number): IterableIterator<Page> {
    const seals = this.#statement(
      'SELECT seal FROM seals WHERE first_ms <= ? AND last_ms >= ? ORDER BY seal DESC',
    ).all(toMs, fromMs)
    const pages = this.#statement(
      'SELECT first_series, last_series, page FROM pages WHERE seal = ? AND last_series >= ? ' +
        'ORDER BY last_series, page',
    )
    for (const { seal } of seals) {
      for (const row of pages.iterate(seal as number, series)) {
        const firstSeries = row['first_series'] as number
        if (firstSeries > series) break
        const lastSeries = row['last_series'] as number
        yield { firstSeries, lastSeries, blocks: this.#blocks(row['page'] as number) }
      }
    }
  }

  #blocks(page: number): Uint8Array {
    const row = this.#statement('SELECT blocks FROM pages WHERE page = ?').get(page)
    return row?.['blocks'] as Uint8Array
  }

  /** Bytes in use; what is free inside the file is not counted. */
  get usedBytes(): number {
    const pages = this.#number('PRAGMA page_count') - this.#number('PRAGMA freelist_count')
    return pages * this.#number('PRAGMA page_size')
  }

  /** The oldest seal, and when it was written; undefined for none. */
  oldestSeal(): { seal: number; writtenMs: number } | undefined {
    const row = this.#statement('SELECT seal, written_ms FROM seals ORDER BY seal LIMIT 1').get()
    if (row === undefined) return undefined
    return { seal: row['seal'] as number, writtenMs: row['written_ms'] as number }
  }

  dropSeal(seal: number): void {
    this.#statement('DELETE FROM pages WHERE seal = ?').run(seal)
    this.#statement('DELETE FROM seals WHERE seal = ?').run(seal)
  }

  /** Forgets keys of series that have no sample since a seal. */
  forgetSeries(beforeSeal: number): void {
    this.#statement('DELETE FROM series WHERE seal < ?').run(beforeSeal)
  }

  /** Gives what is free in the file back to the disk. */
  shrink(): void {
    this.#database.exec('PRAGMA incremental_vacuum')
  }

  /** Keeps a change of an alarm; one that was kept before is the same one. */
  putChange(report: AlarmReport, writtenMs: number): void {
    const { alarmId, labels, startedMs, state, timestampMs } = report
    const endedMs = state === 'resolved' || state === 'inactive' ? timestampMs : null
    this.#statement(
      'INSERT INTO alarms VALUES (?, ?, ?, ?, ?) ON CONFLICT (alarm) DO UPDATE SET ' +
        'ended_ms = coalesce(ended_ms, excluded.ended_ms), written_ms = excluded.written_ms',
    ).run(alarmId, labels.key, startedMs, endedMs, writtenMs)
    const change = this.#statement('INSERT OR REPLACE INTO changes VALUES (?, ?, ?, ?)')
    change.run(alarmId, timestampMs, state, alarmText(report))
  }

  /** Reports of the changes of each alarm asked for: newest alarm first, oldest change first. */
  *alarmChanges({ fromMs, toMs, key, limit }: AlarmsQuery): IterableIterator<string[]> {
    const ofKey = key === '' ? '' : 'AND key = ? '
    const alarms = this.#statement(
      `SELECT alarm FROM alarms WHERE started_ms <= ? AND coalesce(ended_ms, 9e15) >= ? ${ofKey}` +
        'ORDER BY started_ms DESC, alarm LIMIT ?',
    )
    const rows = alarms.all(toMs, fromMs, ...(key === '' ? [] : [key]), limit)
    const changes = this.#statement('SELECT report FROM changes WHERE alarm = ? ORDER BY at_ms')
    for (const { alarm } of rows) {
      yield changes.all(alarm as string).map((row) => row['report'] as string)
    }
  }

  /** Drops alarms last written before a time, and the oldest `count` besides. */
  dropAlarms(beforeMs: number, count = 0): void {
    const oldest = this.#statement(
      'SELECT alarm FROM alarms WHERE written_ms < ? UNION ' +
        'SELECT alarm FROM (SELECT alarm FROM alarms ORDER BY written_ms LIMIT ?)',
    ).all(beforeMs, count)
    for (const { alarm } of oldest) {
      this.#statement('DELETE FROM changes WHERE alarm = ?').run(alarm as string)
      this.#statement('DELETE FROM alarms WHERE alarm = ?').run(alarm as string)
    }
  }

  get alarmCount(): number {
    return this.#number('SELECT count(*) FROM alarms')
  }

  close(): void {
    this.#database.close()
  }
}
