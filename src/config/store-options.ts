/** The options under `store:`: what survives a restart, and how. */

import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import { checkpointOptions } from '../series/checkpoint.ts'
import { incomingLogOptions } from '../stores/incoming-log.ts'
import { redisStoreOptions } from '../stores/redis/options.ts'

/** Options under `store:`. */
export const storeOptions = {
  type: {
    kind: 'choice',
    words: ['embedded', 'redis', 'none'],
    default: 'embedded',
    about:
      'embedded: what was learned, received and is still to be delivered is kept in a folder; a ' +
      'restart goes on where the last run stopped. redis: the same, but what was learned and is ' +
      'to be delivered is kept in Redis. none: a restart learns anew.',
  },
  scope: {
    kind: 'choice',
    words: ['process', 'partition'],
    default: 'process',
    about:
      'process: this program keeps all states. partition: with type redis and sources that are ' +
      'Kafka, states go with the partitions, and any number of programs share them.',
  },
  folder: {
    kind: 'text',
    default: 'forewarn-state',
    about: 'Where it is kept. One process at a time; a folder that is missing is made.',
  },
  ...redisStoreOptions,
  ...incomingLogOptions,
  ...checkpointOptions,
} as const satisfies OptionSpecs

export type StoreOptions = OptionsOf<typeof storeOptions>
