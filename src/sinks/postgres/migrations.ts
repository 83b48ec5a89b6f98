/**
 * The tables, as migrations: numbered, applied once and in order, each in one transaction.
 *
 *   series          one row a series: its key, name, field and labels
 *   scores          one row a scored sample       primary key (series_id, time, report_id)
 *   forecasts       one row a forecast            primary key (series_id, time, report_id)
 *   alarm_changes   one row a change of an alarm  primary key (report_id)
 *   alarms          view: the last change of each alarm, when it fired and when it was over
 *   scores_hourly   count, extremes and mean by series and hour
 *
 * Where the database has TimescaleDB when the tables are made, scores and forecasts are
 * hypertables, and in its Community edition old chunks are compressed and scores_hourly is a
 * continuous aggregate. Elsewhere they are partitioned by time (upkeep.ts makes and drops the
 * partitions) and scores_hourly is a plain view of the same columns.
 */

import type { PostgresSinkOptions } from './options.ts'
import { alarmColumns, forecastColumns, scoreColumns } from './rows.ts'

/** What the database has; asked when the tables are made. */
export type TimescaleEdition = 'none' | 'apache' | 'community'

/** SQL that says which edition of TimescaleDB a database has: a row with `edition`. */
export const editionQuery = `select case
  when not exists (select 1 from pg_extension where extname = 'timescaledb') then 'none'
  when current_setting('timescaledb.license', true) = 'timescale' then 'community'
  else 'apache' end as edition`

/** One migration: the statements that lead from the version before to this one. */
type Migration = (options: PostgresSinkOptions, edition: TimescaleEdition) => string

const definitions = (columns: readonly string[]): string =>
  columns
    .map((column) => {
      const isOptional =
        /^(value|expected|lower|upper|news|silenced_by|silenced_until|acknowledged_by|verdict) /
      return `  ${column}${isOptional.test(column) ? '' : ' not null'}`
    })
    .join(',\n')

const timeTable = (
  schema: string,
  table: string,
  columns: readonly string[],
  edition: TimescaleEdition,
): string => {
  const isPlain = edition === 'none'
  return `create table ${schema}.${table} (
${definitions(columns)},
  primary key (series_id, time, report_id)
)${isPlain ? ' partition by range (time)' : ''};
create index ${table}_time on ${schema}.${table} using brin (time);
${
  isPlain
    ? `create table ${schema}.${table}_default
partition of ${schema}.${table} default;`
    : ''
}`
}

const hypertable = (
  { schema, partitionMs, compressAfterMs }: PostgresSinkOptions,
  table: string,
  edition: TimescaleEdition,
): string => {
  if (edition === 'none') return ''
  const place = `'${schema}.${table}'`
  const chunk = `chunk_time_interval => interval '${partitionMs} milliseconds'`
  const made = `select create_hypertable(${place}, 'time', ${chunk}, if_not_exists => true);\n`
  if (edition === 'apache' || compressAfterMs === 0) return made
  return `${made}alter table ${schema}.${table} set (timescaledb.compress,
  timescaledb.compress_segmentby = 'series_id',
  timescaledb.compress_orderby = 'time desc, report_id');
select add_compression_policy(${place}, interval '${compressAfterMs} milliseconds',
  if_not_exists => true);
`
}

const hourly = (schema: string, edition: TimescaleEdition): string => {
  const isContinuous = edition === 'community'
  const bucket =
    edition === 'none' ? `date_trunc('hour', time, 'UTC')` : `time_bucket(interval '1 hour', time)`
  const kind = isContinuous ? 'materialized view' : 'view'
  const how = isContinuous ? ' with (timescaledb.continuous)' : ''
  const view = `create ${kind} ${schema}.scores_hourly${how} as
select series_id, ${bucket} as time, count(*) as samples,
  min(value) as value_min, max(value) as value_max, avg(value) as value_mean,
  max(score) as score_max, avg(score) as score_mean,
  count(*) filter (where status = 'anomalous') as anomalous_samples
from ${schema}.scores group by 1, 2`
  if (!isContinuous) return `${view};\n`
  return `${view}
with no data;
select add_continuous_aggregate_policy('${schema}.scores_hourly', start_offset => interval '3 days',
  end_offset => interval '1 hour', schedule_interval => interval '10 minutes',
  if_not_exists => true);
`
}

const first: Migration = (options, edition) => {
  const { schema } = options
  return `create table ${schema}.series (
  series_id bigint generated always as identity primary key,
  digest text not null unique,
  key text not null,
  name text not null,
  field text not null,
  labels jsonb not null,
  first_seen timestamptz not null default now()
);
comment on column ${schema}.series.digest is 'SHA-256 of the key, which may be too long to index';
create index series_name on ${schema}.series (name, field);
${timeTable(schema, 'scores', scoreColumns, edition)}
${timeTable(schema, 'forecasts', forecastColumns, edition)}
${hypertable(options, 'scores', edition)}${hypertable(options, 'forecasts', edition)}
create table ${schema}.alarm_changes (
  sequence bigint generated always as identity,
${definitions(alarmColumns.slice(1))},
  primary key (report_id)
);
create index alarm_changes_time on ${schema}.alarm_changes (time);
create index alarm_changes_alarm on ${schema}.alarm_changes (alarm_id, sequence desc);
create view ${schema}.alarms as
select distinct on (alarm_id) alarm_id, series_id, rule, severity, state, started, time as changed,
  value, score, expected, lower, upper, reason,
  silenced_by, silenced_until, acknowledged_by, verdict
from ${schema}.alarm_changes order by alarm_id, sequence desc;
${hourly(schema, edition)}`
}

/** When an alarm fired and when it was over, whatever people said of it later. */
const second: Migration = ({ schema }) => `create or replace view ${schema}.alarms as
select distinct on (alarm_id) alarm_id, series_id, rule, severity, state, started, time as changed,
  value, score, expected, lower, upper, reason,
  silenced_by, silenced_until, acknowledged_by, verdict,
  min(time) filter (where state = 'firing') over (partition by alarm_id) as fired,
  min(time) filter (where state in ('resolved', 'inactive')) over (partition by alarm_id) as ended
from ${schema}.alarm_changes order by alarm_id, sequence desc;
`

/** In order; the version of a database is how many it has had. Never changed, only added to. */
export const migrations: readonly Migration[] = [first, second]

/** The one table that tells the version; there before all others. */
export function versionTable(schema: string): string {
  return `create schema if not exists ${schema};
create table if not exists ${schema}.migrations (
  version int primary key,
  applied timestamptz not null default now()
);`
}

/** What the role of readers is given; to be run again after each migration. */
export function readerGrants({ schema, readerRole: role }: PostgresSinkOptions): string {
  if (role === '') return ''
  return `do $$ begin
  if not exists (select 1 from pg_roles where rolname = '${role}') then
    create role ${role} nologin;
  end if;
end $$;
grant usage on schema ${schema} to ${role};
grant select on all tables in schema ${schema} to ${role};
alter default privileges in schema ${schema} grant select on tables to ${role};`
}
