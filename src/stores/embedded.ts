/**
 * The embedded store: one SQLite file, in a thread of its own.
 *
 *   checkpoint ──packets of owners──▶ thread ──one transaction──▶ state.db
 *
 * Owners are packed and handed over in groups, with a turn of the event loop between two groups, so
 * that a checkpoint of many owners does not hold up scoring. A file that cannot be read is put
 * aside, never overwritten, and the run starts anew, loudly.
 */

import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { ForewarnError } from '../core/errors.ts'
import type { SavedOwner } from '../core/ledger.ts'
import { alarmFromText, alarmText } from '../core/report-text.ts'
import type { AlarmReport } from '../core/report.ts'
import { packed, unpacked } from '../core/owner-packet.ts'
import type { CheckpointEnd, LoadedEnd } from './embedded/database.ts'
import type { Answer, Request } from './embedded/thread.ts'
import type { Checkpoint, SavedState, StateStore } from './store.ts'

/** Owners packed between two turns of the event loop: under a millisecond. */
const packetOwners = 256

interface Pending {
  readonly packets: Uint8Array[]
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
}

type Question = { do: 'load' } | { do: 'close' } | { do: 'commit'; end: CheckpointEnd }

/** See the head of the file. */
export class EmbeddedStore implements StateStore {
  readonly #path: string
  readonly #sync: 'process' | 'full'
  #thread: Worker
  readonly #pending = new Map<number, Pending>()
  #nextId = 0

  /** `sync` as for the incoming log: `full` survives a loss of power. */
  constructor(path: string, sync: 'process' | 'full') {
    this.#path = path
    this.#sync = sync
    this.#thread = this.#started()
  }

  #started(): Worker {
    const path = this.#path
    mkdirSync(dirname(path), { recursive: true })
    const file = import.meta.url.endsWith('.ts') ? 'thread.ts' : 'thread.js'
    const url = new URL(`./embedded/${file}`, import.meta.url)
    const thread = new Worker(url, { workerData: { path, sync: this.#sync } })
    thread.on('message', (answer: Answer) => this.#take(answer))
    thread.on('error', (error) => this.#failAll(error))
    thread.on('exit', () => this.#failAll(new Error('the store has ended')))
    return thread
  }

  #take(answer: Answer): void {
    const pending = this.#pending.get(answer.id)
    if (pending === undefined) return
    if ('packet' in answer) {
      pending.packets.push(answer.packet)
      return
    }
    this.#pending.delete(answer.id)
    if ('error' in answer) pending.reject(new Error(answer.error))
    else pending.resolve(answer)
  }

  #failAll(error: unknown): void {
    const failure = error instanceof Error ? error : new Error(String(error))
    for (const pending of this.#pending.values()) pending.reject(failure)
    this.#pending.clear()
  }

  #ask(question: Question, packets: Uint8Array[] = []): Promise<Answer> {
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { packets, resolve, reject })
      this.#thread.postMessage({ id, ...question } satisfies Request)
    })
  }

  async load(): Promise<SavedState> {
    const packets: Uint8Array[] = []
    let loaded: LoadedEnd
    try {
      loaded = ((await this.#ask({ do: 'load' }, packets)) as { loaded: LoadedEnd }).loaded
    } catch (cause) {
      const message = `cannot read the saved state: ${String(cause)}`
      const code = isDamage(cause) ? 'ERR_STORE_DAMAGED' : 'ERR_STORE_READ'
      throw new ForewarnError(code, message, { cause })
    }
    const owners: SavedOwner[] = []
    for (const packet of packets) for (const owner of unpacked(packet)) owners.push(owner)
    return {
      positions: new Map(loaded.positions),
      owners,
      outbox: loaded.outbox.map(({ sink, sequence, text }) => {
        return { sink, sequence, report: alarmFromText(text) }
      }),
    }
  }

  async save(checkpoint: Checkpoint): Promise<void> {
    const { saved, forgotten, positions, outboxAdded, outboxRemoved } = checkpoint
    for (let first = 0; first < saved.length; first += packetOwners) {
      this.#put(saved.slice(first, first + packetOwners))
      await new Promise((turn) => setImmediate(turn))
    }
    const end: CheckpointEnd = {
      forgotten,
      positions: [...positions],
      outboxAdded: outboxAdded.map(({ sink, sequence, report }) => {
        return { sink, sequence, text: alarmText(report as AlarmReport) }
      }),
      outboxRemoved: outboxRemoved.map(({ sink, sequence }) => ({ sink, sequence })),
    }
    try {
      await this.#ask({ do: 'commit', end })
    } catch (cause) {
      const message = `cannot save the checkpoint: ${String(cause)}`
      const code = isDamage(cause) ? 'ERR_STORE_DAMAGED' : 'ERR_STORE_WRITE'
      throw new ForewarnError(code, message, { cause })
    }
  }

  #put(owners: readonly SavedOwner[]): void {
    const packet = packed(owners)
    this.#thread.postMessage({ id: -1, do: 'put', packet } satisfies Request, [packet.buffer])
  }

  async renew(nowMs: number): Promise<string> {
    // A damaged file may not even be closed in order.
    await this.#ask({ do: 'close' }).catch(() => {})
    this.#thread.removeAllListeners('exit')
    await this.#thread.terminate()
    const aside = putAside(this.#path, nowMs)
    this.#thread = this.#started()
    return aside
  }

  async close(): Promise<void> {
    await this.#ask({ do: 'close' })
    await this.#thread.terminate()
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB in SQLite's own words. */
function isDamage(error: unknown): boolean {
  return /malformed|not a database|disk image|file is encrypted/.test(String(error))
}

/** Puts a file that cannot be read aside, with its journal; returns where it is now. */
function putAside(path: string, nowMs: number): string {
  const aside = `${path}.damaged-${nowMs}`
  for (const tail of ['', '-wal', '-shm']) {
    if (existsSync(path + tail)) renameSync(path + tail, aside + tail)
  }
  return aside
}
