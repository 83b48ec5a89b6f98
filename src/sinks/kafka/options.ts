/** The options of the Kafka sink, apart from it so that the client loads only where it is used. */

import { kafkaConnectionOptions } from '../../connections/kafka.ts'
import { carbonNumbers } from '../../core/carbon-options.ts'
import { ForewarnError } from '../../core/errors.ts'
import type { OptionSpecs, OptionsOf } from '../../core/options.ts'

export const kafkaSinkOptions = {
  ...kafkaConnectionOptions,
  topic: {
    kind: 'text',
    default: 'forewarn.reports',
    about: 'The topic to write to. Kinds that belong on topics of their own need a sink each.',
  },
  format: {
    kind: 'choice',
    words: [
      'json-lines',
      'influx-scores',
      'graphite-scores',
      'log-line',
      'pensu-report',
      'aggregate',
    ],
    default: 'json-lines',
    about:
      'json-lines carries every kind of report, graphite-scores scored samples and forecasts as ' +
      'Carbon lines; the others only scored samples, as InfluxDB lines or log lines, of those ' +
      'only anomalous ones as Pensu’s reports, or only of groups as JSON with a member a field.',
  },
  template: {
    kind: 'text',
    default: '',
    about:
      'graphite-scores: what stands in front of the name of the series; {{#anomaly_metric}} ' +
      'becomes the name of the number. Without one, pensu.{{#anomaly_metric}}.metrics_analyzer.',
  },
  numbers: {
    kind: 'text-list',
    default: [],
    about:
      'graphite-scores: which numbers are written. Empty: those of the score, and of forecasts ' +
      'where they are written.',
  },
  direction: {
    kind: 'choice',
    words: ['value', 'prediction'],
    default: 'value',
    about:
      'graphite-scores and pensu-report: what a direction of 1 says: that the value lies above ' +
      'what was expected (value), or that what was expected lies above the value (prediction), ' +
      'as Pensu wrote it.',
  },
  compat: {
    kind: 'choice',
    words: ['none', 'pensu'],
    default: 'none',
    about:
      'pensu-report: pensu writes the keys to the letter as Pensu did, four of them ending in a ' +
      'colon and a blank. none: clean keys.',
  },
  scores: {
    kind: 'boolean',
    default: true,
    about: 'Write every scored sample.',
  },
  alarms: {
    kind: 'boolean',
    default: true,
    about: 'Write every change of an alarm.',
  },
  rejections: {
    kind: 'boolean',
    default: false,
    about: 'Write every refused sample or line.',
  },
  warnings: {
    kind: 'boolean',
    default: true,
    about: 'Write every warning of a broken objective, and what became of it.',
  },
  forecasts: {
    kind: 'boolean',
    default: false,
    about: 'Write every forecast.',
  },
  perMessage: {
    kind: 'integer',
    min: 1,
    max: 10_000,
    default: 1,
    about:
      'At most this many reports in a message, all of the same partition. 1: each message has ' +
      'its series as key. More: less work for everybody, and messages without a key.',
  },
  requestBytes: {
    kind: 'size',
    min: 1024,
    max: 256 * 1024 ** 2,
    default: 768 * 1024,
    about:
      'At most this much is written to a partition at once, before compression. Brokers refuse ' +
      'more than their message.max.bytes, 1 MiB by default.',
  },
  compression: {
    kind: 'choice',
    words: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    default: 'none',
    about: 'How batches are packed.',
  },
  idempotent: {
    kind: 'boolean',
    default: true,
    about:
      'The brokers drop what a lost connection made this client send again, and acknowledge ' +
      'only what every replica in step has. false: the leader alone acknowledges.',
  },
  exactlyOnce: {
    kind: 'boolean',
    default: false,
    about:
      'With store.scope: partition: reports and the position in the input are committed in one ' +
      'transaction, at each checkpoint, so whoever reads committed records reads each report ' +
      'once. Input and output are on the same cluster. Nothing is dropped: a full queue waits.',
  },
} as const satisfies OptionSpecs

export type KafkaSinkOptions = OptionsOf<typeof kafkaSinkOptions>

/** Throws ERR_CONFIG_INVALID where a number is named that there is not. */
export function checkNumbers({ numbers }: KafkaSinkOptions): void {
  const unknown = numbers.find((name) => !(carbonNumbers as readonly string[]).includes(name))
  if (unknown === undefined) return
  const message = `numbers: no "${unknown}"; there are ${carbonNumbers.join(', ')}`
  throw new ForewarnError('ERR_CONFIG_INVALID', message)
}
