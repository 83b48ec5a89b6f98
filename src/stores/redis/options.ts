/** Options of the Redis store, under `store:`. */

import type { OptionSpecs, OptionsOf } from '../../core/options.ts'
import { checkRedisClient } from '../../connections/redis-cluster.ts'
import { redisConnectionOptions } from '../../connections/redis.ts'
import type { RedisConnectionOptions } from '../../connections/redis.ts'

export const redisStoreOptions = {
  redisUrl: {
    ...redisConnectionOptions.url,
    about: `${redisConnectionOptions.url.about} A cluster: redis+cluster://HOST:PORT,HOST:PORT.`,
  },
  redisUsername: redisConnectionOptions.username,
  redisPassword: redisConnectionOptions.password,
  redisTlsCa: redisConnectionOptions.tlsCa,
  redisTlsCertificate: redisConnectionOptions.tlsCertificate,
  redisTlsKey: redisConnectionOptions.tlsKey,
  redisPrefix: {
    kind: 'text',
    default: 'forewarn',
    about: 'Head of all keys in Redis. One process at a time has the states under it.',
  },
  redisIdleAfterMs: {
    kind: 'duration',
    min: 0,
    max: 3650 * 86_400_000,
    default: 30 * 86_400_000,
    about:
      'A state of a series that was not saved again for this long is forgotten by Redis; longer ' +
      'than series.idle_after. 0: never.',
  },
} as const satisfies OptionSpecs

/** What the store takes of those. */
export interface RedisStoreOptions {
  readonly connection: RedisConnectionOptions
  readonly prefix: string
  readonly idleAfterMs: number
}

/** What of the options under `store:` is the Redis store's. Throws ERR_CONFIG_INVALID. */
export function redisStoreOf(options: OptionsOf<typeof redisStoreOptions>): RedisStoreOptions {
  const connection = {
    url: options.redisUrl,
    username: options.redisUsername,
    password: options.redisPassword,
    tlsCa: options.redisTlsCa,
    tlsCertificate: options.redisTlsCertificate,
    tlsKey: options.redisTlsKey,
  }
  checkRedisClient(connection)
  return { connection, prefix: options.redisPrefix, idleAfterMs: options.redisIdleAfterMs }
}
