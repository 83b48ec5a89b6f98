/**
 * What has to be done beside writing: partitions made ahead, and dropped when they are too old.
 *
 *   scores_default                            what no partition is there for
 *   scores_p1740787200000_1740873600000      from (included) and to (not), in milliseconds
 *
 * Partitions of now and of the next two spans are always there; a batch that holds older samples (a
 * replay) has its own made first, up to a limit, beyond which the default one takes them.
 * The bounds stand in the name, so that a change of `partition` leaves what there is alone.
 */

import type { PostgresSinkOptions } from './options.ts'

const tables = ['scores', 'forecasts'] as const
/** So many spans beyond the present one are made ahead. */
const spansAhead = 2
/** PostgreSQL plans well with up to a few thousand partitions (its documentation, 5.11.6). */
const partitionsMax = 2_000
/** Nothing is made for times outside 1970 to 2100: such a sample is a mistake of its sender. */
const timeMsMax = 4_102_444_800_000

/** The partition that a moment falls into. */
export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

export function spanOf(timestampMs: number, partitionMs: number): Span | undefined {
  if (timestampMs < 0 || timestampMs >= timeMsMax) return undefined
  const fromMs = Math.floor(timestampMs / partitionMs) * partitionMs
  return { fromMs, toMs: fromMs + partitionMs }
}

/** SQL for the names of all partitions: rows with `name`. */
export function partitionsQuery(schema: string): string {
  return `select c.relname as name from pg_inherits i
join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
join pg_namespace n on n.oid = p.relnamespace
where n.nspname = '${schema}' and p.relname in (${tables.map((table) => `'${table}'`).join()})`
}

/** Which partitions there are, and which have to be made or dropped. */
export class Partitions {
  readonly #schema: string
  readonly #partitionMs: number
  readonly #retentionMs: number
  #spans: Span[] = []

  constructor({ schema, partitionMs, retentionMs }: PostgresSinkOptions) {
    this.#schema = schema
    this.#partitionMs = partitionMs
    this.#retentionMs = retentionMs
  }

  /** Learns from the names in the database. */
  learn(names: readonly string[]): void {
    this.#spans = names.flatMap((name) => {
      const match = /^scores_p(\d+)_(\d+)$/.exec(name)
      return match === null ? [] : [{ fromMs: Number(match[1]), toMs: Number(match[2]) }]
    })
  }

  made(span: Span): void {
    this.#spans.push(span)
  }

  /** Those that are missing for these moments and for the time to come. */
  missing(timesMs: Iterable<number>, nowMs: number): Span[] {
    const wanted = new Map<number, Span>()
    const add = (timestampMs: number): void => {
      const span = spanOf(timestampMs, this.#partitionMs)
      if (span === undefined || this.#touches(span)) return
      wanted.set(span.fromMs, span)
    }
    for (let i = 0; i <= spansAhead; i++) add(nowMs + i * this.#partitionMs)
    for (const timestampMs of timesMs) {
      if (this.#spans.length + wanted.size >= partitionsMax) break
      add(timestampMs)
    }
    return [...wanted.values()]
  }

  /** Old ones, all of whose time has run out. */
  outdated(nowMs: number): Span[] {
    if (this.#retentionMs === 0) return []
    return this.#spans.filter(({ toMs }) => toMs <= nowMs - this.#retentionMs)
  }

  dropped(span: Span): void {
    this.#spans = this.#spans.filter((other) => other !== span)
  }

  /** SQL that makes both tables' partitions of a span. */
  creation({ fromMs, toMs }: Span): string {
    const bounds = `from ('${timeText(fromMs)}') to ('${timeText(toMs)}')`
    return tables
      .map((table) => {
        const name = `${this.#schema}.${table}_p${fromMs}_${toMs}`
        return `create table if not exists ${name} partition of ${this.#schema}.${table}
for values ${bounds};`
      })
      .join('\n')
  }

  removal({ fromMs, toMs }: Span): string {
    return tables
      .map((table) => `drop table if exists ${this.#schema}.${table}_p${fromMs}_${toMs};`)
      .join('\n')
  }

  /** A partition may not overlap one of another width. */
  #touches({ fromMs, toMs }: Span): boolean {
    return this.#spans.some((span) => span.fromMs < toMs && fromMs < span.toMs)
  }
}

/** SQL that drops what is older than the retention where no partition does; '' with none. */
export function retentionStatements(
  { schema, retentionMs }: PostgresSinkOptions,
  { nowMs, isPlain }: { nowMs: number; isPlain: boolean },
): string {
  if (retentionMs === 0) return ''
  const limit = `'${timeText(nowMs - retentionMs)}'::timestamptz`
  const old = tables.map((table) =>
    isPlain
      ? `delete from ${schema}.${table}_default where time < ${limit};`
      : `select drop_chunks('${schema}.${table}', ${limit});`,
  )
  return `${old.join('\n')}
delete from ${schema}.alarm_changes where time < ${limit} and alarm_id not in
  (select alarm_id from ${schema}.alarms where state in ('pending', 'firing'));`
}

function timeText(timestampMs: number): string {
  return new Date(timestampMs).toISOString()
}
