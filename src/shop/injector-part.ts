/**
 * Faults that come to the database from outside of the shop, and the harmless report job.
 *
 *   lock-contention   transactions that hold the rows of the hot items for ever longer
 *   disk-hog          a job that writes ever more through the database's log of changes
 *   report-job        the same, bounded to what the shop bears
 *
 * The log writer leaves nothing behind: its messages are in no table, and the database recycles
 * its log at the bound of `max_wal_size`.
 */

import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'
import { Random } from '../core/random.ts'
import { hotItems } from './catalogue.ts'
import { partOptions, takePart, tell } from './part.ts'

export interface InjectorOptions {
  readonly databasePort: number
  readonly seed: number
}

/** What breaks the objective at the usual load, found by trial; docs/guides/testbed.md. */
const breaking = { holdMs: 600, writesASecond: 75 }
/** Between two transactions, on average. */
const pauseMs = 60
const writeBytes = 128 * 1024
/** Writes under way at once, at most. */
const writers = 24

const { databasePort, seed } = partOptions<InjectorOptions>()
const random = new Random(seed)
const database = { host: '127.0.0.1', port: databasePort, username: 'postgres' }
const sql = postgres({ ...database, max: 1 + writers, idle_timeout: 0, fetch_types: false })
/** What is wanted now. */
const wanted = { holdMs: 0, writesASecond: 0 }

/** Holds the hot rows again and again. */
async function holdRows(): Promise<never> {
  for (;;) {
    if (wanted.holdMs > 0) {
      await sql.begin(async (own) => {
        await own`select 1 from items where id < ${hotItems} order by id for update`
        await pause(wanted.holdMs)
      })
    }
    await pause(pauseMs * (0.5 + random.uniform()))
  }
}

/** Writes at random moments, so many a second on average. */
async function writeLog(): Promise<never> {
  const text = 'x'.repeat(writeBytes)
  let underWay = 0
  let dueMs = performance.now()
  for (;;) {
    await pause(5)
    const { writesASecond } = wanted
    if (writesASecond <= 0) continue
    const nowMs = performance.now()
    // What was not written for long is not made up for.
    if (dueMs < nowMs - 1000) dueMs = nowMs
    while (dueMs <= nowMs) {
      dueMs += (-1000 * Math.log(1 - random.uniform())) / writesASecond
      if (underWay >= writers) continue
      underWay++
      void sql`select pg_logical_emit_message(true, 'shop', ${text})`
        .finally(() => underWay--)
        .catch(() => undefined)
    }
  }
}

takePart((strengths) => {
  wanted.holdMs = breaking.holdMs * strengths['lock-contention']
  wanted.writesASecond =
    breaking.writesASecond * (strengths['disk-hog'] + 0.5 * strengths['report-job'])
})
void holdRows()
void writeLog()
tell({ ready: 0 })
