/** The options of a delivery. */

import type { OptionSpecs, OptionsOf } from '../../core/options.ts'

/** Options of a delivery; the same for all sinks, under `delivery:` in the sink's section. */
export const deliveryOptions = {
  match: {
    kind: 'pattern',
    default: '*',
    about: 'Which series the sink is told of. Lines that could not be read are always told.',
  },
  queueLimit: {
    kind: 'integer',
    min: 1,
    max: 10_000_000,
    default: 100_000,
    about: 'At most this many scores, rejections and forecasts wait for the sink.',
  },
  alarmLimit: {
    kind: 'integer',
    min: 1,
    max: 1_000_000,
    default: 10_000,
    about: 'At most this many alarm changes wait, in a queue of their own.',
  },
  whenFull: {
    kind: 'choice',
    words: ['drop_oldest', 'wait'],
    default: 'drop_oldest',
    about:
      'What happens when a queue is full. drop_oldest: the oldest are dropped and counted, and ' +
      'scoring goes on. wait: scoring waits for the sink, and nothing is dropped; nor does a ' +
      'checkpoint save what the sink does not have, so that after a kill it is scored again.',
  },
  silenced: {
    kind: 'choice',
    words: ['usual', 'skip', 'send'],
    default: 'usual',
    about:
      'Alarms that somebody has silenced. skip: the sink is handed only what people are to be ' +
      'told. send: it is handed everything, marked. usual: skip for sinks that call people, send ' +
      'for those that keep or show.',
  },
  batchMax: {
    kind: 'integer',
    min: 1,
    max: 100_000,
    default: 1_000,
    about: 'At most this many reports are written at once.',
  },
  batchAfterMs: {
    kind: 'duration',
    min: 0,
    max: 3_600_000,
    default: 1_000,
    about: 'Reports wait at most this long for a batch to fill. Alarms do not wait.',
  },
  retryFirstMs: {
    kind: 'duration',
    min: 1,
    max: 3_600_000,
    default: 500,
    about: 'Longest wait before the first retry; it doubles with each failure in a row.',
  },
  retryCapMs: {
    kind: 'duration',
    min: 1,
    max: 86_400_000,
    default: 30_000,
    about: 'Longest wait between two retries, unless the other side asks for more.',
  },
  timeoutMs: {
    kind: 'duration',
    min: 1,
    max: 3_600_000,
    default: 30_000,
    about: 'A write that takes longer is broken off and tried again.',
  },
} as const satisfies OptionSpecs

export type DeliveryOptions = OptionsOf<typeof deliveryOptions>
