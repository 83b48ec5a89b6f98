/**
 * The history's thread: what it costs to encode, write and read is paid here, not where samples are
 * scored. Messages are done one after the other; those with an id are answered with the same.
 */

import { renameSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import type { AlarmsQuery, SamplesQuery } from '../core/history.ts'
import type { RowPacket } from '../core/score-rows.ts'
import { Keeper } from './keeper.ts'
import type { Keeping } from './keeper.ts'

export type Message =
  | { readonly do: 'rows'; readonly packet: RowPacket; readonly nowMs: number }
  | { readonly do: 'alarm'; readonly text: string }
  | { readonly do: 'open' | 'commit'; readonly id: number; readonly nowMs: number }
  | { readonly do: 'samples'; readonly id: number; readonly query: SamplesQuery }
  | { readonly do: 'alarms'; readonly id: number; readonly query: AlarmsQuery }
  | { readonly do: 'close'; readonly id: number }

export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string }
  | Taken

/** Rows were taken; what went wrong, and how many rows were lost by now. */
export interface Taken {
  /** The packet's, to be used again. */
  readonly rows: Float64Array<ArrayBuffer>
  readonly feeder: number
  readonly error?: string
  readonly lostRows: number
}

/** What the thread is started with. */
export interface ThreadStart {
  readonly path: string
  readonly sync: 'process' | 'full'
  readonly keeping: Keeping
}

const port = parentPort as MessagePort
const { path, sync, keeping } = workerData as ThreadStart
let keeper: Keeper | undefined

port.on('message', (message: Message) => {
  if (message.do === 'rows') {
    const answer = taken(message.packet, message.nowMs)
    port.postMessage(answer, [answer.rows.buffer])
    return
  }
  if (message.do === 'alarm') {
    keeper?.takeAlarm(message.text)
    return
  }
  const { id } = message
  try {
    port.postMessage({ id, result: done(message) } satisfies Answer)
  } catch (error) {
    port.postMessage({ id, error: String(error) } satisfies Answer)
  }
  if (message.do === 'close') port.close()
})

function taken(packet: RowPacket, nowMs: number): Taken {
  const { rows, feeder } = packet
  try {
    keeper?.take(packet, nowMs)
    return { rows, feeder, lostRows: keeper?.lostRows ?? 0 }
  } catch (error) {
    return { rows, feeder, error: String(error), lostRows: keeper?.lostRows ?? 0 }
  }
}

function done(message: Exclude<Message, { do: 'rows' | 'alarm' }>): unknown {
  switch (message.do) {
    case 'open':
      return open(message.nowMs)
    case 'commit':
      return keeper?.commit(message.nowMs)
    case 'samples':
      return keeper?.samples(message.query)
    case 'alarms':
      return keeper?.alarms(message.query)
    case 'close':
      return keeper?.close()
  }
}

/** Opens the file; a damaged one is put aside. Returns where it was put. */
function open(nowMs: number): string {
  try {
    keeper = opened()
    return ''
  } catch (error) {
    // SQLITE_CORRUPT and SQLITE_NOTADB in SQLite's own words; anything else is not damage.
    if (!/malformed|not a database|disk image/.test(String(error))) throw error
    const aside = `${path}.damaged-${nowMs}`
    for (const end of ['-wal', '-shm', '']) moved(path + end, aside + end)
    keeper = opened()
    return aside
  }
}

function opened(): Keeper {
  return new Keeper(path, sync, keeping)
}

function moved(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
