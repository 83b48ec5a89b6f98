/**
 * The embedded store's thread: SQLite works here, so that scoring never waits for a disk.
 *
 * Each request has a number; its answer has the same. Requests are done one after the other. A
 * packet is not answered: if it fails, the commit after it does.
 */

import { parentPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { Database } from './database.ts'
import type { CheckpointEnd, LoadedEnd } from './database.ts'

export type Request =
  | { readonly id: number; readonly do: 'load' }
  | { readonly id: number; readonly do: 'close' }
  | { readonly id: number; readonly do: 'put'; readonly packet: Uint8Array }
  | { readonly id: number; readonly do: 'commit'; readonly end: CheckpointEnd }

export type Answer =
  | { readonly id: number; readonly packet: Uint8Array }
  | { readonly id: number; readonly loaded: LoadedEnd }
  | { readonly id: number; readonly done: true }
  | { readonly id: number; readonly error: string }

const port = parentPort as MessagePort
const { path, sync } = workerData as { path: string; sync: 'process' | 'full' }

let database: Database | undefined
/** Why the checkpoint under way cannot be committed any more. */
let spoiled: unknown

port.on('message', (request: Request) => {
  try {
    answer(request)
  } catch (error) {
    port.postMessage({ id: request.id, error: String(error) } satisfies Answer)
  }
})

function answer(request: Request): void {
  const { id } = request
  if (request.do === 'close') {
    database?.close()
    port.postMessage({ id, done: true } satisfies Answer)
    port.close()
    return
  }
  database ??= new Database(path, sync)
  if (request.do === 'put') put(request.packet, database)
  else if (request.do === 'commit') {
    commit(request.end, database)
    port.postMessage({ id, done: true } satisfies Answer)
  } else load(id, database)
}

function load(id: number, from: Database): void {
  for (const packet of from.owners()) {
    port.postMessage({ id, packet } satisfies Answer, [packet.buffer])
  }
  port.postMessage({ id, loaded: from.loadedEnd() } satisfies Answer)
}

function put(packet: Uint8Array, into: Database): void {
  if (spoiled !== undefined) return
  try {
    into.put(packet)
  } catch (error) {
    spoiled = error
  }
}

function commit(end: CheckpointEnd, into: Database): void {
  try {
    if (spoiled !== undefined) throw spoiled
    into.commit(end)
  } catch (error) {
    into.rollback()
    throw error
  } finally {
    spoiled = undefined
  }
}
