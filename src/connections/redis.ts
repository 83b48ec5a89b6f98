/**
 * How a Redis server is reached: the options that its source, sink and store have in common, and
 * what a client has to know by them.
 *
 *   redis://127.0.0.1:6379/0      rediss://user:password@redis.example.org:6380     (TLS)
 *   redis+sentinel://a:26379,b:26379/NAME/0         whoever is master of NAME, by its sentinels
 *
 * A password may stand in the URL, or better in `password` or a file. The URL counts as a secret
 * for that reason; messages name host and port alone.
 */

import { ForewarnError } from '../core/errors.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import { tlsOptions, tlsPeer } from './tls.ts'
import type { TlsPeer } from './tls.ts'

/** Options of every part that speaks to Redis. */
export const redisConnectionOptions = {
  url: {
    kind: 'text',
    default: 'redis://127.0.0.1:6379',
    secret: true,
    about:
      'Address: redis://HOST:PORT/DATABASE, rediss:// for TLS, or by Sentinel ' +
      'redis+sentinel://HOST:PORT,HOST:PORT/NAME/DATABASE (or sentinel://…). May have user and ' +
      'password.',
  },
  username: {
    kind: 'text',
    default: '',
    about: 'User of an access list. Empty: that of the URL, or the default user.',
  },
  password: {
    kind: 'text',
    default: '',
    secret: true,
    about: 'Password. Empty: that of the URL, or none.',
  },
  ...tlsOptions,
} as const satisfies OptionSpecs

export type RedisConnectionOptions = OptionsOf<typeof redisConnectionOptions>

/** A server of its own, or the sentinels that know which one is the master. */
export type RedisPlace =
  | { readonly host: string; readonly port: number }
  | {
      readonly sentinels: { readonly host: string; readonly port: number }[]
      readonly name: string
      /** Sentinels are spoken to as the servers are. */
      readonly enableTLSForSentinelMode: boolean
    }

/** What a client is made with. */
export type RedisConnection = RedisPlace & {
  readonly db: number
  readonly username?: string
  readonly password?: string
  readonly tls?: TlsPeer
}

const usualPort = 6379
const usualSentinelPort = 26_379
const databasesMax = 1_000_000

/** Throws ERR_CONFIG_INVALID, without the URL itself, where the options are no address. */
export function redisConnection(options: RedisConnectionOptions): RedisConnection {
  const sentinel = /^(?:(rediss?)\+)?sentinel:\/\/(?:([^@]*)@)?([^/@]+)\/([^/]+)(\/.*)?$/.exec(
    options.url,
  )
  if (sentinel !== null) return sentinelConnection(options, sentinel)
  const { protocol, hostname, port, pathname, username, password } = parsedUrl(options.url)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  return {
    host,
    port: port === '' ? usualPort : Number(port),
    ...loginOf(options, { username, password, pathname }),
    ...(protocol === 'rediss:' ? { tls: tlsPeer(options, host) } : {}),
  }
}

function sentinelConnection(
  options: RedisConnectionOptions,
  [, scheme, login = '', hosts = '', name = '', pathname = '']: readonly (string | undefined)[],
): RedisConnection {
  const sentinels = hosts.split(',').map((each) => {
    const { hostname, port } = parsedUrl(`redis://${each}`)
    const host = hostname.replace(/^\[(.*)\]$/, '$1')
    return { host, port: port === '' ? usualSentinelPort : Number(port) }
  })
  const colon = login.includes(':') ? login.indexOf(':') : login.length
  const [username, password] = [login.slice(0, colon), login.slice(colon + 1)]
  const isTls = scheme === 'rediss'
  return {
    sentinels,
    name: decoded(name),
    enableTLSForSentinelMode: isTls,
    ...loginOf(options, { username, password, pathname }),
    ...(isTls ? { tls: tlsPeer(options, '') } : {}),
  }
}

/** Database, user and password. */
function loginOf(
  options: RedisConnectionOptions,
  { username, password, pathname }: { username: string; password: string; pathname: string },
): { db: number; username?: string; password?: string } {
  const db = Number(pathname.slice(1))
  if (!Number.isInteger(db) || db < 0 || db > databasesMax) {
    throw fault(`expected a number of a database behind the address, found "${pathname}"`)
  }
  const user = options.username || decoded(username)
  const secret = options.password || decoded(password)
  return {
    db,
    ...(user === '' ? {} : { username: user }),
    ...(secret === '' ? {} : { password: secret }),
  }
}

/** Where it is, for messages: never the URL itself. */
export function redisPlace(connection: RedisConnection): string {
  if ('sentinels' in connection) {
    const { name, sentinels } = connection
    return `redis master ${name} by sentinels ${sentinels.map(hostText).join()}`
  }
  return `redis at ${hostText(connection)}`
}

function hostText({ host, port }: { host: string; port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

function parsedUrl(text: string): URL {
  if (!URL.canParse(text)) throw fault('expected an address such as redis://127.0.0.1:6379/0')
  const url = new URL(text)
  if ((url.protocol === 'redis:' || url.protocol === 'rediss:') && url.hostname !== '') return url
  throw fault(`expected redis:// or rediss:// and a host, found ${url.protocol}//`)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw fault('user or password have a % that begins no byte; write it as %25')
  }
}

function fault(message: string): ForewarnError {
  return new ForewarnError('ERR_CONFIG_INVALID', `url: ${message}`)
}
