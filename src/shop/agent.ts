/**
 * What an agent beside the shop sees of each second: of the machine and the web server's process in
 * /proc, of the database by asking it, of the shop by what it says of itself.
 */

import { readFileSync } from 'node:fs'
import postgres from 'postgres'
import type { ShopMeasures } from './message.ts'

/** Clock ticks a second in /proc: USER_HZ, 100 wherever Node.js runs on Linux. */
const ticksPerSecond = 100

/**
 * The fields of `stats` behind the first five, in order: all whole numbers, so the unit is in the
 * name and small where the value is.
 */
export const agentColumns = [
  'host_cpu',
  'rss_mb',
  'loop_delay_us',
  'loop_busy_permille',
  'gc_ms',
  'lent_permille',
  'statement_us',
  'commit_us',
  'dependency_us',
  'lock_waits',
  'log_kb',
  'host_write_kb',
] as const

/** One second; see docs/guides/testbed.md for each. */
export interface AgentSecond {
  readonly cpu: number
  readonly mem: number
  readonly disk: number
  readonly waiting: number
  readonly connections: number
  readonly further: Readonly<Record<(typeof agentColumns)[number], number>>
}

/** What is counted up for ever; seconds are differences of two of them. */
interface Counters {
  readonly atMs: number
  readonly hostTicks: number
  readonly hostIdleTicks: number
  readonly webTicks: number
  readonly writtenSectors: number
  readonly logMs: number
  readonly logBytes: number
}

interface DatabaseRow {
  readonly locks: number
  readonly log_ms: number
  readonly log_bytes: number
}

/** See the head of the file. */
export class Agent {
  readonly #sql: postgres.Sql
  #asking = false
  #database: DatabaseRow = { locks: 0, log_ms: 0, log_bytes: 0 }
  #before: Counters | undefined
  #webPid: number | undefined

  constructor(databasePort: number) {
    const where = { host: '127.0.0.1', port: databasePort, username: 'postgres' }
    this.#sql = postgres({ ...where, max: 1, idle_timeout: 0, fetch_types: false })
  }

  /** The second that ends now. Where a part does not answer in time its last answer stands. */
  second(webPid: number | undefined, shop: ShopMeasures | undefined): AgentSecond {
    this.#ask()
    const counters = this.#counters(webPid)
    // A process that was started anew counts from nothing.
    const before = this.#before ?? counters
    const web = webPid === this.#webPid ? counters.webTicks - before.webTicks : counters.webTicks
    this.#before = counters
    this.#webPid = webPid
    const seconds = Math.max(0.001, (counters.atMs - before.atMs) / 1000)
    const hostTicks = counters.hostTicks - before.hostTicks
    const idle = counters.hostIdleTicks - before.hostIdleTicks
    const logMs = counters.logMs - before.logMs
    return {
      cpu: whole((100 * web) / ticksPerSecond / seconds),
      mem: whole(100 * (shop?.heapShare ?? 0)),
      disk: whole(logMs / 10 / seconds),
      waiting: whole(shop?.waiting ?? 0),
      connections: whole(shop?.underWay ?? 0),
      further: {
        host_cpu: hostTicks <= 0 ? 0 : whole((100 * (hostTicks - idle)) / hostTicks),
        rss_mb: webPid === undefined ? 0 : residentMb(webPid),
        loop_delay_us: whole(1000 * (shop?.loopDelayMs ?? 0)),
        loop_busy_permille: whole(1000 * (shop?.loopBusy ?? 0)),
        gc_ms: whole(shop?.collectMs ?? 0),
        lent_permille: whole(1000 * (shop?.lent ?? 0)),
        statement_us: whole(1000 * (shop?.statementMs ?? 0)),
        commit_us: whole(1000 * (shop?.commitMs ?? 0)),
        dependency_us: whole(1000 * (shop?.dependencyMs ?? 0)),
        lock_waits: this.#database.locks,
        log_kb: whole((counters.logBytes - before.logBytes) / 1024 / seconds),
        host_write_kb: whole((counters.writtenSectors - before.writtenSectors) / 2 / seconds),
      },
    }
  }

  async close(): Promise<void> {
    await this.#sql.end({ timeout: 0 })
  }

  /** Asks the database, unless it has not answered yet. */
  #ask(): void {
    if (this.#asking) return
    this.#asking = true
    this.#sql<DatabaseRow[]>`
      select (select count(*)::integer from pg_stat_activity where wait_event_type = 'Lock') locks,
        wal_write_time + wal_sync_time log_ms, wal_bytes::double precision log_bytes
      from pg_stat_wal`
      .then(([row]) => (this.#database = row ?? this.#database))
      .catch(() => undefined)
      .finally(() => (this.#asking = false))
  }

  #counters(webPid: number | undefined): Counters {
    const host = (/^cpu +(.*)$/m.exec(fileText('/proc/stat'))?.[1] ?? '').split(' ').map(Number)
    const [, , , idle = 0, waitingForDisk = 0] = host
    return {
      atMs: performance.now(),
      hostTicks: host.slice(0, 8).reduce((sum, each) => sum + each, 0),
      hostIdleTicks: idle + waitingForDisk,
      webTicks: webPid === undefined ? 0 : processTicks(webPid),
      writtenSectors: writtenSectors(fileText('/proc/diskstats')),
      logMs: this.#database.log_ms,
      logBytes: this.#database.log_bytes,
    }
  }
}

const whole = (value: number): number => Math.max(0, Math.round(value))

/** The text of a file of /proc; empty where the process is gone. */
function fileText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function processTicks(pid: number): number {
  // The command's name stands in brackets and may hold spaces: fields are counted behind it.
  const stat = fileText(`/proc/${pid}/stat`)
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0)
}

function residentMb(pid: number): number {
  return whole(Number(/VmRSS:\s+(\d+) kB/.exec(fileText(`/proc/${pid}/status`))?.[1] ?? 0) / 1024)
}

/** Of all disks; partitions, loops and compressed memory have names of other kinds. */
function writtenSectors(diskstats: string): number {
  let sum = 0
  for (const line of diskstats.split('\n')) {
    const fields = line.trim().split(/ +/)
    if (/^(sd[a-z]+|vd[a-z]+|xvd[a-z]+|nvme\d+n\d+)$/.test(fields[2] ?? ''))
      sum += Number(fields[9])
  }
  return sum
}
