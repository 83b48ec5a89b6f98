/**
 * The state of a program in one portable file, and back into a folder.
 *
 *   FOLDER/state.db + FOLDER/incoming/*.log  ⇄  one sealed snapshot (core/snapshot.ts)
 *   body: positions │ owners │ outbox │ files of the incoming log
 *
 * The checksum of the envelope covers all of it, so a file is taken whole or not at all. The score
 * history is not in it: the run goes on without it bit for bit. Held in memory while it is written
 * or read.
 */

import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ForewarnError } from '../core/errors.ts'
import { alarmFromText, alarmText } from '../core/report-text.ts'
import type { AlarmReport } from '../core/report.ts'
import { openedSnapshot, sealedSnapshot } from '../core/snapshot.ts'
import type { SnapshotReader } from '../core/snapshot.ts'
import { EmbeddedStore } from '../stores/embedded.ts'
import type { SavedState } from '../stores/store.ts'

/** Kind and layout of the file. */
const fileKind = 'forewarn-state'
const fileVersion = 1

/** A file of the incoming log as it lies on disk. */
export interface LogFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/** What a folder holds. */
export interface FolderState {
  readonly state: SavedState
  readonly log: readonly LogFile[]
}

const databaseOf = (folder: string): string => join(folder, 'state.db')
const logOf = (folder: string): string => join(folder, 'incoming')
const logName = /^\d{16}\.log$/

/**
 * Reads a folder while no program uses it. Throws ERR_STORE_READ where there is none or another
 * process holds it, ERR_STORE_DAMAGED where it cannot be read.
 */
export async function folderState(folder: string): Promise<FolderState> {
  if (!existsSync(databaseOf(folder))) {
    throw new ForewarnError('ERR_STORE_READ', `there is no saved state in ${folder}`)
  }
  const state = await withStore(folder, (store) => store.load())
  const names = existsSync(logOf(folder)) ? readdirSync(logOf(folder)) : []
  const log = names
    .filter((name) => logName.test(name))
    .toSorted()
    .map((name) => ({ name, bytes: readFileSync(join(logOf(folder), name)) }))
  return { state, log }
}

async function withStore<T>(folder: string, work: (store: EmbeddedStore) => Promise<T>) {
  const store = new EmbeddedStore(databaseOf(folder), 'full')
  try {
    return await work(store)
  } catch (error) {
    if (!/database is locked/.test(String(error))) throw error
    const message = `another process uses ${folder}; stop it first`
    throw new ForewarnError('ERR_STORE_READ', message, { cause: error })
  } finally {
    await store.close()
  }
}

/** The bytes of the portable file. */
export function stateFile({ state, log }: FolderState): Uint8Array {
  const head = { kind: fileKind, version: fileVersion, digest: 0, lastTimestampMs: 0 }
  return sealedSnapshot(head, (writer) => {
    writer.uint32(state.positions.size)
    for (const [partition, offset] of state.positions) {
      writer.string(partition)
      writer.float64(offset)
    }
    writer.uint32(state.owners.length)
    for (const { ownerKey, sealed } of state.owners) {
      writer.string(ownerKey)
      writer.bytes(sealed)
    }
    writer.uint32(state.outbox.length)
    for (const { sink, sequence, report } of state.outbox) {
      writer.string(sink)
      writer.float64(sequence)
      writer.string(alarmText(report as AlarmReport))
    }
    writer.uint32(log.length)
    for (const { name, bytes } of log) {
      writer.string(name)
      writer.bytes(bytes)
    }
  })
}

/** What a portable file holds. Throws ERR_SNAPSHOT_DAMAGED, ERR_SNAPSHOT_UNKNOWN. */
export function readStateFile(bytes: Uint8Array): FolderState {
  const { head, body } = openedSnapshot(bytes)
  if (head.kind !== fileKind || head.version !== fileVersion) {
    const message = `this is ${head.kind} version ${head.version}, not ${fileKind} ${fileVersion}`
    throw new ForewarnError('ERR_SNAPSHOT_UNKNOWN', message)
  }
  const positions = new Map(listOf(body, () => [body.string(), body.float64()] as const))
  const owners = listOf(body, () => ({ ownerKey: body.string(), sealed: body.bytes().slice() }))
  const outbox = listOf(body, () => {
    return { sink: body.string(), sequence: body.float64(), report: alarmFromText(body.string()) }
  })
  const log = listOf(body, () => ({ name: body.string(), bytes: body.bytes().slice() }))
  if (log.some(({ name }) => !logName.test(name))) {
    throw new ForewarnError('ERR_SNAPSHOT_DAMAGED', 'a file of the log has a name that is none')
  }
  return { state: { positions, owners, outbox }, log }
}

function listOf<T>(body: SnapshotReader, read: () => T): T[] {
  return Array.from({ length: body.uint32() }, read)
}

/**
 * Puts a state into a folder. Throws ERR_STORE_WRITE where there is one already and `replace` is
 * not said, ERR_STORE_READ where another process holds it.
 */
export async function writeFolder(
  folder: string,
  { state, log }: FolderState,
  there: 'refuse' | 'replace',
): Promise<void> {
  if (existsSync(databaseOf(folder))) {
    if (there === 'refuse') {
      const message = `there is a saved state in ${folder} already; --replace gives it up`
      throw new ForewarnError('ERR_STORE_WRITE', message)
    }
    // Whoever holds it is found out before anything is gone.
    await withStore(folder, (store) => store.load())
    for (const tail of ['', '-wal', '-shm']) rmSync(databaseOf(folder) + tail, { force: true })
  }
  rmSync(logOf(folder), { recursive: true, force: true })
  mkdirSync(logOf(folder), { recursive: true })
  for (const { name, bytes } of log) writeFileSync(join(logOf(folder), name), bytes)
  const { owners, positions, outbox } = state
  const all = { saved: owners, forgotten: [], positions, outboxAdded: outbox, outboxRemoved: [] }
  await withStore(folder, (store) => store.save(all))
}
