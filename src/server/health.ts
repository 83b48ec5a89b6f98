/**
 * What other programs ask: does it live, is it ready, what does it count. The paths are those that
 * Kubernetes, Prometheus and Influx clients try by themselves.
 */

import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Scrape } from '../telemetry/metrics.ts'

/** Which configuration holds, for anybody: so nothing of what is in it. */
export interface ConfigurationState {
  /** When the one that holds was loaded, Unix milliseconds. */
  readonly loadedMs: number
  /** What became of the last reload; failed: the one before stays. */
  readonly lastReload: 'none' | 'running' | 'done' | 'failed'
}

/** A partition that is this program's, and how many of its records are not taken yet. */
export interface PartitionState {
  readonly partition: string
  /** Null before its broker has answered. */
  readonly lagRecords: number | null
}

/** Where states are kept, and how that goes. */
export interface StoreState {
  readonly type: 'embedded' | 'redis' | 'none'
  readonly scope: 'process' | 'partition'
  /** When a checkpoint was saved last, of several partitions the oldest; null before that. */
  readonly lastSavedMs: number | null
  /** True while checkpoints cannot be saved: nothing is acknowledged to whoever sent it. */
  readonly failing: boolean
}

/** What health is made of. */
export interface HealthParts {
  /** Reasons why the program is not ready. */
  readonly ready: () => readonly string[]
  readonly configuration: () => ConfigurationState
  /** Partitions of shared topics that are this program's now; absent where it shares none. */
  readonly partitions?: () => readonly PartitionState[]
  readonly store?: () => StoreState
  readonly version: string
  readonly ping?: 'influx' | 'pensu'
}

/** Of this process. */
const instanceId = randomUUID()

/** What Pensu answers to /ping, as far as it is not about its insides. Times are seconds. */
function pong(): object {
  const uptime = process.uptime()
  const service = { time_loaded: Date.now() / 1000 - uptime, uptime }
  return { response: 'PONG', instance_id: instanceId, service_specific_info: service }
}

/** `/healthz`, `/readyz` and `/ping`, open to all. */
export function addHealth(app: FastifyInstance, parts: HealthParts): void {
  const healthy = (_request: unknown, reply: FastifyReply) => reply.send({ status: 'ok' })
  const ready = (_request: unknown, reply: FastifyReply) => {
    const reasons = parts.ready()
    const configuration = parts.configuration()
    const partitions = parts.partitions?.() ?? []
    const facts = { reasons, configuration, store: parts.store?.() ?? null, partitions }
    if (reasons.length === 0) return reply.send({ status: 'ready', ...facts })
    return reply.code(503).send({ status: 'not ready', ...facts })
  }
  app.get('/healthz', healthy)
  app.get('/-/healthy', healthy)
  app.get('/readyz', ready)
  app.get('/-/ready', ready)
  app.get('/ping', (_request, reply) => {
    if (parts.ping === 'pensu') return reply.send(pong())
    reply.headers({ 'x-influxdb-build': 'forewarn', 'x-influxdb-version': parts.version })
    return reply.code(204).send()
  })
}

/** `/metrics`, in the format that the scraper asks for. */
export function addMetrics(app: FastifyInstance, scrape: (accept?: string) => Scrape): void {
  app.get('/metrics', (request, reply) => {
    const { contentType, body } = scrape(request.headers.accept)
    return reply.header('vary', 'accept').type(contentType).send(body)
  })
}
