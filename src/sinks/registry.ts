/** The table of sinks, by the name in `type:`. */

import { kafkaClientOptions } from '../connections/kafka.ts'
import type { AnyOptions } from '../core/options.ts'
import { alertmanagerSink } from './alertmanager.ts'
import { consoleSink } from './console.ts'
import { DashboardSink, dashboardOptions } from './dashboard.ts'
import type { DashboardOptions } from './dashboard.ts'
import { checkEmail, emailOptions } from './email/options.ts'
import type { EmailOptions } from './email/options.ts'
import { fileSink } from './file.ts'
import { grafanaSink } from './grafana.ts'
import { graphiteSink } from './graphite.ts'
import { influxSink } from './influx.ts'
import { checkNumbers, kafkaSinkOptions } from './kafka/options.ts'
import type { KafkaSinkOptions } from './kafka/options.ts'
import { pagerdutySink } from './pagerduty.ts'
import { checkPostgresSink, postgresSinkOptions } from './postgres/options.ts'
import type { PostgresSinkOptions } from './postgres/options.ts'
import { prometheusSink } from './prometheus.ts'
import { checkRedisSink, redisSinkOptions } from './redis/options.ts'
import type { RedisSinkOptions } from './redis/options.ts'
import type { SinkRow, SinkSurroundings } from './sink.ts'
import { slackSink } from './slack.ts'
import { webhookSink } from './webhook.ts'
import { checkZabbixSink, zabbixSinkOptions } from './zabbix/options.ts'
import type { ZabbixSinkOptions } from './zabbix/options.ts'
import { ZabbixSink } from './zabbix.ts'

export const sinks = {
  alertmanager: alertmanagerSink,
  console: consoleSink,
  dashboard: {
    about: 'Keeps what the live page shows, in bounded memory.',
    options: dashboardOptions,
    create: (options: AnyOptions, { clock }: SinkSurroundings) =>
      new DashboardSink(options as DashboardOptions, clock),
  },
  email: {
    about: 'Sends alarms as mails over SMTP, with a picture of the last samples.',
    options: emailOptions,
    respectsSilences: true,
    check: (options: AnyOptions) => checkEmail(options as EmailOptions),
    create: async (options: AnyOptions, { pageUrl = '' }: SinkSurroundings) => {
      const { EmailSink } = await import('./email.ts')
      return new EmailSink(options as EmailOptions, pageUrl)
    },
  },
  file: fileSink,
  grafana: grafanaSink,
  graphite: graphiteSink,
  influx: influxSink,
  kafka: {
    about: 'Writes reports to a Kafka topic, each series always to the same partition.',
    options: kafkaSinkOptions,
    encoderName: (options: AnyOptions) => (options as KafkaSinkOptions).format,
    encoderOptions: (options: AnyOptions): AnyOptions => {
      const { format, template, numbers, direction, compat } = options as KafkaSinkOptions
      if (format === 'pensu-report') return { compat, direction }
      if (format === 'aggregate') return { end: 'none' }
      if (format !== 'graphite-scores') return {}
      const chosen = numbers.length === 0 ? {} : { numbers }
      return template === '' ? { direction, ...chosen } : { direction, template, ...chosen }
    },
    check: (options: AnyOptions) => {
      kafkaClientOptions(options as KafkaSinkOptions)
      checkNumbers(options as KafkaSinkOptions)
    },
    create: async (options: AnyOptions, { name, encoder }: SinkSurroundings) => {
      if (encoder === undefined) throw new TypeError(`the kafka sink ${name} was given no encoder`)
      const { KafkaSink } = await import('./kafka.ts')
      return new KafkaSink(options as KafkaSinkOptions, encoder)
    },
  },
  pagerduty: pagerdutySink,
  postgres: {
    about: 'Writes scored samples, forecasts and alarms into tables of PostgreSQL or TimescaleDB.',
    options: postgresSinkOptions,
    check: (options: AnyOptions) => checkPostgresSink(options as PostgresSinkOptions),
    create: async (options: AnyOptions, { clock }: SinkSurroundings) => {
      const { PostgresSink } = await import('./postgres.ts')
      return new PostgresSink(options as PostgresSinkOptions, clock)
    },
  },
  prometheus: prometheusSink,
  redis: {
    about: "Publishes reports on Redis' channels or adds them to its streams.",
    options: redisSinkOptions,
    encoderName: (options: AnyOptions) => (options as RedisSinkOptions).format,
    encoderOptions: (options: AnyOptions): AnyOptions => {
      const { format, anomaly } = options as RedisSinkOptions
      return format === 'response-times' ? { anomaly } : {}
    },
    check: (options: AnyOptions) => checkRedisSink(options as RedisSinkOptions),
    create: async (options: AnyOptions, { name, encoder }: SinkSurroundings) => {
      if (encoder === undefined) throw new TypeError(`the redis sink ${name} was given no encoder`)
      const { RedisSink } = await import('./redis.ts')
      return new RedisSink(options as RedisSinkOptions, encoder)
    },
  },
  slack: slackSink,
  webhook: webhookSink,
  zabbix: {
    about: 'Sends scores and alarms to Zabbix, whose items and triggers appear by themselves.',
    options: zabbixSinkOptions,
    check: (options: AnyOptions) => checkZabbixSink(options as ZabbixSinkOptions),
    create: (options: AnyOptions, { clock, pageUrl = '' }: SinkSurroundings) =>
      new ZabbixSink(options as ZabbixSinkOptions, clock, pageUrl),
  },
} as const satisfies Readonly<Record<string, SinkRow>>
