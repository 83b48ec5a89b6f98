/**
 * The one place that knows classes: from a configuration that was found right to the parts of a
 * pipeline. Nothing is read or written yet; sources begin when the pipeline runs. What stands
 * already, because the configuration before had it too, goes on as it is.
 *
 *   sources + decoders ─▶ transforms ─▶ catalog (rules ─▶ series) ─▶ deliveries around sinks
 *                                            └────────────── feed ◀── dashboard sink
 */

import type { Clock, Timers } from '../core/clock.ts'
import type { Feed } from '../core/feed.ts'
import { hash32 } from '../core/hash.ts'
import { Ledger } from '../core/ledger.ts'
import type { OwnerKeeper, SavedOwner } from '../core/ledger.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { noRejections } from '../core/rejection.ts'
import type { ReportKind } from '../core/report.ts'
import type { History } from '../history/history.ts'
import type { Durability, PipelineParts } from '../pipeline.ts'
import { sinkPartition } from '../series/checkpoint.ts'
import type { MarkedOutlet } from '../series/checkpoint.ts'
import type { Outlet } from '../series/offering.ts'
import type { Input } from '../series/taking.ts'
import { ControlSource } from '../sources/control.ts'
import { DashboardSink } from '../sinks/dashboard.ts'
import { Delivery } from '../sinks/delivery.ts'
import type { Sink } from '../sinks/sink.ts'
import type { OutboxEntry, Positions, StateStore } from '../stores/store.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { Config, SinkConfig, SourceConfig } from './config.ts'
import { controlName, ticksName } from './cross-checks.ts'
import { rowOf } from './judging.ts'
import { recovered, savedRun } from './saved-run.ts'
import type { SavedRun } from './saved-run.ts'
import { scoringOf } from './shards.ts'
import { encoderOf } from './sink-encoder.ts'
import type { Shares } from './shares.ts'
import type { Tables } from './tables.ts'
import { takeOverOrForget, transformPrefix } from './transform-prefix.ts'

/** What the parts are made with. */
export interface Surroundings {
  readonly tables: Tables
  readonly telemetry: Telemetry
  readonly clock: Clock & Timers
  /** Told what sources have of the partitions that they share. */
  readonly shares: Shares
}

/** A sink in its delivery. */
export interface SinkOutlet {
  readonly sink: Sink
  readonly delivery: Delivery
}

/** What of an earlier composition goes on in this one. */
export interface Standing {
  readonly run: SavedRun
  /** By their names in the configuration, and so the sinks. */
  readonly inputs: ReadonlyMap<string, Input>
  readonly sinks: ReadonlyMap<string, SinkOutlet>
  readonly control: ControlSource
  /** Who has owners besides transforms and catalog. */
  readonly keepers?: readonly LedgeredKeeper[]
  /** Where reports go besides the configured sinks, and what commits them at a checkpoint. */
  readonly committed?: Outlet & MarkedOutlet & { commit(positions: Positions): Promise<void> }
}

/** Whoever has owners and must know the ledger. */
export interface LedgeredKeeper extends OwnerKeeper {
  attach(ledger: Ledger): void
}

/** A pipeline ready to run, and what stands around it. */
export interface Composition {
  readonly parts: PipelineParts & { readonly durability: Durability }
  readonly sinks: ReadonlyMap<string, SinkOutlet>
  readonly deliveries: readonly Delivery[]
  /** What the page is shown; absent where no dashboard sink is configured. */
  readonly feed: Feed | undefined
  /** What is asked for the past; absent where none is kept. To be closed before the store. */
  readonly history: History | undefined
  /** Where what people say comes in. */
  readonly control: ControlSource
  /** To be closed last. */
  readonly store: StateStore
  readonly run: SavedRun
}

/** Makes everything that the configuration names. Throws what a source or sink throws. */
export async function compose(
  config: Config,
  surroundings: Surroundings,
  standing?: Standing,
): Promise<Composition> {
  const { tables, telemetry, clock } = surroundings
  const run = standing?.run ?? (await savedRun(config, surroundings))
  const sinks = await madeSinks(config, surroundings, { run, standing })
  if (run.log !== undefined) tellUnclaimed(run.state.outbox, config.sinks, telemetry)
  const deliveries = [...sinks.values()].map(({ delivery }) => delivery)
  const committed = standing?.committed
  const told = committed === undefined ? deliveries : [...deliveries, committed]
  const wants = (kind: ReportKind) => told.some(({ accepts }) => accepts.has(kind))
  const asked = { reportScores: wants('score'), reportForecasts: wants('forecast') }
  const { history } = run
  const inputs: Input[] = []
  for (const each of sourcesOf(config, tables)) {
    inputs.push(standing?.inputs.get(each.name) ?? (await madeInput(each, surroundings)))
  }
  const ticks = inputs.find(({ companion }) => companion === true)?.name ?? ticksName
  const control = standing?.control ?? new ControlSource(ticks, clock)
  const nothing = { decode: () => noRejections }
  inputs.push({ name: controlName, source: control, decoder: nothing, companion: true })
  const tracking = run.log === undefined ? ('off' as const) : ('on' as const)
  const ledger = new Ledger(tracking)
  const transforms = config.transforms.map((each, i) => {
    const transform = rowOf(tables.transforms, each).create(each.options)
    transform.attach?.(ledger, transformPrefix(config.transforms, i))
    return transform
  })
  const { keepers = [] } = standing ?? {}
  for (const keeper of keepers) keeper.attach(ledger)
  const judging = { tables, transforms, keepers, ledger, tracking, ...asked, history, clock }
  const scoring = scoringOf(config, judging)
  const outlets = history === undefined ? told : [...told, history]
  const made = { inputs, transforms, scoring, outlets, telemetry, clock }
  const commit = committed && ((positions: Positions) => committed.commit(positions))
  const unclaimed = (saved: SavedOwner): void =>
    takeOverOrForget(saved, config.transforms, transforms, ledger)
  const kept = { keepers, options: config.store, commit, unclaimed }
  const durability = await recovered(run, { ...made, ...kept })
  const feed = [...sinks.values()].map(({ sink }) => sink).find(isFeed)
  const around = { history, store: run.store, run }
  return { parts: { ...made, durability }, sinks, deliveries, feed, control, ...around }
}

function isFeed(sink: Sink): sink is DashboardSink {
  return sink instanceof DashboardSink
}

/** Alarms resolve and idle series are forgotten by ticks, so there is always a source of them. */
export function sourcesOf({ sources }: Config, tables: Tables): readonly SourceConfig[] {
  if (sources.some(({ type }) => type === ticksName)) return sources
  const options = optionsWithDefaults(tables.sources[ticksName]?.options ?? {})
  const codec = { type: tables.sources[ticksName]?.codec ?? '', options: {} }
  return [...sources, { name: ticksName, type: ticksName, options, codec }]
}

/** A source with its decoder. Nothing of the outside is touched yet. */
export async function madeInput(config: SourceConfig, surroundings: Surroundings): Promise<Input> {
  const { tables, telemetry, clock, shares } = surroundings
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
    share: shares.listener(name),
  })
  const decoder = decoderRow.create(codec.options)
  const companion = config.type === ticksName
  const { ownPositions: own = false } = row
  const ownPositions = typeof own === 'boolean' ? own : own(config.options)
  return { name, source, decoder, companion, ownPositions }
}

interface OutletParts {
  readonly run: SavedRun
  readonly standing: Standing | undefined
}

/** Every sink in its delivery, with the alarms that the outbox holds for it. */
async function madeSinks(
  { sinks: configured }: Config,
  surroundings: Surroundings,
  { run, standing }: OutletParts,
): Promise<ReadonlyMap<string, SinkOutlet>> {
  const { telemetry, clock } = surroundings
  const sinks = new Map<string, SinkOutlet>()
  try {
    for (const each of configured) {
      const { name, delivery: options } = each
      const stands = standing?.sinks.get(name)
      // After a crash output is cut back to the checkpoint; without one there is nothing to cut.
      const positions = standing === undefined ? run.state.positions : new Map<string, number>()
      const sink = stands?.sink ?? (await madeSink(each, surroundings, positions))
      const outbox = run.state.outbox.filter((entry) => entry.sink === name)
      const delivery =
        stands?.delivery ??
        new Delivery({
          name,
          place: placeOf(each),
          sink,
          options,
          respectsSilences: rowOf(surroundings.tables.sinks, each).respectsSilences === true,
          telemetry,
          clock,
          outbox,
        })
      sinks.set(name, { sink, delivery })
    }
  } catch (error) {
    const made = [...sinks].filter(([name]) => standing?.sinks.has(name) !== true)
    await Promise.all(made.map(([, { delivery }]) => delivery.drain(AbortSignal.abort())))
    throw error
  }
  return sinks
}

/** Alarms whose sink is not configured stay on disk; nobody is to find that out by chance. */
function tellUnclaimed(
  outbox: readonly OutboxEntry[],
  sinks: readonly SinkConfig[],
  telemetry: Telemetry,
): void {
  const alarms = new Map(outbox.map(({ sink }) => [sink, 0]))
  for (const { sink } of outbox) alarms.set(sink, (alarms.get(sink) ?? 0) + 1)
  for (const { name } of sinks) alarms.set(name, 0)
  for (const [sink, count] of alarms) telemetry.outboxUnclaimed(sink, count)
}

/** With other options a sink may write elsewhere: the old position says nothing about that. */
function placeOf({ name, type, options }: SinkConfig): string {
  return `${name}/${hash32(JSON.stringify([type, options])).toString(16)}`
}

/** A sink by itself; see `compose`. Throws what making it throws. */
export async function madeSink(
  config: SinkConfig,
  { tables, clock }: Pick<Surroundings, 'tables' | 'clock'>,
  positions: ReadonlyMap<string, number>,
): Promise<Sink> {
  const { name, options, pageUrl } = config
  const row = rowOf(tables.sinks, config)
  const encoder = encoderOf(config, tables)
  const resumeAt = positions.get(sinkPartition(placeOf(config)))
  const place = { pageUrl, ...(resumeAt !== undefined && { resumeAt }) }
  return row.create(options, { name, clock, ...(encoder && { encoder }), ...place })
}
