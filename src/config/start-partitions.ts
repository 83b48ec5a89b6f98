/**
 * A configuration with `store.scope: partition` at work: as many of its programs as there are
 * partitions, on as many machines, each with those that the consumer group gives it.
 *
 *   start   sources join the group ─▶ partitions come, each with its saved states ─▶ ready
 *   stop    sources end ─▶ every partition is saved and drained ─▶ the group is left
 */

import { ForewarnError } from '../core/errors.ts'
import type { Feed } from '../core/feed.ts'
import type { FirstStage } from '../repartition/first-stage.ts'
import type { SamplesTopic } from '../repartition/samples-topic.ts'
import { untilDone } from '../repartition/until-done.ts'
import type { StoreState } from '../server/health.ts'
import { startServer } from '../server/server.ts'
import type { RunningServer, ServerParts } from '../server/server.ts'
import { DashboardSink } from '../sinks/dashboard.ts'
import type { Source } from '../sources/source.ts'
import type { Surroundings } from './compose.ts'
import type { Config, SinkConfig, SourceConfig } from './config.ts'
import { controlTopic, wordDesk } from './control-words.ts'
import { isExactlyOnce } from './exactly-once.ts'
import { rowOf } from './judging.ts'
import { Partitions } from './partitions.ts'
import { firstStage, isRepartitioned, runsStage, samplesTopic, secondStage } from './repartition.ts'
import { SharedSinks } from './shared-sinks.ts'
import { sinkStates } from './sink-states.ts'

/** What it runs in. */
export interface PartitionedRun {
  readonly config: Config
  readonly surroundings: Surroundings
  readonly signal: AbortSignal
  /** Everything of the server that is the same for all configurations. */
  readonly serverParts: Pick<ServerParts, 'scrape' | 'version' | 'telemetry' | 'pageRoot'>
  readonly drainMs: number
  readonly onListening: (server: RunningServer) => void
}

/** Runs until the signal aborts. Throws what cannot be started and what a source dies of. */
export async function runPartitioned(run: PartitionedRun): Promise<void> {
  const { config, signal, drainMs, onListening } = run
  const { telemetry, clock, tables, shares } = run.surroundings
  const shared = new SharedSinks()
  const feed = await dashboardFeed(config.sinks, shared, run.surroundings)
  const broken = new AbortController()
  const stop = AbortSignal.any([signal, broken.signal])
  const sources = new Map<string, Source>()
  // Then the positions are committed with the reports, and by nobody else.
  const once = config.sinks.some(isExactlyOnce)
  const saved = (positions: ReadonlyMap<string, number>): void => {
    if (!stop.aborted && !once) for (const source of sources.values()) source.saved?.(positions)
  }
  const control = controlTopic(config, run.surroundings, () => partitions.hear())
  const partitions: Partitions = new Partitions({
    words: control,
    config,
    surroundings: { ...run.surroundings, tables: { ...tables, sinks: shared.table(tables.sinks) } },
    onSaved: saved,
    onBroken: (error) => broken.abort(error),
  })
  const begin = async (each: SourceConfig): Promise<Source> => {
    const { name, options } = each
    return rowOf(tables.sources, each).create(options, {
      name,
      clock,
      ownership: partitions,
      onRejection: (refused) => telemetry.rejected(name, refused),
      onFailure: (error, retryInMs) => telemetry.sourceFailed(name, error, retryInMs),
      share: shares.listener(name),
    })
  }
  const stages: FirstStage[] = []
  const topics = new Map<string, SamplesTopic>()
  for (const each of config.sources) {
    const two = isRepartitioned(each)
    if (two && runsStage(each, 'decode')) {
      stages.push(await firstStage(config, each, run.surroundings))
    }
    if (two && !runsStage(each, 'score')) continue
    sources.set(each.name, await begin(two ? secondStage(each) : each))
    if (two) topics.set(each.name, samplesTopic(each))
  }
  const read = async ([name, source]: readonly [string, Source]): Promise<void> => {
    const failed = (error: unknown, againMs: number): void =>
      telemetry.sourceFailed(name, error, againMs)
    const open = async (): Promise<void> => topics.get(name)?.open()
    // A partition may have to hear again what it had heard.
    await control?.caughtUp
    if (!(await untilDone(open, { signal: stop, clock, failed }))) return
    for await (const { records } of source.batches(stop, new Map())) await partitions.hand(records)
    telemetry.sourceEnded(name)
  }
  const waitsFor = (): string[] => {
    if (stop.aborted) return ['stopping']
    const reasons = stages.every(({ ready }) => ready) ? [] : ['the first stage has not begun']
    const waiting = [...sources.keys()].filter((name) => !shares.has(name))
    return [...reasons, ...waiting.map((name) => `${name} has no partitions with their states yet`)]
  }
  const server = await startServer({
    ...run.serverParts,
    ...listening(config),
    feed,
    directory: partitions,
    ...(control && { desk: wordDesk(control, partitions, clock) }),
    sinks: () => sinkStates(partitions.deliveries, config),
    ready: waitsFor,
    partitions: () => shares.partitions,
    store: () => ({ ...storeWords(config), ...partitions.saving }),
    configuration: () => ({ loadedMs, lastReload: 'none' }),
    reload: () => Promise.resolve({ kind: 'failed', error: needsRestart() }),
  })
  const loadedMs = clock.nowMs()
  telemetry.started(server.address, run.serverParts.version)
  onListening(server)
  try {
    const words = control === undefined ? [] : [control.run(stop)]
    const running = [...words, ...[...sources].map(read), ...stages.map((stage) => stage.run(stop))]
    // One that fails ends the others: what is open is closed below.
    for (const each of running) each.catch((error: unknown) => broken.abort(error))
    await Promise.allSettled(running)
  } finally {
    telemetry.stopping(signal.aborted ? String(signal.reason) : 'a source or partition failed')
    const late = new AbortController()
    const cancel = clock.after(drainMs, () => late.abort())
    const positions = await partitions.close(late.signal)
    cancel()
    for (const source of sources.values()) source.saved?.(once ? new Map() : positions)
    await shared.close()
    await server.close()
    telemetry.stopped()
  }
  if (broken.signal.aborted) throw broken.signal.reason
}

function storeWords({ store: { type, scope } }: Config): Pick<StoreState, 'type' | 'scope'> {
  return { type, scope }
}

type Listening = Pick<ServerParts, 'listen' | 'token' | 'hosts' | 'ping' | 'tls'>

function listening({ server }: Config): Listening {
  const { listen, token, hosts, ping, tlsCertificate, tlsKey } = server
  const tls = tlsKey === '' ? undefined : { cert: tlsCertificate, key: tlsKey }
  return { listen, token, hosts, ping, tls }
}

/** The page shows the series of all partitions, so its sink is there before the first of them. */
async function dashboardFeed(
  sinks: readonly SinkConfig[],
  shared: SharedSinks,
  { tables, clock }: Surroundings,
): Promise<Feed | undefined> {
  const rows = shared.table(tables.sinks)
  for (const each of sinks) {
    if (each.type === 'dashboard') {
      await rowOf(rows, each).create(each.options, { name: each.name, clock })
    }
  }
  return (await shared.made()).find((sink) => sink instanceof DashboardSink)
}

function needsRestart(): ForewarnError {
  const message = 'with store.scope: partition a new configuration needs a restart'
  return new ForewarnError('ERR_CONFIG_RESTART', message)
}
