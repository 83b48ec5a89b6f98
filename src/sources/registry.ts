/** The table of sources, by the name that configuration gives them. */

import type { AnyOptions } from '../core/options.ts'
import { CarbonSource, carbonOptions } from './carbon.ts'
import type { CarbonOptions } from './carbon.ts'
import { ClockSource, clockOptions } from './clock.ts'
import type { ClockOptions } from './clock.ts'
import { FileSource, fileOptions } from './file.ts'
import type { FileOptions } from './file.ts'
import { GeneratorSource, generatorOptions } from './generator.ts'
import type { GeneratorOptions } from './generator.ts'
import { HostSource, hostOptions } from './host.ts'
import type { HostOptions } from './host.ts'
import { HttpSource, httpOptions } from './http.ts'
import type { HttpOptions } from './http.ts'
import { checkKafkaSource, kafkaSourceOptions } from './kafka/options.ts'
import type { KafkaSourceOptions } from './kafka/options.ts'
import { checkRedisSource, redisSourceOptions } from './redis/options.ts'
import type { RedisSourceOptions } from './redis/options.ts'
import type { SourceRow, SourceSurroundings } from './source.ts'
import { StdinSource, stdinOptions } from './stdin.ts'
import type { StdinOptions } from './stdin.ts'

export const sources = {
  carbon: {
    about: 'Carbon lines over TCP and UDP, as Graphite takes them.',
    options: carbonOptions,
    codec: 'graphite',
    ofLines: true,
    create: (options: AnyOptions, surroundings: SourceSurroundings) =>
      new CarbonSource(options as CarbonOptions, surroundings),
  },
  clock: {
    about: 'Ticks, so that what must happen without data happens too.',
    options: clockOptions,
    codec: 'influx',
    create: (options: AnyOptions, surroundings: SourceSurroundings) =>
      new ClockSource(options as ClockOptions, surroundings),
  },
  file: {
    about: 'The lines of a file, to its end or for as long as it grows.',
    options: fileOptions,
    codec: 'influx',
    ofLines: true,
    ownPositions: true,
    create: (options: AnyOptions, surroundings: SourceSurroundings) =>
      new FileSource(options as FileOptions, surroundings),
  },
  generator: {
    about: 'A stream of which the truth is known, made from a seed.',
    options: generatorOptions,
    codec: 'influx',
    create: (options: AnyOptions, surroundings: SourceSurroundings) =>
      new GeneratorSource(options as GeneratorOptions, surroundings),
  },
  host: {
    about: 'The metrics of the machine that Forewarn runs on.',
    options: hostOptions,
    codec: 'influx',
    create: (options: AnyOptions, surroundings: SourceSurroundings) =>
      new HostSource(options as HostOptions, surroundings),
  },
  http: {
    about: "What senders post to the program's own address, by InfluxDB's and Telegraf's ways.",
    options: httpOptions,
    codec: 'influx',
    create: (options: AnyOptions, surroundings: SourceSurroundings) =>
      new HttpSource(options as HttpOptions, surroundings),
  },
  kafka: {
    about: 'Records of Kafka topics, shared with the other members of a consumer group.',
    options: kafkaSourceOptions,
    codec: 'influx',
    ownPositions: true,
    check: (options: AnyOptions) => checkKafkaSource(options as KafkaSourceOptions),
    create: async (options: AnyOptions, surroundings: SourceSurroundings) => {
      const { KafkaSource } = await import('./kafka.ts')
      return new KafkaSource(options as KafkaSourceOptions, surroundings)
    },
  },
  redis: {
    about: "Messages of Redis' channels, or of its streams by a consumer group.",
    options: redisSourceOptions,
    codec: 'response-times',
    ownPositions: (options: AnyOptions) => (options as RedisSourceOptions).mode === 'stream',
    check: (options: AnyOptions) => checkRedisSource(options as RedisSourceOptions),
    create: async (options: AnyOptions, surroundings: SourceSurroundings) => {
      const { RedisSource } = await import('./redis.ts')
      return new RedisSource(options as RedisSourceOptions, surroundings)
    },
  },
  stdin: {
    about: 'Whole lines of standard input.',
    options: stdinOptions,
    codec: 'influx',
    ofLines: true,
    create: (options: AnyOptions, surroundings: SourceSurroundings) =>
      new StdinSource(options as StdinOptions, surroundings),
  },
} as const satisfies Readonly<Record<string, SourceRow>>
