#!/bin/sh
# Roles and databases of the stack, each role with the password of its secret. The image of
# PostgreSQL runs this once, in its own shell, before it listens to others.
set -eu

secrets=${SECRETS:-/run/secrets}

# A password as a literal of SQL; what secrets.sh makes are letters and digits only.
literal() {
  printf "'%s'" "$(tr -d '\n' <"$secrets/$1" | sed "s/'/''/g")"
}

psql -v ON_ERROR_STOP=1 -q --username "${POSTGRES_USER:-postgres}" --dbname postgres <<SQL
create role forewarn login password $(literal postgres_forewarn);
create role telegraf login password $(literal postgres_telegraf);
create role zabbix login password $(literal postgres_zabbix);
-- Reads alone: the sink grants it what it may read.
create role grafana_reader login password $(literal postgres_grafana);

create database forewarn owner forewarn;
create database zabbix owner zabbix;
revoke connect on database forewarn from public;
revoke connect on database zabbix from public;
grant connect on database forewarn to forewarn, telegraf, grafana_reader;
SQL

# TimescaleDB where it is to be had; plain partitions otherwise. The scores that Telegraf brings lie
# in a schema of their own.
psql -v ON_ERROR_STOP=1 -q --username "${POSTGRES_USER:-postgres}" --dbname forewarn <<'SQL'
do $$
begin
  if exists (select from pg_available_extensions where name = 'timescaledb') then
    create extension if not exists timescaledb;
  end if;
end
$$;
-- Tables that Telegraf makes keep 90 days; without TimescaleDB they stay plain and keep all.
create function as_hypertable(name text) returns void language plpgsql as $$
begin
  if not exists (select from pg_extension where extname = 'timescaledb') then
    return;
  end if;
  perform create_hypertable(name::regclass, 'time');
  if current_setting('timescaledb.license', true) = 'timescale' then
    perform add_retention_policy(name::regclass, interval '90 days');
  end if;
end
$$;
create schema sophia authorization telegraf;
grant usage on schema sophia to grafana_reader;
alter default privileges for role telegraf in schema sophia
  grant select on tables to grafana_reader;
alter role telegraf in database forewarn set search_path = sophia, public;
SQL
