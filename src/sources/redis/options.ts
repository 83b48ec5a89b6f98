/** Options of the Redis source. */

import { ForewarnError } from '../../core/errors.ts'
import type { OptionSpecs, OptionsOf } from '../../core/options.ts'
import { redisConnection, redisConnectionOptions } from '../../connections/redis.ts'

const mebibyte = 1024 ** 2

export const redisSourceOptions = {
  ...redisConnectionOptions,
  mode: {
    kind: 'choice',
    words: ['pubsub', 'stream'],
    default: 'pubsub',
    about:
      'pubsub: subscribes to channels; what is published while nobody listens is lost. stream: ' +
      'reads streams by a consumer group and acknowledges what is saved; nothing is lost.',
  },
  channels: {
    kind: 'text-list',
    default: ['response_times'],
    about: 'Channels to subscribe to, for mode pubsub.',
  },
  patterns: {
    kind: 'text-list',
    default: [],
    about: 'Patterns of channels, as PSUBSCRIBE has them: metrics.*. For mode pubsub.',
  },
  streams: {
    kind: 'text-list',
    default: ['response_times'],
    about: 'Keys of the streams, for mode stream. A stream belongs to one process.',
  },
  group: {
    kind: 'text',
    default: 'forewarn',
    about: 'The consumer group; made where it is missing. For mode stream.',
  },
  consumer: {
    kind: 'text',
    default: 'forewarn',
    about: 'Name of this consumer in the group. For mode stream.',
  },
  from: {
    kind: 'choice',
    words: ['oldest', 'newest'],
    default: 'oldest',
    about: 'Where a group that is new begins: with all that the stream holds, or what comes next.',
  },
  field: {
    kind: 'text',
    default: 'data',
    about: 'The field of a stream’s entries that holds the message.',
  },
  batchEntries: {
    kind: 'integer',
    min: 1,
    max: 100_000,
    default: 1000,
    about: 'At most this many entries of a stream are read at once.',
  },
  messageBytesMax: {
    kind: 'size',
    min: 256,
    max: 512 * mebibyte,
    default: mebibyte,
    about: 'Longer messages are refused.',
  },
  waitingBytes: {
    kind: 'size',
    min: 64 * 1024,
    max: 16 * 1024 * mebibyte,
    default: 32 * mebibyte,
    about:
      'Messages of channels that are received but not taken yet. Over it further ones are ' +
      'dropped and counted: a publisher cannot be told to wait.',
  },
} as const satisfies OptionSpecs

export type RedisSourceOptions = OptionsOf<typeof redisSourceOptions>

/** Throws ERR_CONFIG_INVALID where there is no address or nothing to read. */
export function checkRedisSource(options: RedisSourceOptions): void {
  redisConnection(options)
  const { mode, channels, patterns, streams } = options
  const count = mode === 'pubsub' ? channels.length + patterns.length : streams.length
  if (count > 0) return
  const what = mode === 'pubsub' ? 'channels: expected one, or a pattern' : 'streams: expected one'
  throw new ForewarnError('ERR_CONFIG_INVALID', `${what}, found none`)
}
