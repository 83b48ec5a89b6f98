/**
 * The PostgreSQL sink: scored samples, forecasts and changes of alarms as rows of tables.
 *
 *   batch ─▶ series without a number ─▶ begin ─▶ COPY (binary) into the tables ─▶ commit
 *                                         │          a report is there already: roll back
 *                                         ▼
 *             begin ─▶ COPY into a staging table a kind ─▶ insert by report id ─▶ commit
 *
 * A batch is one transaction, and a report that is there already is left as it is, so that a batch
 * that comes again (the answer to a commit was lost) adds nothing. The short way is taken while all
 * goes well, since staging costs as much again as COPY itself (bench/speed/postgres.ts: 0.35 of its
 * rate); the first batch and the one after a failure take the long way. Staging tables are
 * temporary: they belong to the connection, need no log on disk and are empty after each commit.
 *
 * After whatever went wrong the connection is given up: the server rolls back, and the next write
 * makes a new one, looks at the version of the tables and learns the series' numbers anew.
 * Which failures are tried again is said by the class of their SQLSTATE; see `isFinal`.
 * Tables: postgres/migrations.ts. Speed: bench/speed/postgres.ts.
 */

import postgres from 'postgres'
import { postgresConnection, postgresPlace } from '../connections/postgres.ts'
import type { Clock } from '../core/clock.ts'
import type { Report, ReportKind } from '../core/report.ts'
import { CopyRows } from './postgres/copy-rows.ts'
import { editionQuery, migrations, readerGrants, versionTable } from './postgres/migrations.ts'
import type { TimescaleEdition } from './postgres/migrations.ts'
import { checkPostgresSink } from './postgres/options.ts'
import type { PostgresSinkOptions } from './postgres/options.ts'
import {
  addAlarm,
  addForecast,
  addScore,
  alarmColumns,
  columnNames,
  forecastColumns,
  scoreColumns,
} from './postgres/rows.ts'
import { SeriesIds } from './postgres/series-ids.ts'
import { Partitions, partitionsQuery, retentionStatements } from './postgres/upkeep.ts'
import { SinkError } from './sink.ts'
import type { Sink } from './sink.ts'

const connectSeconds = 10
/** Partitions and retention are looked after this often. */
const upkeepMs = 600_000
/** Two programs must not make the same tables at once. Any number that nobody else takes. */
const migrationLock = 0x466f7265

/** The tables that are copied into, by kind. */
const kinds = {
  score: { table: 'scores', columns: scoreColumns },
  forecast: { table: 'forecasts', columns: forecastColumns },
  alarm: { table: 'alarm_changes', columns: alarmColumns },
} as const
type StoredKind = keyof typeof kinds
/** Rows of one batch as COPY takes them. */
type Batch = ReadonlyMap<StoredKind, Buffer>
/** SQLSTATE of a key that is there already: here always a report's. */
const reportIsThere = '23505'

/** An open connection and what is known by it. */
interface Connected {
  readonly sql: postgres.Sql
  readonly seriesIds: SeriesIds
  readonly partitions: Partitions
  /** False with TimescaleDB. */
  readonly isPlain: boolean
  upkeptMs: number
  /** Rejects once the connection is lost. */
  readonly lost: Promise<never>
}

/** See the head of the file. Throws ERR_CONFIG_INVALID as `checkPostgresSink` does. */
export class PostgresSink implements Sink {
  readonly accepts: ReadonlySet<ReportKind>
  readonly #options: PostgresSinkOptions
  readonly #clock: Clock
  readonly #place: string
  #connected: Connected | undefined
  /** The next batch may hold reports that are there: the last one failed, or there was none yet. */
  #mayRepeat = true

  constructor(options: PostgresSinkOptions, clock: Clock) {
    checkPostgresSink(options)
    const accepted: ReportKind[] = ['alarm']
    if (options.scores) accepted.push('score')
    if (options.forecasts) accepted.push('forecast')
    this.accepts = new Set(accepted)
    this.#options = options
    this.#clock = clock
    this.#place = postgresPlace(options)
  }

  async write(reports: readonly Report[], signal: AbortSignal): Promise<void> {
    if (reports.length === 0) return
    let cut = (): void => {}
    const aborted = new Promise<never>((_, reject) => {
      cut = () => reject(new Error('broken off', { cause: signal.reason }))
    })
    aborted.catch(() => {})
    signal.addEventListener('abort', cut, { once: true })
    if (signal.aborted) cut()
    try {
      await Promise.race([aborted, this.#written(reports)])
    } catch (cause) {
      this.#giveUp()
      const why = cause instanceof Error ? cause.message : String(cause)
      const message = `cannot write to ${this.#place}: ${why}`
      throw new SinkError(message, { retryable: !isFinal(cause), cause })
    } finally {
      signal.removeEventListener('abort', cut)
    }
  }

  async close(): Promise<void> {
    const connected = this.#connected
    this.#connected = undefined
    await connected?.sql.end({ timeout: 1 })
  }

  async #written(reports: readonly Report[]): Promise<void> {
    const connected = (this.#connected ??= this.#made())
    await Promise.race([connected.lost, this.#writtenBy(connected, reports)])
  }

  async #writtenBy(connected: Connected, reports: readonly Report[]): Promise<void> {
    const { sql, seriesIds } = connected
    await this.#prepare(connected, reports)
    const known = new Set<NonNullable<Report['labels']>>()
    for (const { labels } of reports) if (labels !== undefined) known.add(labels)
    await seriesIds.learn(known, (statement, text) => sql.unsafe(statement, [text]))
    const copies = rowsOf(reports, seriesIds)
    if (copies.size === 0) return
    const { schema } = this.#options
    const batch = new Map([...copies].map(([kind, rows]) => [kind, rows.ended()]))
    if (this.#mayRepeat) {
      await merged(sql, schema, batch)
    } else {
      try {
        await appended(sql, schema, batch)
      } catch (error) {
        if ((error as { code?: string }).code !== reportIsThere) throw error
        await sql.unsafe('rollback')
        await merged(sql, schema, batch)
      }
    }
    this.#mayRepeat = false
  }

  #made(): Connected {
    let lose: (why: Error) => void = () => {}
    const lost = new Promise<never>((_, reject) => (lose = reject))
    lost.catch(() => {})
    const sql = postgres({
      ...postgresConnection(this.#options),
      max: 1,
      connect_timeout: connectSeconds,
      idle_timeout: 0,
      max_lifetime: null,
      // Delivery decides when it is tried again.
      backoff: () => 0,
      fetch_types: false,
      onnotice: () => {},
      onclose: () => lose(new Error('the connection was closed')),
      connection: { application_name: 'forewarn', TimeZone: 'UTC' },
    } as postgres.Options<Record<string, never>>)
    const { schema } = this.#options
    return {
      sql,
      seriesIds: new SeriesIds(schema),
      partitions: new Partitions(this.#options),
      isPlain: true,
      upkeptMs: Number.NEGATIVE_INFINITY,
      lost,
    }
  }

  /** Tables, staging tables and partitions: with a new connection, then now and again. */
  async #prepare(connected: Connected, reports: readonly Report[]): Promise<void> {
    const { sql } = connected
    const isNew = connected.upkeptMs === Number.NEGATIVE_INFINITY
    if (isNew) {
      await this.#migrate(sql)
      const { schema } = this.#options
      const [scores] = await sql.unsafe(
        `select relkind as kind from pg_class where oid = '${schema}.scores'::regclass`,
      )
      Object.assign(connected, { isPlain: scores?.['kind'] === 'p' })
      await sql.unsafe(stagingTables())
    }
    if (!this.#options.migrate) {
      if (isNew) connected.upkeptMs = 0
      return
    }
    const nowMs = this.#clock.nowMs()
    const isDue = nowMs - connected.upkeptMs >= upkeepMs
    if (isDue) await this.#upkeep(connected, nowMs)
    if (connected.isPlain) await this.#makePartitions(connected, reports, nowMs)
    if (isDue) connected.upkeptMs = nowMs
  }

  /** Brings the tables up to date; with `migrate: false` refuses tables that are not. */
  async #migrate(sql: postgres.Sql): Promise<void> {
    const { schema, migrate } = this.#options
    if (migrate) {
      await sql.unsafe(`begin; select pg_advisory_xact_lock(${migrationLock});
${versionTable(schema)}`)
    }
    const [row] = await sql.unsafe(`select count(*) as version from ${schema}.migrations`)
    const version = Number(row?.['version'])
    if (version > migrations.length || (!migrate && version < migrations.length)) {
      const wanted = `this program knows ${migrations.length}`
      throw new Error(`the tables in ${schema} are of version ${version}, ${wanted}`)
    }
    if (!migrate) return
    const [found] = await sql.unsafe(editionQuery)
    const edition = found?.['edition'] as TimescaleEdition
    for (const [i, migration] of migrations.entries()) {
      if (i < version) continue
      await sql.unsafe(migration(this.#options, edition))
      await sql.unsafe(`insert into ${schema}.migrations (version) values (${i + 1})`)
    }
    await sql.unsafe(`${readerGrants(this.#options)}\ncommit`)
  }

  /** Retention, and a look at which partitions there are. */
  async #upkeep({ sql, partitions, isPlain }: Connected, nowMs: number): Promise<void> {
    const { schema } = this.#options
    if (isPlain) {
      const rows = await sql.unsafe(partitionsQuery(schema))
      partitions.learn(rows.map((row) => String(row['name'])))
      for (const span of partitions.outdated(nowMs)) {
        await sql.unsafe(partitions.removal(span))
        partitions.dropped(span)
      }
    }
    const statements = retentionStatements(this.#options, { nowMs, isPlain })
    if (statements !== '') await sql.unsafe(statements)
  }

  async #makePartitions(
    { sql, partitions }: Connected,
    reports: readonly Report[],
    nowMs: number,
  ): Promise<void> {
    const { partitionMs } = this.#options
    const times = new Set<number>()
    for (const report of reports) {
      if (report.kind !== 'score' && report.kind !== 'forecast') continue
      times.add(Math.floor(report.timestampMs / partitionMs) * partitionMs)
    }
    for (const span of partitions.missing(times, nowMs)) {
      try {
        const lock = `select pg_advisory_xact_lock(${migrationLock});`
        await sql.unsafe(`begin;${lock}\n${partitions.creation(span)}\ncommit`)
      } catch (error) {
        await sql.unsafe('rollback')
        // Its rows stand in the default partition, or another width's covers it: that serves.
        const state = (error as { code?: string }).code
        if (state !== '23514' && state !== '42P17') throw error
      }
      partitions.made(span)
    }
  }

  /** The next write makes a new connection; the server rolls back what this one began. */
  #giveUp(): void {
    this.#mayRepeat = true
    const connected = this.#connected
    this.#connected = undefined
    void connected?.sql.end({ timeout: 0 }).catch(() => {
      // It is given up; there is nobody to tell.
    })
  }
}

function rowsOf(reports: readonly Report[], seriesIds: SeriesIds): Map<StoredKind, CopyRows> {
  const copies = new Map<StoredKind, CopyRows>()
  const rowsFor = (kind: StoredKind): CopyRows => {
    const held = copies.get(kind) ?? new CopyRows()
    copies.set(kind, held)
    return held
  }
  for (const report of reports) {
    if (report.kind === 'rejection' || report.kind === 'warning') continue
    const rows = rowsFor(report.kind)
    const seriesId = seriesIds.of(report.labels)
    if (report.kind === 'score') addScore(report, seriesId, rows)
    else if (report.kind === 'alarm') addAlarm(report, seriesId, rows)
    else addForecast(report, seriesId, rows)
  }
  return copies
}

/** One transaction: straight into the tables, but for alarms, whose order the staging keeps. */
async function appended(sql: postgres.Sql, schema: string, batch: Batch): Promise<void> {
  await sql.unsafe('begin')
  for (const [kind, bytes] of batch) {
    if (kind === 'alarm') await copied(sql, { kind, table: `staged_${kinds.alarm.table}` }, bytes)
    else await copied(sql, { kind, table: `${schema}.${kinds[kind].table}` }, bytes)
  }
  await sql.unsafe(`${batch.has('alarm') ? insertion(schema, 'alarm') : ''};\ncommit`)
}

/** One transaction: all by the staging tables, leaving what is there already as it is. */
async function merged(sql: postgres.Sql, schema: string, batch: Batch): Promise<void> {
  await sql.unsafe('begin')
  for (const [kind, bytes] of batch) {
    await copied(sql, { kind, table: `staged_${kinds[kind].table}` }, bytes)
  }
  const inserts = [...batch.keys()].map((kind) => insertion(schema, kind))
  await sql.unsafe(`${inserts.join(';\n')};\ncommit`)
}

async function copied(
  sql: postgres.Sql,
  { kind, table }: { kind: StoredKind; table: string },
  bytes: Buffer,
): Promise<void> {
  const names = columnNames(kinds[kind].columns).join()
  const copy = sql.unsafe(`copy ${table} (${names}) from stdin (format binary)`)
  let fail: (why: unknown) => void = () => {}
  const failed = new Promise<never>((_, reject) => (fail = reject))
  failed.catch(() => {})
  // The library's stream says nothing where the server refuses what it was sent: the error goes to
  // the statement, whose promise was kept when the stream was handed out.
  const settles = copy as unknown as { reject: (error: unknown) => void }
  const refuse = settles.reject
  settles.reject = (error) => {
    fail(error)
    refuse(error)
  }
  const stream = await copy.writable()
  const finished = new Promise<void>((resolve, reject) => {
    stream.on('error', reject)
    stream.on('finish', resolve)
    stream.end(bytes)
  })
  await Promise.race([finished, failed])
}

function stagingTables(): string {
  return Object.values(kinds)
    .map(
      ({ table, columns }) =>
        `create temporary table staged_${table} (${columns.join(', ')}) on commit delete rows;`,
    )
    .join('\n')
}

function insertion(schema: string, kind: StoredKind): string {
  const { table, columns } = kinds[kind]
  const names = columnNames(columns).filter((name) => name !== 'place')
  const order = kind === 'alarm' ? ' order by place' : ''
  return `insert into ${schema}.${table} (${names.join()})
select ${names.join()} from staged_${table}${order} on conflict do nothing`
}

/**
 * True where the same batch would be refused again: what is wrong with it lies in it. Everything
 * else somebody can put right (rights, space, a table, a failover) or passes by itself (08, 40, 53,
 * 55, 57, 58), so it is tried again.
 *
 *   21 cardinality · 22 data · 23 constraints · 54 limits of the program
 *
 * Source: https://www.postgresql.org/docs/15/errcodes-appendix.html
 */
function isFinal(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && /^(21|22|23|54)[0-9A-Z]{3}$/.test(code)
}
