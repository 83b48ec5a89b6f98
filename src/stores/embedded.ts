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
import { packed, unpacked } from './embedded/packet.ts'
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
  readonly #thread: Worker
  readonly #pending = new Map<number, Pending>()
  #nextId = 0

  /** `sync` as for the incoming log: `full` survives a loss of power. */
  constructor(path: string, sync: 'process' | 'full') {
    mkdirSync(dirname(path), { recursive: true })
    const file = import.meta.url.endsWith('.ts') ? 'thread.ts' : 'thread.js'
    const url = new URL(`./embedded/${file}`, import.meta.url)
    this.#thread = new Worker(url, { workerData: { path, sync } })
    this.#thread.on('message', (answer: Answer) => this.#take(answer))
    this.#thread.on('error', (error) => this.#failAll(error))
    this.#thread.on('exit', () => this.#failAll(new Error('the store has ended')))
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
      throw new ForewarnError('ERR_STORE_READ', message, { cause })
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
      throw new ForewarnError('ERR_STORE_WRITE', message, { cause })
    }
  }

  #put(owners: readonly SavedOwner[]): void {
    const packet = packed(owners)
    this.#thread.postMessage({ id: -1, do: 'put', packet } satisfies Request, [packet.buffer])
  }

  async close(): Promise<void> {
    await this.#ask({ do: 'close' })
    await this.#thread.terminate()
  }
}

/** Puts a file that cannot be read aside, with its journal; returns where it is now. */
export function putAside(path: string, nowMs: number): string {
  const aside = `${path}.damaged-${nowMs}`
  for (const tail of ['', '-wal', '-shm']) {
    if (existsSync(path + tail)) renameSync(path + tail, aside + tail)
  }
  return aside
}
