/**
 * How a PostgreSQL server is reached: options, and what the client library makes of them.
 *
 * The library is `postgres`. One connection; the caller decides when there is a new one.
 */

import { ForewarnError } from '../core/errors.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import { isPlace } from './place.ts'
import { tlsOptions, tlsPeer } from './tls.ts'
import type { TlsPeer } from './tls.ts'

/** Options of whatever speaks to PostgreSQL. */
export const postgresConnectionOptions = {
  host: {
    kind: 'text',
    default: '127.0.0.1',
    about: 'Name or address of the server.',
  },
  port: {
    kind: 'integer',
    min: 1,
    max: 65_535,
    default: 5432,
    about: 'Its port.',
  },
  database: {
    kind: 'text',
    default: 'forewarn',
    about: 'The database. It must be there; schema and tables are made.',
  },
  user: {
    kind: 'text',
    default: 'forewarn',
    about: 'The role to log in as.',
  },
  password: {
    kind: 'text',
    default: '',
    secret: true,
    about: 'Its password. Empty: none is sent.',
  },
  tls: {
    kind: 'boolean',
    default: false,
    about: 'Speak TLS with the server, and check its certificate and name.',
  },
  ...tlsOptions,
} as const satisfies OptionSpecs

export type PostgresConnectionOptions = OptionsOf<typeof postgresConnectionOptions>

/** What the client is made with. */
export interface PostgresConnection {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly username: string
  readonly password: string | undefined
  readonly ssl: TlsPeer | false
}

/** Throws ERR_CONFIG_INVALID where options do not go together. */
export function postgresConnection(options: PostgresConnectionOptions): PostgresConnection {
  const { host, port, database, user, password } = options
  // A path is the folder of a server's socket.
  if (!isPlace(host) && !host.startsWith('/')) {
    throw invalid(`host: expected a name or an address, found "${host}"`)
  }
  const peer = tlsPeer(options, host)
  const ssl = options.tls && peer
  return { host, port, database, username: user, password: password || undefined, ssl }
}

/** Where it is, for messages: never the password. */
export function postgresPlace({ host, port, database }: PostgresConnectionOptions): string {
  return `PostgreSQL at ${host.includes(':') ? `[${host}]` : host}:${port}/${database}`
}

function invalid(message: string): ForewarnError {
  return new ForewarnError('ERR_CONFIG_INVALID', message)
}
