/** The tables of codecs, by the name that configuration gives them. */

import type { DecoderRow, EncoderRow } from './codec.ts'
import { AggregateEncoder, aggregateOptions } from './aggregate.ts'
import type { AggregateOptions } from './aggregate.ts'
import { AlertmanagerWebhookEncoder, alertmanagerWebhookOptions } from './alertmanager-webhook.ts'
import type { AlertmanagerWebhookOptions } from './alertmanager-webhook.ts'
import { CsvDecoder, csvOptions } from './csv.ts'
import type { CsvOptions } from './csv.ts'
import { GraphiteDecoder, graphiteOptions } from './graphite.ts'
import type { GraphiteOptions } from './graphite.ts'
import { InfluxDecoder, influxOptions } from './influx.ts'
import type { InfluxOptions } from './influx.ts'
import { GraphiteScoresEncoder, graphiteScoresOptions } from './graphite-scores.ts'
import type { GraphiteScoresOptions } from './graphite-scores.ts'
import { InfluxScoresEncoder, influxScoresOptions } from './influx-scores.ts'
import type { InfluxScoresOptions } from './influx-scores.ts'
import { JsonDecoder } from './json.ts'
import { jsonOptions } from './json/options.ts'
import type { JsonOptions } from './json/options.ts'
import { JsonLinesEncoder, jsonLinesOptions } from './json-lines.ts'
import { LogLineEncoder, logLineOptions } from './log-line.ts'
import type { LogLineOptions } from './log-line.ts'
import { PensuReportEncoder, pensuReportOptions } from './pensu-report.ts'
import type { PensuReportOptions } from './pensu-report.ts'
import { RemoteWriteDecoder, remoteWriteOptions } from './remote-write.ts'
import type { RemoteWriteOptions } from './remote-write.ts'
import {
  ResponseTimesDecoder,
  ResponseTimesEncoder,
  responseTimesEncoderOptions,
  responseTimesOptions,
} from './response-times.ts'
import type { ResponseTimesEncoderOptions, ResponseTimesOptions } from './response-times.ts'
import { SamplesDecoder, samplesOptions } from './samples.ts'
import { TelegrafJsonDecoder, telegrafJsonOptions } from './telegraf-json.ts'
import type { TelegrafJsonOptions } from './telegraf-json.ts'
import { WebhookEncoder, webhookEncoderOptions } from './webhook.ts'
import type { WebhookEncoderOptions } from './webhook.ts'

/** Every decoder: bytes to observations. */
export const decoders = {
  influx: {
    about: 'InfluxDB line protocol, as Telegraf sends it where it is told nothing else.',
    options: influxOptions,
    create: (options) => new InfluxDecoder(options as InfluxOptions),
  },
  graphite: {
    about: "Graphite's plaintext protocol (Carbon lines), with tags.",
    options: graphiteOptions,
    create: (options) => new GraphiteDecoder(options as GraphiteOptions),
  },
  'telegraf-json': {
    about: "Telegraf's JSON: single metrics and batches.",
    options: telegrafJsonOptions,
    create: (options) => new TelegrafJsonDecoder(options as TelegrafJsonOptions),
  },
  csv: {
    about: 'CSV with a time and values in each row, with or without a header.',
    options: csvOptions,
    create: (options) => new CsvDecoder(options as CsvOptions),
  },
  json: {
    about: 'JSON messages or lines with numbers in them, by a mapping of members.',
    options: jsonOptions,
    create: (options) => new JsonDecoder(options as JsonOptions),
  },
  'remote-write': {
    about: 'Prometheus remote write, 1.0 and 2.0.',
    options: remoteWriteOptions,
    isBinary: true,
    create: (options) => new RemoteWriteDecoder(options as RemoteWriteOptions),
  },
  'response-times': {
    about: "The response-time program's messages, which count ticks: response_time, timestamp.",
    options: responseTimesOptions,
    create: (options) => new ResponseTimesDecoder(options as ResponseTimesOptions),
  },
  samples: {
    about: 'Records of samples, as the first stage of a repartition writes them to Kafka.',
    options: samplesOptions,
    create: () => new SamplesDecoder(),
  },
} as const satisfies Record<string, DecoderRow>

/** Every encoder: reports to bytes. */
export const encoders = {
  'json-lines': {
    about: 'One JSON object a line, for reports of every kind.',
    options: jsonLinesOptions,
    create: () => new JsonLinesEncoder(),
  },
  'influx-scores': {
    about: "Scores as InfluxDB line protocol, as on Sophia's topic of anomalies.",
    options: influxScoresOptions,
    create: (options) => new InfluxScoresEncoder(options as InfluxScoresOptions),
  },
  'graphite-scores': {
    about: "Scores and forecasts as Carbon lines, under names by Pensu's template.",
    options: graphiteScoresOptions,
    create: (options) => new GraphiteScoresEncoder(options as GraphiteScoresOptions),
  },
  aggregate: {
    about: 'Samples of groups as one JSON object each, as the SLO prediction’s topic has them.',
    options: aggregateOptions,
    create: (options) => new AggregateEncoder(options as AggregateOptions),
  },
  'log-line': {
    about: 'Log lines "time - level - message": each sample is a normal value or an anomaly.',
    options: logLineOptions,
    create: (options) => new LogLineEncoder(options as LogLineOptions),
  },
  'pensu-report': {
    about: "Anomalous samples as Pensu's reports, a JSON object each.",
    options: pensuReportOptions,
    create: (options) => new PensuReportEncoder(options as PensuReportOptions),
  },
  'response-times': {
    about: "Scores as the response-time program's messages, with its verdict `anomaly`.",
    options: responseTimesEncoderOptions,
    create: (options) => new ResponseTimesEncoder(options as ResponseTimesEncoderOptions),
  },
  webhook: {
    about: 'Reports of every kind as one JSON body, by a published schema.',
    options: webhookEncoderOptions,
    create: (options) => new WebhookEncoder(options as WebhookEncoderOptions),
  },
  'alertmanager-webhook': {
    about: "Alarms as the body of Alertmanager's webhook, version 4.",
    options: alertmanagerWebhookOptions,
    create: (options) => new AlertmanagerWebhookEncoder(options as AlertmanagerWebhookOptions),
  },
} as const satisfies Record<string, EncoderRow>
