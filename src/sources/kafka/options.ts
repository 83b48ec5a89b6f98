/** The options of the Kafka source, apart from it so that the client loads only where used. */

import { kafkaClientOptions, kafkaConnectionOptions } from '../../connections/kafka.ts'
import { ForewarnError } from '../../core/errors.ts'
import type { OptionSpecs, OptionsOf } from '../../core/options.ts'

const mebibyte = 1024 ** 2

export const kafkaSourceOptions = {
  ...kafkaConnectionOptions,
  topics: {
    kind: 'text-list',
    default: [],
    about: 'Topics to read, by name or by glob (`telegraf-*`); a new topic that fits joins in.',
  },
  group: {
    kind: 'text',
    default: 'forewarn',
    about:
      'Consumer group. Its members share the partitions; what was taken is committed under it.',
  },
  start: {
    kind: 'choice',
    words: ['earliest', 'latest'],
    default: 'latest',
    about:
      'Where to begin in a partition of which neither the saved state nor the group knows a ' +
      'position: at its oldest record or behind its newest.',
  },
  isolation: {
    kind: 'choice',
    words: ['committed', 'uncommitted'],
    default: 'committed',
    about: 'committed: records of transactions are read once those are committed.',
  },
  recordBytesMax: {
    kind: 'size',
    min: 256,
    max: 256 * mebibyte,
    default: 4 * mebibyte,
    about: 'A longer record is refused and what comes after it is read on.',
  },
  fetchBytes: {
    kind: 'size',
    min: 16 * 1024,
    max: 256 * mebibyte,
    default: 8 * mebibyte,
    about:
      'At most about this much is fetched from a broker at once; one answer of each broker waits ' +
      'while another is being taken.',
  },
  fetchWaitMs: {
    kind: 'duration',
    min: 1,
    max: 60_000,
    default: 250,
    about:
      'A broker without new records answers after this long, and after a third of ' +
      '`session_timeout` at the latest: a member that waits says nothing meanwhile.',
  },
  sessionTimeoutMs: {
    kind: 'duration',
    min: 1_000,
    max: 1_800_000,
    default: 30_000,
    about:
      'A member that says nothing for this long loses its partitions to the others. Less than ' +
      '6 s only where the brokers allow it (their group.min.session.timeout.ms).',
  },
  topicsEveryMs: {
    kind: 'duration',
    min: 1_000,
    max: 86_400_000,
    default: 60_000,
    about: 'How often to look for new topics that fit a glob, and for new partitions.',
  },
  announceTopic: {
    kind: 'text',
    default: '',
    about:
      'On this topic the names of the topics that this member reads are written, for senders ' +
      'that look for somebody who listens. Empty: nowhere.',
  },
  announceEveryMs: {
    kind: 'duration',
    min: 100,
    max: 86_400_000,
    default: 10_000,
    about: 'How often.',
  },
  commitEveryMs: {
    kind: 'duration',
    min: 10,
    max: 600_000,
    default: 1_000,
    about: 'How often what was taken is committed, where it changed.',
  },
  tickEveryMs: {
    kind: 'duration',
    min: 10,
    max: 3_600_000,
    default: 1_000,
    about:
      'Time between two ticks of a partition, by the timestamps of its records. Alarms that get ' +
      'no samples any more resolve at ticks.',
  },
  idleAfterMs: {
    kind: 'duration',
    min: 1_000,
    max: 3_600_000,
    default: 10_000,
    about: 'A partition that has had nothing new for this long ticks by the clock.',
  },
  controlTopic: {
    kind: 'text',
    default: 'forewarn.control',
    about:
      'With store.scope partition: the topic by which silences, acknowledgements and labels go ' +
      'to all programs; made where it is missing. Of several sources that of the first. Empty: ' +
      'none.',
  },
  keyed: {
    kind: 'boolean',
    default: true,
    about:
      'With store.scope partition: whether a series is always in the same partition. false: a ' +
      'first stage decodes and writes the samples to samples_topic, where it is; a second one ' +
      'judges them there.',
  },
  stages: {
    kind: 'choice',
    words: ['both', 'decode', 'score'],
    default: 'both',
    about: 'Without keyed: which of the two stages this program runs.',
  },
  samplesTopic: {
    kind: 'text',
    default: 'forewarn.samples',
    about: 'The topic between the stages. Made where it is missing; each source has its own.',
  },
  samplesPartitions: {
    kind: 'integer',
    min: 1,
    max: 10_000,
    default: 12,
    about:
      'Partitions that samples_topic is made with: as many programs can judge. With another ' +
      'number series come to partitions that do not know them, and learn anew.',
  },
  samplesBy: {
    kind: 'text-list',
    default: [],
    about:
      'Labels whose series stay together in a partition, as a rollup needs them. Empty: ' +
      'each series by itself.',
  },
  samplesCompression: {
    kind: 'choice',
    words: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    default: 'none',
    about: 'How records of samples are packed.',
  },
  samplesWaitMs: {
    kind: 'duration',
    min: 1_000,
    max: 86_400_000,
    default: 3_600_000,
    about:
      'In samples_topic time goes on without a partition of the input that is this far behind ' +
      'the others.',
  },
} as const satisfies OptionSpecs

export type KafkaSourceOptions = OptionsOf<typeof kafkaSourceOptions>

/**
 * How long a broker without new records may take to answer. What a member says goes by the same
 * connection and is heard behind the answer, so it has to come well before the session ends.
 */
export function fetchWaitMs(options: KafkaSourceOptions): number {
  return Math.min(options.fetchWaitMs, Math.floor(options.sessionTimeoutMs / 3))
}

/** Throws ERR_CONFIG_INVALID where options do not go together. */
export function checkKafkaSource(options: KafkaSourceOptions): void {
  if (options.topics.length === 0) {
    throw new ForewarnError('ERR_CONFIG_INVALID', 'a kafka source needs topics')
  }
  kafkaClientOptions(options)
}
