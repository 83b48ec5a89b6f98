/** The tables of codecs, by the name that configuration gives them. */

import type { DecoderRow, EncoderRow } from './codec.ts'
import { GraphiteDecoder, graphiteOptions } from './graphite.ts'
import type { GraphiteOptions } from './graphite.ts'
import { InfluxDecoder, influxOptions } from './influx.ts'
import type { InfluxOptions } from './influx.ts'
import { GraphiteScoresEncoder, graphiteScoresOptions } from './graphite-scores.ts'
import type { GraphiteScoresOptions } from './graphite-scores.ts'
import { InfluxScoresEncoder, influxScoresOptions } from './influx-scores.ts'
import type { InfluxScoresOptions } from './influx-scores.ts'
import { JsonLinesEncoder, jsonLinesOptions } from './json-lines.ts'
import { LogLineEncoder, logLineOptions } from './log-line.ts'
import type { LogLineOptions } from './log-line.ts'

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
  'log-line': {
    about: 'Log lines "time - level - message": each sample is a normal value or an anomaly.',
    options: logLineOptions,
    create: (options) => new LogLineEncoder(options as LogLineOptions),
  },
} as const satisfies Record<string, EncoderRow>
