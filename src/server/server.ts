/**
 * The HTTP server: the page, its API and live stream, metrics and health, on one listener.
 *
 *   every request ─▶ strict headers ─▶ host check ─▶ open to all   /healthz /readyz /ping page
 *                                                 └▶ token check ─▶ /api/v1/… /metrics
 *
 * It reads the feed and the catalog; what people say goes to the incoming log as any input does, so
 * closing it leaves the pipeline as it was. A program without a dashboard sink has no feed, and is
 * left with metrics, health and what people say.
 *
 *   listener (address, connections, certificate)  ──▶ routes of this configuration
 *                                                 └─▶ routes of the next one, after an exchange
 */

import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import { Server as HttpsServer, createServer as createHttpsServer } from 'node:https'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { ForewarnError } from '../core/errors.ts'
import type { Feed } from '../core/feed.ts'
import type { HistoryReader } from '../core/history.ts'
import type { SinkState } from '../core/sink-state.ts'
import type { Scrape } from '../telemetry/metrics.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { addApi, addEvents } from './api.ts'
import { addAlarmWords, addSilences } from './control.ts'
import type { ControlDesk } from './control.ts'
import { TokenGuard, addStrictHeaders, checkHost, demandToken } from './guard.ts'
import { addHealth, addMetrics } from './health.ts'
import type { ConfigurationState, PartitionState, StoreState } from './health.ts'
import { addHistory } from './history-api.ts'
import { isLoopback, listenAddress, writtenAddress } from './listen-address.ts'
import type { ListenAddress } from './listen-address.ts'
import { LiveStream } from './live-stream.ts'
import { openApiDocument } from './openapi.ts'
import { addPage } from './page.ts'
import { answerWithProblems } from './problem.ts'
import { addReload } from './reload.ts'
import type { ReloadOutcome } from './reload.ts'
import { SeriesList } from './series-list.ts'
import type { SeriesDirectory } from './series-list.ts'
import { addSessionCheck, addSignIn } from './session.ts'

/** What the server is made of. */
export interface ServerParts {
  /** As `listenAddress` reads it. */
  readonly listen: string
  /** Asked of every reader of the API; empty for none. */
  readonly token: string
  /** Names to answer for besides this machine's own, for a proxy before a loopback address. */
  readonly hosts: readonly string[]
  /** How /ping is answered; as InfluxDB where nothing is said. */
  readonly ping?: 'influx' | 'pensu'
  /** Certificate chain and key as PEM text. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined
  /** What the dashboard sink keeps; undefined where there is none. */
  readonly feed?: Feed | undefined
  /** Who is asked for the past; undefined where none is kept. */
  readonly history?: HistoryReader | undefined
  readonly directory: SeriesDirectory
  /** Where what people say goes; absent where nobody can say anything. */
  readonly desk?: ControlDesk
  /** How each sink stands now. */
  readonly sinks: () => readonly SinkState[]
  /** The program's metrics in the format that an Accept header prefers. */
  readonly scrape: (accept?: string) => Scrape
  /** Reasons why the program is not ready; none when it is. */
  readonly ready: () => readonly string[]
  /** Since when which configuration holds. */
  readonly configuration: () => ConfigurationState
  /** Partitions of shared topics that are this program's now; absent where it shares none. */
  readonly partitions?: () => readonly PartitionState[]
  /** How states are kept. */
  readonly store?: () => StoreState
  /** Loads the configuration again; resolves once it holds, or tells why the old one stays. */
  readonly reload: () => Promise<ReloadOutcome>
  /** Puts the routes of whoever else is fed by this listener on it, with guards of their own. */
  readonly addRoutes?: (app: FastifyInstance) => void
  /** Folder of the built page. */
  readonly pageRoot: string
  readonly version: string
  readonly telemetry: Pick<Telemetry, 'streamClients' | 'streamClientDropped' | 'requestFailed'>
}

/** A server that listens. */
export interface RunningServer {
  /** Where a browser on this machine finds it: `http://127.0.0.1:8686`. */
  readonly address: string
  /** True where other machines can read it without a token. */
  readonly exposed: boolean
  /**
   * Goes on with other parts at the same address: connections stay, requests under way are still
   * answered, streams end and come back. `listen` stays what it was, and so does whether there is
   * TLS.
   */
  exchange(parts: ServerParts): Promise<void>
  /** Ends all streams, answers what is under way, and stops listening. */
  close(): Promise<void>
}

/** Largest body of a request: a token, or a person's word. */
const bodyBytesMax = 16_384

/** Longest part of a path: a series key of 4096 characters, each of three bytes as `%xx`. */
const parameterBytesMax = 36_864

/** A request must be there within this time. */
const requestMs = 30_000

/** Connections that are still open this long after closing began are cut. */
const closeMs = 1_000

/** Connections without a request are kept this long, over the minute of most proxies. */
const keepAliveMs = 72_000

/**
 * Starts listening. Throws ERR_SERVER_PORT_TAKEN where another program has the address, and
 * ERR_SERVER_LISTEN where it cannot be used otherwise.
 */
export async function startServer(parts: ServerParts): Promise<RunningServer> {
  const wanted = listenAddress(parts.listen)
  let routes = await routesOf(parts, wanted.host)
  const listener = listenerFor(parts, (request, answer) => routes.routing(request, answer))
  try {
    await listener.listen({ host: wanted.host, port: wanted.port })
  } catch (error) {
    await routes.close()
    await listener.close()
    throw listenError(error, wanted)
  }
  const bound = listener.server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : wanted.port
  const host = wanted.host === '::' || wanted.host === '0.0.0.0' ? 'localhost' : wanted.host
  return {
    address: `${parts.tls ? 'https' : 'http'}://${writtenAddress({ host, port })}`,
    exposed: !isLoopback(wanted.host) && parts.token === '',
    exchange: async (next) => {
      const before = routes
      routes = await routesOf(next, wanted.host)
      if (next.tls !== undefined && listener.server instanceof HttpsServer) {
        listener.server.setSecureContext(next.tls)
      }
      await before.close()
    },
    close: async () => {
      await routes.close()
      await closed(listener)
    },
  }
}

/** What listens; it knows no routes, only whom to ask. */
function listenerFor(parts: ServerParts, answer: RequestListener): FastifyInstance {
  return fastify({
    logger: false,
    serverFactory: () => {
      const server = parts.tls ? createHttpsServer(parts.tls, answer) : createServer(answer)
      server.requestTimeout = requestMs
      server.keepAliveTimeout = keepAliveMs
      return server
    },
  })
}

/** Everything that is answered; listens nowhere itself. */
async function routesOf(parts: ServerParts, host: string): Promise<FastifyInstance> {
  const routerOptions = { maxParamLength: parameterBytesMax }
  const app = fastify({ bodyLimit: bodyBytesMax, logger: false, routerOptions })
  answerWithProblems(app, parts.telemetry)
  addStrictHeaders(app)
  checkHost(app, host, parts.hosts)
  addRoutes(app, parts)
  await app.ready()
  return app
}

function addRoutes(app: FastifyInstance, parts: ServerParts): void {
  const { token, feed, directory, telemetry, sinks } = parts
  const guard = token === '' ? undefined : new TokenGuard(token, parts.tls !== undefined)
  const document = openApiDocument(parts.version, guard !== undefined)
  addHealth(app, parts)
  addSignIn(app, guard)
  app.get('/openapi.json', (_request, reply) => reply.send(document))
  app.register(async (closedApp) => {
    if (guard !== undefined) demandToken(closedApp, guard)
    addMetrics(closedApp, parts.scrape)
    addSessionCheck(closedApp)
    addReload(closedApp, parts.reload)
    closedApp.get('/api/v1/sinks', (_request, reply) => reply.send({ sinks: sinks() }))
    if (parts.desk !== undefined) {
      addSilences(closedApp, parts.desk, () => Date.now())
      addAlarmWords(closedApp, parts.desk)
    }
    if (feed === undefined) return
    const list = new SeriesList(directory, () => performance.now())
    const stream = new LiveStream({ feed, list, telemetry, sinks }, () => Date.now())
    closedApp.addHook('preClose', async () => stream.close())
    const { history } = parts
    addApi(closedApp, { feed, list, history })
    addHistory(closedApp, { history, feed, list, nowMs: () => Date.now() })
    addEvents(closedApp, stream)
  })
  if (feed !== undefined) addPage(app, parts.pageRoot)
  parts.addRoutes?.(app)
}

/** Browsers hold spare connections open; they are not waited for. */
async function closed(app: FastifyInstance): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), closeMs)
  try {
    await app.close()
  } finally {
    clearTimeout(cut)
  }
}

function listenError(error: unknown, wanted: ListenAddress): unknown {
  const code = (error as NodeJS.ErrnoException).code
  const address = writtenAddress(wanted)
  if (code === 'EADDRINUSE') {
    const other = writtenAddress({ host: wanted.host, port: (wanted.port % 65_535) + 1 })
    const message =
      `cannot listen on ${address}: another program has this address; ` +
      `choose another one, for instance ${other}, with --listen or server.listen`
    return new ForewarnError('ERR_SERVER_PORT_TAKEN', message, { cause: error })
  }
  if (code === undefined) return error
  const message = `cannot listen on ${address}: ${(error as Error).message}`
  return new ForewarnError('ERR_SERVER_LISTEN', message, { cause: error })
}
