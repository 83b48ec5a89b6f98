/**
 * The one place that knows classes: from a configuration that was found right to the parts of a
 * pipeline. Nothing is read or written yet; sources begin when the pipeline runs.
 *
 *   sources + decoders ─▶ transforms ─▶ catalog (rules ─▶ series) ─▶ deliveries around sinks
 *                                            └────────────── feed ◀── dashboard sink
 */

import type { Clock, Timers } from '../core/clock.ts'
import { Ledger } from '../core/ledger.ts'
import type { Feed } from '../core/feed.ts'
import { optionsWithDefaults } from '../core/options.ts'
import type { PipelineParts, Input } from '../pipeline.ts'
import { Catalog } from '../series/catalog.ts'
import { DashboardSink } from '../sinks/dashboard.ts'
import { Delivery } from '../sinks/delivery.ts'
import type { Sink } from '../sinks/sink.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { Config, SinkConfig, SourceConfig } from './config.ts'
import { rowOf, seriesFactory } from './judging.ts'
import type { Tables } from './tables.ts'

/** What the parts are made with. */
export interface Surroundings {
  readonly tables: Tables
  readonly telemetry: Telemetry
  readonly clock: Clock & Timers
}

/** A pipeline ready to run, and what stands around it. */
export interface Composition {
  readonly parts: PipelineParts
  readonly deliveries: readonly Delivery[]
  /** What the page is shown; absent where no dashboard sink is configured. */
  readonly feed: Feed | undefined
}

/** The source of ticks that every program has. */
const ticksName = 'clock'

/** Makes everything that the configuration names. Throws what a source or sink throws. */
export async function compose(config: Config, surroundings: Surroundings): Promise<Composition> {
  const { tables, telemetry, clock } = surroundings
  const sinks: { readonly config: SinkConfig; readonly sink: Sink }[] = []
  for (const each of config.sinks) {
    sinks.push({ config: each, sink: await madeSink(each, surroundings) })
  }
  const deliveries = sinks.map(
    ({ config: { name, delivery }, sink }) =>
      new Delivery({ name, sink, options: delivery, telemetry, clock }),
  )
  const reportScores = deliveries.some(({ accepts }) => accepts.has('score'))
  const create = seriesFactory(config.rules, { gate: config.gate, reportScores, tables })
  const inputs: Input[] = []
  for (const each of withTicks(config.sources, tables)) {
    inputs.push(await madeInput(each, surroundings))
  }
  const parts = {
    inputs,
    transforms: config.transforms.map((each) =>
      rowOf(tables.transforms, each).create(each.options),
    ),
    catalog: new Catalog(config.catalog, create, new Ledger()),
    outlets: deliveries,
    telemetry,
    clock,
  }
  const feed = sinks.map(({ sink }) => sink).find((sink) => sink instanceof DashboardSink)
  return { parts, deliveries, feed }
}

/** Alarms resolve and idle series are forgotten by ticks, so there is always a source of them. */
function withTicks(sources: readonly SourceConfig[], tables: Tables): readonly SourceConfig[] {
  if (sources.some(({ type }) => type === 'clock')) return sources
  const options = optionsWithDefaults(tables.sources['clock']?.options ?? {})
  const codec = { type: tables.sources['clock']?.codec ?? '', options: {} }
  return [...sources, { name: ticksName, type: 'clock', options, codec }]
}

async function madeInput(config: SourceConfig, surroundings: Surroundings): Promise<Input> {
  const { tables, telemetry, clock } = surroundings
  const { name, codec } = config
  const row = rowOf(tables.sources, config)
  const source = await row.create(config.options, {
    name,
    clock,
    codec: codec.type,
    onRejection: (refused) => telemetry.rejected(name, refused),
  })
  const decoder = rowOf(tables.decoders, codec).create(codec.options)
  return { name, source, decoder, ownPositions: row.ownPositions === true }
}

async function madeSink(config: SinkConfig, surroundings: Surroundings): Promise<Sink> {
  const { tables, clock } = surroundings
  const { name, options } = config
  const row = rowOf(tables.sinks, config)
  const format = row.encoderName?.(options)
  if (format === undefined) return row.create(options, { name, clock })
  const encoderRow = rowOf(tables.encoders, { type: format, options: {} })
  const encoder = encoderRow.create(optionsWithDefaults(encoderRow.options))
  return row.create(options, { name, clock, encoder })
}
