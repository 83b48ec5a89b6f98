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
import type { PipelineParts } from '../pipeline.ts'
import type { History } from '../history/history.ts'
import { sinkPartition } from '../series/checkpoint.ts'
import type { Input } from '../series/taking.ts'
import { DashboardSink } from '../sinks/dashboard.ts'
import { Delivery } from '../sinks/delivery.ts'
import type { Sink } from '../sinks/sink.ts'
import type { StateStore } from '../stores/store.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { Config, SinkConfig, SourceConfig } from './config.ts'
import { ticksName } from './cross-checks.ts'
import { rowOf } from './judging.ts'
import { recovered, savedRun } from './saved-run.ts'
import type { SavedRun } from './saved-run.ts'
import { scoringOf } from './shards.ts'
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
  /** What is asked for the past; absent where none is kept. To be closed before the store. */
  readonly history: History | undefined
  /** To be closed last; absent where nothing is kept. */
  readonly store: StateStore | undefined
}

/** Makes everything that the configuration names. Throws what a source or sink throws. */
export async function compose(config: Config, surroundings: Surroundings): Promise<Composition> {
  const { tables, telemetry, clock } = surroundings
  const run = await savedRun(config, surroundings)
  const sinks: { readonly config: SinkConfig; readonly sink: Sink }[] = []
  for (const each of config.sinks) {
    sinks.push({ config: each, sink: await madeSink(each, surroundings, run) })
  }
  const deliveries = sinks.map(
    ({ config: { name, delivery }, sink }) =>
      new Delivery({
        name,
        sink,
        options: delivery,
        telemetry,
        clock,
        outbox: run?.state.outbox.filter((entry) => entry.sink === name) ?? [],
      }),
  )
  const reportScores = deliveries.some(({ accepts }) => accepts.has('score'))
  const history = run?.history
  const inputs: Input[] = []
  for (const each of withTicks(config.sources, tables)) {
    inputs.push(await madeInput(each, surroundings))
  }
  const tracking = run === undefined ? ('off' as const) : ('on' as const)
  const ledger = new Ledger(tracking)
  const transforms = config.transforms.map((each, i) => {
    const transform = rowOf(tables.transforms, each).create(each.options)
    transform.attach?.(ledger, `transform/${i}-${each.type}/`)
    return transform
  })
  const around = { tables, transforms, ledger, tracking, reportScores, history, clock }
  const scoring = scoringOf(config, around)
  const outlets = history === undefined ? deliveries : [...deliveries, history]
  const made = { inputs, transforms, scoring, outlets, telemetry, clock }
  const durability = run && (await recovered(run, { ...made, options: config.store, outlets }))
  const parts = durability === undefined ? made : { ...made, durability }
  const feed = sinks.map(({ sink }) => sink).find((sink) => sink instanceof DashboardSink)
  return { parts, deliveries, feed, history, store: run?.store }
}

/** Alarms resolve and idle series are forgotten by ticks, so there is always a source of them. */
function withTicks(sources: readonly SourceConfig[], tables: Tables): readonly SourceConfig[] {
  if (sources.some(({ type }) => type === ticksName)) return sources
  const options = optionsWithDefaults(tables.sources[ticksName]?.options ?? {})
  const codec = { type: tables.sources[ticksName]?.codec ?? '', options: {} }
  return [...sources, { name: ticksName, type: ticksName, options, codec }]
}

async function madeInput(config: SourceConfig, surroundings: Surroundings): Promise<Input> {
  const { tables, telemetry, clock } = surroundings
  const { name, codec } = config
  const row = rowOf(tables.sources, config)
  const decoderRow = rowOf(tables.decoders, codec)
  const source = await row.create(config.options, {
    name,
    clock,
    codec: codec.type,
    checker: decoderRow.create(codec.options),
    onRejection: (refused) => telemetry.rejected(name, refused),
    onFailure: (error, retryInMs) => telemetry.sourceFailed(name, error, retryInMs),
  })
  const decoder = decoderRow.create(codec.options)
  const companion = config.type === ticksName
  const { ownPositions: own = false } = row
  const ownPositions = typeof own === 'boolean' ? own : own(config.options)
  return { name, source, decoder, companion, ownPositions }
}

async function madeSink(
  config: SinkConfig,
  { tables, clock }: Surroundings,
  run: SavedRun | undefined,
): Promise<Sink> {
  const { name, options } = config
  const row = rowOf(tables.sinks, config)
  const format = row.encoderName?.(options)
  const resumeAt = run?.state.positions.get(sinkPartition(name))
  const place = resumeAt === undefined ? {} : { resumeAt }
  if (format === undefined) return row.create(options, { name, clock, ...place })
  const encoderRow = rowOf(tables.encoders, { type: format, options: {} })
  const usual = optionsWithDefaults(encoderRow.options)
  const encoder = encoderRow.create({ ...usual, ...row.encoderOptions?.(options) })
  return row.create(options, { name, clock, encoder, ...place })
}
