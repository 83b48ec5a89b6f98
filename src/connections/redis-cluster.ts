/**
 * A Redis of several nodes that share the keys:
 *
 *   redis+cluster://USER:PASSWORD@a:6379,b:6379     some of its nodes; the others are found by them
 *   rediss+cluster://…                              by TLS
 *
 * What is touched together must have one hash tag, so that it lies on one node.
 */

import { Cluster, Redis } from 'ioredis'
import type { RedisOptions } from 'ioredis'
import { ForewarnError } from '../core/errors.ts'
import { redisConnection, redisPlace } from './redis.ts'
import type { RedisConnection, RedisConnectionOptions } from './redis.ts'

/** How a client waits, and what it is called. */
type PacedOptions = Pick<
  RedisOptions,
  'connectionName' | 'connectTimeout' | 'commandTimeout' | 'maxRetriesPerRequest'
> & { readonly protocol?: 2 }

/** A client of whatever the URL means, and where that is, for messages. */
export interface RedisClient {
  readonly client: Redis | Cluster
  readonly place: string
}

const clusterPattern = /^(rediss?)\+cluster:\/\/(?:([^@/]*)@)?([^/@]+)\/?$/

/** Throws ERR_CONFIG_INVALID, without the URL itself, where the options are no address. */
export function checkRedisClient(options: RedisConnectionOptions): void {
  const nodes = clusterNodes(options)
  if (nodes === undefined) redisConnection(options)
}

/** A client that connects with its first command. Throws as `checkRedisClient`. */
export function redisClient(options: RedisConnectionOptions, more: PacedOptions): RedisClient {
  const nodes = clusterNodes(options)
  if (nodes === undefined) {
    const connection = redisConnection(options)
    const client = new Redis({ ...connection, ...more, lazyConnect: true })
    return { client, place: redisPlace(connection) }
  }
  const [first] = nodes
  const { username, password, tls } = first
  const login = {
    ...(username && { username }),
    ...(password && { password }),
    ...(tls && { tls }),
  }
  const places = nodes.map((node) => redisPlace(node).replace('redis at ', ''))
  return {
    client: new Cluster(nodes.map(hostOf), {
      lazyConnect: true,
      redisOptions: { ...login, ...more },
      // Addresses as the cluster gives them: a name that is looked up would not fit a certificate.
      dnsLookup: (address, found) => found(null, address),
    }),
    place: `redis cluster by ${places.join()}`,
  }
}

type Nodes = readonly [RedisConnection, ...RedisConnection[]]

/** The nodes that are named; undefined where the URL means no cluster. */
function clusterNodes(options: RedisConnectionOptions): Nodes | undefined {
  const found = clusterPattern.exec(options.url)
  if (found === null) return undefined
  const [, scheme, login, hosts = ''] = found
  const head = login === undefined ? '' : `${login}@`
  const read = (host: string): RedisConnection =>
    redisConnection({ ...options, url: `${scheme}://${head}${host}` })
  const [first = '', ...others] = hosts.split(',')
  return [read(first), ...others.map(read)]
}

function hostOf(node: RedisConnection): { host: string; port: number } {
  if ('host' in node) return { host: node.host, port: node.port }
  throw new ForewarnError('ERR_CONFIG_INVALID', 'url: expected nodes as HOST:PORT')
}
