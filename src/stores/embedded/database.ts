/**
 * The tables of the embedded store, and what is done with them. Runs in the store's own thread.
 *
 *   owners     key → sealed state
 *   positions  partition → last offset that the states have taken
 *   outbox     (sink, sequence) → report that the sink does not have yet
 *
 * One transaction for a checkpoint: after a crash all of it is there, or none.
 */

import { DatabaseSync } from 'node:sqlite'
import type { StatementSync } from 'node:sqlite'
import type { SavedOwner } from '../../core/ledger.ts'
import { packed, unpacked } from '../../core/owner-packet.ts'

/** Layout of the tables; in `user_version`. A file of a later layout is not touched. */
const layoutVersion = 1

const layout = `
  CREATE TABLE IF NOT EXISTS owners (key TEXT PRIMARY KEY, state BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS positions (partition TEXT PRIMARY KEY, offset REAL NOT NULL)
    WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS outbox (
    sink TEXT NOT NULL, sequence INTEGER NOT NULL, report TEXT NOT NULL,
    PRIMARY KEY (sink, sequence)) WITHOUT ROWID;
`

/** Owners handed out in one packet while loading. */
const packetOwners = 2_000

/** The small parts of a checkpoint; its owners come before it, in packets. */
export interface CheckpointEnd {
  readonly forgotten: readonly string[]
  readonly positions: readonly (readonly [string, number])[]
  readonly outboxAdded: readonly { sink: string; sequence: number; text: string }[]
  readonly outboxRemoved: readonly { sink: string; sequence: number }[]
}

/** What is loaded beside the owners. */
export interface LoadedEnd {
  readonly positions: readonly (readonly [string, number])[]
  readonly outbox: readonly { sink: string; sequence: number; text: string }[]
}

/** See the head of the file. */
export class Database {
  readonly #database: DatabaseSync
  readonly #putOwner: StatementSync

  /** Throws where the file is damaged, of a later layout, or cannot be opened. */
  constructor(path: string, sync: 'process' | 'full') {
    this.#database = new DatabaseSync(path)
    // One process at a time: the lock is taken with the first write below and held.
    this.#database.exec('PRAGMA locking_mode = EXCLUSIVE')
    this.#database.exec('PRAGMA journal_mode = WAL')
    this.#database.exec(`PRAGMA synchronous = ${sync === 'full' ? 'FULL' : 'NORMAL'}`)
    const { user_version: version } = this.#database.prepare('PRAGMA user_version').get() as {
      user_version: number
    }
    if (version > layoutVersion) {
      throw new Error(`the file has layout ${version}; this program knows up to ${layoutVersion}`)
    }
    this.#database.exec(layout)
    this.#database.exec(`PRAGMA user_version = ${layoutVersion}`)
    this.#putOwner = this.#database.prepare(
      'INSERT INTO owners VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET state = excluded.state',
    )
  }

  /** All owners, in packets. */
  *owners(): IterableIterator<Uint8Array<ArrayBuffer>> {
    let some: SavedOwner[] = []
    for (const row of this.#database.prepare('SELECT key, state FROM owners').iterate()) {
      some.push({ ownerKey: row['key'] as string, sealed: row['state'] as Uint8Array })
      if (some.length < packetOwners) continue
      yield packed(some)
      some = []
    }
    if (some.length > 0) yield packed(some)
  }

  loadedEnd(): LoadedEnd {
    const positions = this.#database.prepare('SELECT partition, offset FROM positions').all()
    const outbox = this.#database
      .prepare('SELECT sink, sequence, report FROM outbox ORDER BY sequence')
      .all()
    return {
      positions: positions.map((row) => [row['partition'] as string, row['offset'] as number]),
      outbox: outbox.map((row) => ({
        sink: row['sink'] as string,
        sequence: row['sequence'] as number,
        text: row['report'] as string,
      })),
    }
  }

  /** Takes owners of the checkpoint under way; the first packet begins its transaction. */
  put(packet: Uint8Array): void {
    this.#begin()
    for (const { ownerKey, sealed } of unpacked(packet)) this.#putOwner.run(ownerKey, sealed)
  }

  /** Ends the checkpoint under way: all of it is in, or, where this throws, none. */
  commit(end: CheckpointEnd): void {
    this.#begin()
    const forget = this.#database.prepare('DELETE FROM owners WHERE key = ?')
    for (const key of end.forgotten) forget.run(key)
    this.#database.exec('DELETE FROM positions')
    const position = this.#database.prepare('INSERT OR REPLACE INTO positions VALUES (?, ?)')
    for (const [partition, offset] of end.positions) position.run(partition, offset)
    const add = this.#database.prepare('INSERT OR REPLACE INTO outbox VALUES (?, ?, ?)')
    for (const { sink, sequence, text } of end.outboxAdded) add.run(sink, sequence, text)
    const remove = this.#database.prepare('DELETE FROM outbox WHERE sink = ? AND sequence = ?')
    for (const { sink, sequence } of end.outboxRemoved) remove.run(sink, sequence)
    this.#database.exec('COMMIT')
  }

  /** Takes back whatever of a checkpoint is in; SQLite has done so already on a full disk. */
  rollback(): void {
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
  }

  #begin(): void {
    if (!this.#database.isTransaction) this.#database.exec('BEGIN IMMEDIATE')
  }

  close(): void {
    this.rollback()
    this.#database.close()
  }
}
