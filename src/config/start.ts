/**
 * A configuration at work: telemetry, pipeline and server, started in this order and stopped in the
 * other one.
 *
 *   start   compose ─▶ listen ─▶ run the pipeline
 *   stop    not ready ─▶ sources end ─▶ deliveries drain ─▶ stop listening
 */

import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Clock, Timers } from '../core/clock.ts'
import { runPipeline } from '../pipeline.ts'
import { startServer } from '../server/server.ts'
import type { RunningServer, ServerParts } from '../server/server.ts'
import { Log } from '../telemetry/log.ts'
import type { LogLevel, LogParts, LogStream } from '../telemetry/log.ts'
import { Metrics } from '../telemetry/metrics.ts'
import { addProcessMetrics } from '../telemetry/process-metrics.ts'
import { RecordedTelemetry } from '../telemetry/recorded-telemetry.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { compose } from './compose.ts'
import type { Composition } from './compose.ts'
import type { Config } from './config.ts'
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
  /** Called once the server listens. */
  readonly onListening: (server: RunningServer) => void
}

/** Deliveries have this long at the stop: Kubernetes kills after 30 s. */
const drainMs = 20_000

/** The built page, from src/config as well as from dist/config. */
const pageRoot = join(import.meta.dirname, '..', '..', 'dist', 'dashboard')

/** Runs until the signal aborts. Throws what cannot be started and what a source dies of. */
export async function runConfig(config: Config, around: RunSurroundings): Promise<void> {
  const { clock, signal, version } = around
  const metrics = new Metrics()
  const stopMetrics = addProcessMetrics(metrics)
  const telemetry = new RecordedTelemetry({
    metrics,
    log: new Log(logParts(config, around)),
    clock,
  })
  const reasons = new Set(['starting'])
  try {
    const composition = await compose(config, { tables, telemetry, clock })
    const server = await startServer({
      ...serverParts(config, composition),
      scrape: (accept) => metrics.scrape(accept),
      ready: () => [...reasons],
      version,
      telemetry,
    })
    telemetry.started(server.address, version)
    around.onListening(server)
    signal.addEventListener('abort', () => reasons.add('stopping'), { once: true })
    reasons.delete('starting')
    try {
      await runPipeline(composition.parts, signal)
    } finally {
      reasons.add('stopping')
      await stopped(composition, server, { telemetry, signal, clock })
    }
  } finally {
    stopMetrics()
  }
}

function logParts(config: Config, around: RunSurroundings): LogParts {
  const { logLevel, logFormat } = config.telemetry
  const text = logFormat === 'text' || (logFormat === 'auto' && around.terminal)
  return {
    level: logLevel satisfies LogLevel,
    stream: around.log,
    style: text ? (around.colours ? 'coloured' : 'pretty') : 'json',
    clock: around.clock,
    secrets: config.secrets,
  }
}

type ConfiguredParts = Omit<ServerParts, 'scrape' | 'ready' | 'version' | 'telemetry'>

function serverParts({ server }: Config, { parts, feed, history }: Composition): ConfiguredParts {
  const { listen, token, hosts, tlsCertificate, tlsKey } = server
  const tls = tlsKey === '' ? undefined : { cert: tlsCertificate, key: tlsKey }
  const addRoutes = (app: FastifyInstance): void => {
    for (const { source } of parts.inputs) source.addRoutes?.(app)
  }
  return { listen, token, hosts, tls, feed, history, directory: parts.scoring, addRoutes, pageRoot }
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
  await composition.parts.scoring.close()
  await composition.history?.close()
  await composition.store?.close()
  await server.close()
  telemetry.stopped()
}
