/**
 * How a Kafka cluster is reached: options that its source and its sink share, and what the client
 * library makes of them.
 *
 * The library is @platformatic/kafka.
 */

import type { BaseOptions, SASLMechanismValue } from '@platformatic/kafka'
import { ForewarnError } from '../core/errors.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import { tlsOptions, tlsPeer } from './tls.ts'

/** Options of whatever speaks to Kafka. */
export const kafkaConnectionOptions = {
  brokers: {
    kind: 'text-list',
    default: ['127.0.0.1:9092'],
    about: 'Addresses, host:port, of some brokers; the others are found by them.',
  },
  clientId: {
    kind: 'text',
    default: 'forewarn',
    about: 'The name that the brokers know this program by, in their quotas and logs.',
  },
  tls: {
    kind: 'boolean',
    default: false,
    about: 'Speak TLS with the brokers.',
  },
  ...tlsOptions,
  sasl: {
    kind: 'choice',
    words: ['none', 'plain', 'scram-sha-256', 'scram-sha-512'],
    default: 'none',
    about: 'How this client says who it is. plain sends the password as it is: only with TLS.',
  },
  user: {
    kind: 'text',
    default: '',
    about: 'The name, for SASL.',
  },
  password: {
    kind: 'text',
    default: '',
    secret: true,
    about: 'The password, for SASL.',
  },
  requestTimeoutMs: {
    kind: 'duration',
    min: 1_000,
    max: 600_000,
    default: 30_000,
    about: 'A broker that has not answered a request by then is taken for lost.',
  },
} as const satisfies OptionSpecs

export type KafkaConnectionOptions = OptionsOf<typeof kafkaConnectionOptions>

/** The library's names of the mechanisms. */
const mechanisms: Readonly<Record<string, SASLMechanismValue>> = {
  plain: 'PLAIN',
  'scram-sha-256': 'SCRAM-SHA-256',
  'scram-sha-512': 'SCRAM-SHA-512',
}

/**
 * What every client of the library takes. It tries a request again for a second by itself, as
 * elections and joining a group need; what lasts longer is the caller's to tell and to try again.
 * Throws ERR_CONFIG_INVALID where options do not go together.
 */
export function kafkaClientOptions(options: KafkaConnectionOptions): BaseOptions {
  const { brokers, clientId, tls, sasl, user, password } = options
  if (brokers.length === 0) throw invalid('expected at least one broker, found none')
  for (const broker of brokers) {
    if (!/^(\[[0-9a-f:]+\]|[^\s:/@]+):\d{1,5}$/i.test(broker)) {
      throw invalid(`expected brokers as host:port, found "${broker}"`)
    }
  }
  const peer = tlsPeer(options, '')
  const mechanism = mechanisms[sasl]
  return {
    clientId,
    bootstrapBrokers: [...brokers],
    requestTimeout: options.requestTimeoutMs,
    connectTimeout: 10_000,
    retries: 5,
    retryDelay: 200,
    ...(tls && { tls: peer, tlsServerName: true }),
    ...(mechanism && { sasl: { mechanism, username: user, password } }),
  }
}

function invalid(message: string): ForewarnError {
  return new ForewarnError('ERR_CONFIG_INVALID', message)
}
