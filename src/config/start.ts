/**
 * A configuration at work: telemetry, pipeline and server, started in this order and stopped in the
 * other one.
 *
 *   start   compose ─▶ listen ─▶ run the pipeline ◀─ reload, as often as asked (reload.ts)
 *   stop    not ready ─▶ sources end ─▶ deliveries drain ─▶ stop listening
 */

import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Clock, Timers } from '../core/clock.ts'
import type { Word } from '../core/record.ts'
import { Pipeline } from '../pipeline.ts'
import type { StoreState } from '../server/health.ts'
import { startServer } from '../server/server.ts'
import type { RunningServer, ServerParts } from '../server/server.ts'
import { Log } from '../telemetry/log.ts'
import type { LogChange, LogLevel, LogStream } from '../telemetry/log.ts'
import type { Family } from '../telemetry/metric.ts'
import { Metrics } from '../telemetry/metrics.ts'
import { addProcessMetrics } from '../telemetry/process-metrics.ts'
import { RecordedTelemetry } from '../telemetry/recorded-telemetry.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { compose } from './compose.ts'
import type { Composition } from './compose.ts'
import type { Config } from './config.ts'
import { Reloads } from './reload.ts'
import type { Running } from './reload.ts'
import { Shares } from './shares.ts'
import { sinkStates } from './sink-states.ts'
import { runPartitioned } from './start-partitions.ts'
import { tables } from './tables.ts'

/** What a configuration is run in. */
export interface RunSurroundings {
  readonly clock: Clock & Timers
  /** Aborts when the program is to stop; the reason is the name of the signal. */
  readonly signal: AbortSignal
  /** Where the log goes, and whether it is a terminal that takes colours. */
  readonly log: LogStream
  readonly terminal: boolean
  readonly colours: boolean
  readonly version: string
  /** Calls back whenever somebody outside asks that the configuration be loaded again. */
  readonly onReload: (reload: () => void) => void
  /** Called once the server listens. */
  readonly onListening: (server: RunningServer) => void
}

/** Deliveries have this long at the stop: Kubernetes kills after 30 s. */
const drainMs = 20_000

/** The built page, from src/config as well as from dist/config. */
const pageRoot = join(import.meta.dirname, '..', '..', 'dist', 'dashboard')

/**
 * Runs what `load` loads until the signal aborts, and loads it again when asked to. Throws what
 * `load` throws, what cannot be started and what a source dies of.
 */
export async function runConfig(load: () => Config, around: RunSurroundings): Promise<void> {
  const { clock, signal, version } = around
  // Asked for before there is anything to reload: it is done once there is.
  let asked = false
  let reload = (): void => void (asked = true)
  around.onReload(() => reload())
  const config = load()
  const metrics = new Metrics()
  const stopMetrics = addProcessMetrics(metrics)
  const log = new Log({ ...logLook(config, around), stream: around.log, clock })
  const telemetry = new RecordedTelemetry({ metrics, log, clock })
  const shares = new Shares(telemetry)
  const surroundings = { tables, telemetry, clock, shares }
  const reasons = new Set(['starting'])
  try {
    if (config.store.scope === 'partition') {
      const serverParts = {
        scrape: (accept?: string) => metrics.scrape(accept),
        version,
        telemetry,
        pageRoot,
      }
      const { onListening } = around
      await runPartitioned({
        config,
        load,
        surroundings,
        signal,
        serverParts,
        drainMs,
        onListening,
        onReloadable: (again) => {
          reload = again
          if (asked) reload()
        },
        onConfig: (next) => log.change(logLook(next, around)),
      })
      return
    }
    const composition = await compose(config, surroundings)
    const pipeline = new Pipeline(composition.parts)
    const serverParts = (running: Running): ServerParts => ({
      ...configuredParts(running),
      scrape: (accept) => metrics.scrape(accept, shownBy(running)),
      ready: () => [...reasons, ...waitingFor(running.config.sources, shares)],
      partitions: () => shares.partitions,
      store: () => storeState(running),
      configuration: () => reloads.state,
      reload: () => reloads.request(),
      version,
      telemetry,
    })
    const takeOver = async (next: Running): Promise<void> => {
      await server.exchange(serverParts(next))
      log.change(logLook(next.config, around))
    }
    const reloads = new Reloads({ surroundings, pipeline, load, takeOver }, { config, composition })
    for (const { source } of composition.parts.inputs) await source.open?.()
    const server = await startServer(serverParts(reloads.running))
    telemetry.started(server.address, version)
    around.onListening(server)
    reload = () => void reloads.request()
    if (asked) reload()
    signal.addEventListener('abort', () => reasons.add('stopping'), { once: true })
    reasons.delete('starting')
    try {
      await pipeline.run(signal)
    } finally {
      reasons.add('stopping')
      await reloads.close()
      await stopped(reloads.running.composition, server, { telemetry, signal, clock })
    }
  } finally {
    stopMetrics()
  }
}

/** What a sink shows among the metrics: names stand there once, so it is the first that has any. */
function shownBy({ composition }: Running): readonly Family[] {
  for (const { sink } of composition.sinks.values()) {
    if (sink.families !== undefined) return sink.families()
  }
  return []
}

/** Sources that have not heard from their group yet which partitions are theirs. */
function waitingFor(sources: Config['sources'], shares: Shares): string[] {
  const waiting = sources.filter(({ type, name }) => type === 'kafka' && !shares.has(name))
  return waiting.map(({ name }) => `${name} has no partitions yet`)
}

function storeState({ config, composition }: Running): StoreState {
  const { type, scope } = config.store
  return { type, scope, ...composition.parts.durability.checkpoints.saving }
}

/** How a configuration wants the log. */
function logLook({ telemetry, secrets }: Config, around: RunSurroundings): LogChange {
  const { logLevel, logFormat } = telemetry
  const text = logFormat === 'text' || (logFormat === 'auto' && around.terminal)
  return {
    level: logLevel satisfies LogLevel,
    style: text ? (around.colours ? 'coloured' : 'pretty') : 'json',
    secrets,
  }
}

type ConfiguredParts = Pick<
  ServerParts,
  | 'listen'
  | 'token'
  | 'hosts'
  | 'ping'
  | 'tls'
  | 'feed'
  | 'history'
  | 'directory'
  | 'desk'
  | 'sinks'
  | 'addRoutes'
  | 'pageRoot'
>

function configuredParts({ config, composition }: Running): ConfiguredParts {
  const { parts, feed, history, control } = composition
  const { listen, token, hosts, ping, tlsCertificate, tlsKey } = config.server
  const tls = tlsKey === '' ? undefined : { cert: tlsCertificate, key: tlsKey }
  const addRoutes = (app: FastifyInstance): void => {
    for (const { source } of parts.inputs) source.addRoutes?.(app)
  }
  const desk = {
    say: (word: Word) => control.say(word),
    silences: () => parts.scoring.silences(),
    alarmState: (alarmId: string) => parts.scoring.alarmState(alarmId),
  }
  const directory = parts.scoring
  const sinks = () => sinkStates(composition.deliveries, config)
  return {
    listen,
    token,
    hosts,
    ping,
    tls,
    feed,
    history,
    directory,
    desk,
    sinks,
    addRoutes,
    pageRoot,
  }
}

/** Writes what waits, as far as there is time, and stops listening last. */
async function stopped(
  composition: Composition,
  server: RunningServer,
  around: { telemetry: Telemetry; signal: AbortSignal; clock: Timers },
): Promise<void> {
  const { telemetry, signal, clock } = around
  telemetry.stopping(signal.aborted ? String(signal.reason) : 'the input ended')
  const late = new AbortController()
  const cancel = clock.after(drainMs, () => late.abort())
  await Promise.all(composition.deliveries.map((delivery) => delivery.drain(late.signal)))
  cancel()
  await Promise.all(composition.parts.inputs.map(({ source }) => source.closed?.()))
  await composition.parts.scoring.close()
  await composition.history?.close()
  await composition.store.close()
  await server.close()
  telemetry.stopped()
}
