/** Options of the Redis sink. */

import { ForewarnError } from '../../core/errors.ts'
import type { OptionSpecs, OptionsOf } from '../../core/options.ts'
import { redisConnection, redisConnectionOptions } from '../../connections/redis.ts'

export const redisSinkOptions = {
  ...redisConnectionOptions,
  channel: {
    kind: 'text',
    default: 'anomalies',
    about: 'The channel to publish on. Empty: none.',
  },
  stream: {
    kind: 'text',
    default: '',
    about: 'Key of the stream to add to, for readers that must lose nothing. Empty: none.',
  },
  field: {
    kind: 'text',
    default: 'data',
    about: 'The field of a stream’s entries that holds the message.',
  },
  streamEntriesMax: {
    kind: 'integer',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    default: 1_000_000,
    about: 'About so many entries are kept in the stream; older ones go. 0: all of them.',
  },
  format: {
    kind: 'choice',
    words: ['json-lines', 'response-times', 'influx-scores', 'graphite-scores', 'log-line'],
    default: 'json-lines',
    about: 'How a report is written; each is one message. Kinds that a format lacks are left out.',
  },
  anomaly: {
    kind: 'boolean',
    default: true,
    about: 'For the format response-times: write the member `anomaly`.',
  },
  warnings: {
    kind: 'boolean',
    default: true,
    about: 'Publish every warning of a broken objective, and what became of it.',
  },
  scores: {
    kind: 'boolean',
    default: true,
    about: 'Send every scored sample.',
  },
  rejections: {
    kind: 'boolean',
    default: false,
    about: 'Send every refused sample or line.',
  },
  forecasts: {
    kind: 'boolean',
    default: true,
    about: 'Send every forecast.',
  },
} as const satisfies OptionSpecs

export type RedisSinkOptions = OptionsOf<typeof redisSinkOptions>

/** Throws ERR_CONFIG_INVALID where there is no address or nowhere to write. */
export function checkRedisSink(options: RedisSinkOptions): void {
  redisConnection(options)
  if (options.channel !== '' || options.stream !== '') return
  const message = 'channel: expected a channel or a stream to write to, found neither'
  throw new ForewarnError('ERR_CONFIG_INVALID', message)
}
