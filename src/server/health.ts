/**
 * What other programs ask: does it live, is it ready, what does it count. The paths are those that
 * Kubernetes, Prometheus and Influx clients try by themselves.
 */

import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Scrape } from '../telemetry/metrics.ts'

/** `/healthz`, `/readyz` and `/ping`, open to all. `ready` returns the reasons why it is not. */
export function addHealth(
  app: FastifyInstance,
  parts: { readonly ready: () => readonly string[]; readonly version: string },
): void {
  const healthy = (_request: unknown, reply: FastifyReply) => reply.send({ status: 'ok' })
  const ready = (_request: unknown, reply: FastifyReply) => {
    const reasons = parts.ready()
    if (reasons.length === 0) return reply.send({ status: 'ready', reasons })
    return reply.code(503).send({ status: 'not ready', reasons })
  }
  app.get('/healthz', healthy)
  app.get('/-/healthy', healthy)
  app.get('/readyz', ready)
  app.get('/-/ready', ready)
  app.get('/ping', (_request, reply) => {
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
