/** Options of the PostgreSQL sink. */

import { postgresConnection, postgresConnectionOptions } from '../../connections/postgres.ts'
import { ForewarnError } from '../../core/errors.ts'
import type { OptionSpecs, OptionsOf } from '../../core/options.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

export const postgresSinkOptions = {
  ...postgresConnectionOptions,
  schema: {
    kind: 'text',
    default: 'forewarn',
    about: 'The schema that all tables are in. It is made where it is missing.',
  },
  migrate: {
    kind: 'boolean',
    default: true,
    about:
      'Make the tables and bring them up to date. false: somebody else does, and the role needs ' +
      'no more than to read and insert; partitions and retention are theirs then, too.',
  },
  readerRole: {
    kind: 'text',
    default: '',
    about:
      'A role that is allowed to read all tables and nothing else, as for Grafana. Made without ' +
      'a login where it is missing. Empty: none.',
  },
  scores: {
    kind: 'boolean',
    default: true,
    about: 'Write every scored sample.',
  },
  forecasts: {
    kind: 'boolean',
    default: true,
    about: 'Write every forecast.',
  },
  retentionMs: {
    kind: 'duration',
    min: 0,
    max: 36_500 * dayMs,
    default: 90 * dayMs,
    about: 'Older scores, forecasts and alarm changes are dropped, by whole partitions. 0: never.',
  },
  partitionMs: {
    kind: 'duration',
    min: hourMs,
    max: 366 * dayMs,
    default: dayMs,
    about: 'How much time one partition (TimescaleDB: chunk) of scores or forecasts holds.',
  },
  compressAfterMs: {
    kind: 'duration',
    min: 0,
    max: 36_500 * dayMs,
    default: 7 * dayMs,
    about: 'TimescaleDB only: chunks older than this are compressed. 0: never.',
  },
} as const satisfies OptionSpecs

export type PostgresSinkOptions = OptionsOf<typeof postgresSinkOptions>

/** A name that needs no quotes in SQL: at most 63 bytes, as PostgreSQL keeps them. */
const plainName = /^[a-z_][a-z0-9_]{0,62}$/

/** Throws ERR_CONFIG_INVALID where options are no names or do not go together. */
export function checkPostgresSink(options: PostgresSinkOptions): void {
  postgresConnection(options)
  const { schema, readerRole } = options
  if (!plainName.test(schema) || schema.startsWith('pg_')) {
    throw invalid('schema', 'a name of small letters, digits and _', schema)
  }
  if (readerRole !== '' && !plainName.test(readerRole)) {
    throw invalid('reader_role', 'a name of small letters, digits and _', readerRole)
  }
}

function invalid(name: string, wanted: string, found: string): ForewarnError {
  return new ForewarnError('ERR_CONFIG_INVALID', `${name}: expected ${wanted}, found "${found}"`)
}
